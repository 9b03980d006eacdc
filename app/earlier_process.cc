#include "app/earlier_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include "base/log.h"
#include "records/act_codec.h"

namespace citygate::app {
namespace {

// Of an act's line, in one message.
constexpr std::size_t kPiece = 48 * 1024;
// In one message.
constexpr std::size_t kAddresses = 1'000;

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

// "41 0": a piece of the line of act 41; "" at its end, and where there is none.
Result<std::string> give_act(const ActJournal& acts, std::string_view asked) {
  std::uint64_t number = 0;
  std::size_t from = 0;
  const char* end = asked.data() + asked.size();
  const auto first = std::from_chars(asked.data(), end, number);
  if (first.ec != std::errc() || first.ptr == end || std::from_chars(first.ptr + 1, end, from).ec != std::errc())
    return fail(Error::Kind::Malformed, "no number of an act");
  std::string line;
  Result<void> encoded;
  CG_TRY_VOID(acts.scan(number, [&](const Act& act) {
    if (act.number != number) return false;
    auto made = records::encode_act(act, std::string(records::kActSaltDigits, '0'));
    if (!made) encoded = std::unexpected(made.error());
    if (made) line = *std::move(made);
    return false;
  }));
  CG_TRY_VOID(std::move(encoded));
  return line.substr(std::min(from, line.size()), kPiece);
}

}  // namespace

bool EarlierProcess::ended(std::chrono::milliseconds patience) {
  pollfd watched{.fd = channel_.socket().get(), .events = 0, .revents = 0};  // POLLHUP comes unasked
  return ::poll(&watched, 1, static_cast<int>(patience.count())) > 0;
}

bool EarlierProcess::runs() { return !ended(std::chrono::milliseconds(0)); }

Result<std::string> EarlierProcess::give(const Order& order) {
  std::lock_guard lock(mutex_);
  auto answer = exchange(order);
  if (!answer && runs()) {
    log::error("process {}: {}; it is killed, its records are in the spool", process_, answer.error().context);
    ::kill(process_, SIGKILL);
  }
  return answer;
}

Result<std::string> EarlierProcess::exchange(const Order& order) {
  CG_TRY_VOID(channel_.send(order.kind, order.text));
  for (;;) {
    CG_TRY(answer, channel_.receive(order.patience));
    if (answer.kind == Kind::Done) return std::move(answer.text);
    if (answer.kind == Kind::NameAsked && order.known) {
      CG_TRY_VOID(channel_.send(Kind::Name, give_name(order.known->names, answer.text)));
    } else if (answer.kind == Kind::ActAsked && order.known) {
      CG_TRY(piece, give_act(order.known->acts, answer.text));
      CG_TRY_VOID(channel_.send(Kind::Act, piece));
    } else {
      return fail(Error::Kind::Malformed, "an answer that makes no sense");
    }
  }
}

std::string EarlierProcess::adopt(News news, NameSource& names, const ActJournal& acts) {
  const Known known{.names = names, .acts = acts};
  const bool only_acts = news == News::Acts;
  const auto done = give({.kind = Kind::Adopt,
                          .text = only_acts ? kActs : std::string_view(),
                          .known = &known,
                          .patience = only_acts ? patience_.quick : patience_.usual});
  if (!done || done->empty()) return {};
  stop(std::chrono::milliseconds(0));
  return *done;
}

void EarlierProcess::sign_out(std::span<const IpAddress> addresses) {
  while (!addresses.empty()) {
    const auto some = addresses.first(std::min(addresses.size(), kAddresses));
    addresses = addresses.subspan(some.size());
    std::string text;
    for (const auto& one : some) text += (text.empty() ? "" : " ") + one.to_string();
    if (!give({.kind = Kind::SignOut, .text = text, .patience = patience_.quick})) return;
  }
}

void EarlierProcess::set_time(WallTime to) {
  const std::string text = std::to_string(to.time_since_epoch().count());
  static_cast<void>(give({.kind = Kind::Clock, .text = text, .patience = patience_.usual}));
}

void EarlierProcess::stop(std::chrono::milliseconds deadline) {
  const std::string text = std::to_string(deadline.count());
  static_cast<void>(give({.kind = Kind::Stop, .text = text, .patience = patience_.usual}));
}

std::string EarlierProcess::report() {
  const auto said = give({.kind = Kind::Report, .patience = patience_.usual});
  return said ? *said : said.error().context;
}

}  // namespace citygate::app
