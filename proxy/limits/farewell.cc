#include "proxy/limits/farewell.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <iterator>

#include "proxy/pages.h"

namespace citygate::proxy {
namespace {

constexpr std::chrono::milliseconds kKeepFor{2'000};

}  // namespace

Farewell::Farewell(EventLoop& loop, std::string name) : name_(std::move(name)), timer_(loop, [this] { close_all(); }) {}

void Farewell::tell(UniqueFd socket, const ListenSpec& spec, const Limited& why) {
  // A client that waits for TLS, or whose own target would be speaking, would not understand it.
  if (spec.tls || spec.captures()) return;
  text_.clear();
  const std::string_view words = sentence(why.reason);
  const std::string_view phrase = reason_phrase(why.status);
  constexpr std::string_view kPage =
      "<!DOCTYPE html>\n<html lang=\"en\"><title>{0}</title><h1>{0}</h1><p>{1}</p></html>\n";
  fmt::format_to(std::back_inserter(text_),
                 "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n"
                 "Cache-Control: no-store\r\nProxy-Status: {}; error=connection_limit_reached; details=\"{}\"\r\n"
                 "Retry-After: {}\r\nConnection: close\r\n\r\n",
                 why.status, phrase, fmt::formatted_size(kPage, phrase, words), name_, words, why.retry_after.count());
  fmt::format_to(std::back_inserter(text_), kPage, phrase, words);
  // A new socket takes this much; one that does not is of no use to its client either.
  static_cast<void>(::send(socket.get(), text_.data(), text_.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(socket.get(), SHUT_WR);
  kept_[next_] = std::move(socket);
  next_ = (next_ + 1) % kKept;
  timer_.arm(kKeepFor);
}

void Farewell::close_all() {
  for (UniqueFd& socket : kept_) socket.reset();
}

}  // namespace citygate::proxy
