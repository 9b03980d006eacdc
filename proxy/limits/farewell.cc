#include "proxy/limits/farewell.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <iterator>
#include <utility>

#include "proxy/pages.h"

namespace citygate::proxy {
namespace {

constexpr std::chrono::milliseconds kKeepFor{2'000};

// A client that waits for TLS, or whose own target would be speaking, would not understand the answer.
bool understands(const ListenSpec& spec) { return !spec.tls && !spec.captures(); }

}  // namespace

Farewell::Farewell(EventLoop& loop, std::string name)
    : loop_(loop), name_(std::move(name)), timer_(loop, [this] { close_all(); }) {}

void Farewell::write_answer(const Limited& why) {
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
}

void Farewell::tell(UniqueFd socket, const ListenSpec& spec, const Limited& why) {
  if (!understands(spec)) return;
  write_answer(why);
  // A new socket takes this much; one that does not is of no use to its client either.
  static_cast<void>(::send(socket.get(), text_.data(), text_.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(socket.get(), SHUT_WR);
  keep({.socket = std::move(socket), .transport = {}});
}

void Farewell::tell(std::unique_ptr<Transport> transport, const ListenSpec& spec, const Limited& why) {
  if (!understands(spec)) return close_later(loop_, std::move(transport));
  write_answer(why);
  const iovec piece{text_.data(), text_.size()};
  static_cast<void>(transport->write({&piece, 1}));
  transport->shutdown_write();
  keep({.socket = {}, .transport = std::move(transport)});
}

void Farewell::keep(Kept told) {
  close(kept_[next_]);
  kept_[next_] = std::move(told);
  next_ = (next_ + 1) % kKept;
  timer_.arm(kKeepFor);
}

void Farewell::close(Kept& kept) {
  kept.socket.reset();
  if (kept.transport) close_later(loop_, std::move(kept.transport));
}

void Farewell::close_all() {
  for (Kept& kept : kept_) close(kept);
}

}  // namespace citygate::proxy
