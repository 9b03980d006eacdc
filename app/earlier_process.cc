#include "app/earlier_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <charconv>
#include <csignal>

#include "base/log.h"

namespace citygate::app {
namespace {

// A policy is read in less; lists are mapped.
constexpr std::chrono::seconds kPatience{30};

// "3 name"
std::string give_name(NameSource& names, std::string_view asked) {
  int kind = 0;
  const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), kind);
  const auto at = static_cast<std::size_t>(end - asked.data());
  if (error != std::errc() || kind < 0 || kind >= static_cast<int>(kNameKinds) || at >= asked.size())
    return "no such kind of name";
  const auto number = names.intern(static_cast<NameKind>(kind), asked.substr(at + 1));
  return number ? std::to_string(*number) : number.error().context;
}

}  // namespace

bool EarlierProcess::ended(std::chrono::milliseconds patience) {
  pollfd watched{.fd = channel_.socket().get(), .events = 0, .revents = 0};  // POLLHUP comes unasked
  return ::poll(&watched, 1, static_cast<int>(patience.count())) > 0;
}

bool EarlierProcess::runs() { return !ended(std::chrono::milliseconds(0)); }

Result<std::string> EarlierProcess::order(Kind kind, std::string_view text, NameSource* names) {
  std::lock_guard lock(mutex_);
  auto answer = exchange(kind, text, names);
  if (!answer && runs()) {
    log::error("process {}: {}; it is killed, its records are in the spool", process_, answer.error().context);
    ::kill(process_, SIGKILL);
  }
  return answer;
}

Result<std::string> EarlierProcess::exchange(Kind kind, std::string_view text, NameSource* names) {
  CG_TRY_VOID(channel_.send(kind, text));
  for (;;) {
    CG_TRY(answer, channel_.receive(kPatience));
    if (answer.kind == Kind::Done) return std::move(answer.text);
    if (answer.kind != Kind::NameAsked || !names) return fail(Error::Kind::Malformed, "an answer that makes no sense");
    CG_TRY_VOID(channel_.send(Kind::Name, give_name(*names, answer.text)));
  }
}

std::string EarlierProcess::adopt(NameSource& names) {
  const auto done = order(Kind::Adopt, {}, &names);
  if (!done || done->empty()) return {};
  stop(std::chrono::milliseconds(0));
  return *done;
}

void EarlierProcess::set_time(WallTime to) {
  static_cast<void>(order(Kind::Clock, std::to_string(to.time_since_epoch().count())));
}

void EarlierProcess::stop(std::chrono::milliseconds deadline) {
  static_cast<void>(order(Kind::Stop, std::to_string(deadline.count())));
}

std::string EarlierProcess::report() {
  const auto said = order(Kind::Report, {});
  return said ? *said : said.error().context;
}

}  // namespace citygate::app
