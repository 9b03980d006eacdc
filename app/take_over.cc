#include "app/take_over.h"

#include <fmt/format.h>

#include <charconv>
#include <tuple>

#include "app/state_directory.h"
#include "base/log.h"

namespace citygate::app {
namespace {

using Kind = HandOverChannel::Kind;

// The old process flushes and closes its store before it answers.
constexpr std::chrono::seconds kPatience{60};

// "first\nrest"
std::pair<std::string, std::string> split(const std::string& text) {
  const auto at = text.find('\n');
  if (at == std::string::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::int64_t number_of(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

std::string offer_words(std::string_view version, std::string_view in_force, std::optional<WallTime> driven) {
  return fmt::format("{}\n{}\n{}", version, in_force, driven ? std::to_string(driven->time_since_epoch().count()) : "");
}

Result<TakeOver> TakeOver::ask(const std::filesystem::path& state) {
  auto connected = HandOverChannel::connect(StateDirectory::hand_over_socket(state));
  if (!connected && connected.error().kind == Error::Kind::NotFound)
    return fail(
        Error::Kind::NotFound,
        fmt::format("no gateway runs on {} that could hand over; start one with `citygate serve`", state.string()));
  if (!connected) return std::unexpected(connected.error());
  TakeOver out(*std::move(connected));
  out.offer_.process = out.channel_.peer();
  CG_TRY_VOID(out.channel_.send(Kind::Hello));
  for (;;) {
    auto received = out.channel_.receive(kPatience);
    if (!received) {
      out.give_up(received.error().context);
      return std::unexpected(received.error());
    }
    auto& said = *received;
    auto [first, rest] = split(said.text);
    switch (said.kind) {
      case Kind::Socket:
        out.offer_.sockets.push_back(
            {.configured = std::move(first), .spec = std::move(rest), .descriptor = std::move(said.descriptor)});
        break;
      case Kind::Memory: out.offer_.memory = std::move(said.descriptor); break;
      case Kind::Control: out.offer_.control = std::move(said.descriptor); break;
      case Kind::Lock: out.offer_.lock = std::move(said.descriptor); break;
      case Kind::Earlier:
        out.offer_.earlier.push_back(std::make_unique<EarlierProcess>(HandOverChannel(std::move(said.descriptor)),
                                                                      static_cast<int>(number_of(first))));
        break;
      case Kind::Offer:
        out.offer_.version = std::move(first);
        std::tie(out.offer_.in_force, rest) = split(rest);
        if (!rest.empty()) out.offer_.driven = WallTime(std::chrono::microseconds(number_of(rest)));
        if (!out.offer_.memory || !out.offer_.control || !out.offer_.lock)
          return fail(Error::Kind::Malformed, "the running gateway offers less than is needed");
        return out;
      default: return fail(Error::Kind::Malformed, "the running gateway makes no offer that is understood");
    }
  }
}

Result<void> TakeOver::release() {
  CG_TRY_VOID(channel_.send(Kind::Release));
  CG_TRY_VOID(channel_.expect(Kind::Released, kPatience));
  return {};
}

Result<std::unique_ptr<EarlierProcess>> TakeOver::ready() {
  auto committed = channel_.send(Kind::Ready);
  if (committed) {
    auto said = channel_.expect(Kind::Committed, kPatience);
    if (!said) committed = std::unexpected(said.error());
  }
  if (!committed && committed.error().kind == Error::Kind::Refused)
    return fail(Error::Kind::Refused,
                fmt::format("process {} does not hand over after all: {}", offer_.process, committed.error().context));
  if (!committed)
    log::warning("process {}, which handed over: {}; what it left is taken from its spool", offer_.process,
                 committed.error().context);
  return std::make_unique<EarlierProcess>(std::move(channel_), offer_.process);
}

void TakeOver::give_up(std::string_view why) { static_cast<void>(channel_.send(Kind::Refused, why)); }

}  // namespace citygate::app
