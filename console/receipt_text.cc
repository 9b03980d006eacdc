#include "console/receipt_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace citygate::console {

std::string_view to_string(Acknowledged::State state) {
  using State = Acknowledged::State;
  switch (state) {
    case State::NotAsked: return "not-asked";
    case State::Never: return "never";
    case State::EarlierText: return "earlier-text";
    case State::RunOut: return "run-out";
    case State::Current: return "current";
  }
  return "?";
}

std::string Acknowledged::words() const {
  const auto of = [this](State state) { return of_[static_cast<std::size_t>(state)]; };
  const std::uint64_t asked = of(State::Never) + of(State::EarlierText) + of(State::RunOut) + of(State::Current);
  if (asked == 0) return "the policy has no text to acknowledge: its table [acknowledgement] is missing";
  return fmt::format(
      "{} of {} have acknowledged the text as it is now: {} never did, {} an earlier text, {} too long ago",
      of(State::Current), asked, of(State::Never), of(State::EarlierText), of(State::RunOut));
}

Acknowledged::Word word_of(const policy::Registrar::State& state, const policy::Person& person, WallTime now) {
  Acknowledged::Word out;
  if (const policy::Standing* standing = state.standing->of(person.id)) {
    out.at = standing->acknowledged_at;
    out.text = standing->acknowledged;
  }
  const auto* asked = state.rules->acknowledgement(person.department_at(now), person.kind);
  using State = Acknowledged::State;
  if (!asked) return out;
  out.state = !out.text                      ? State::Never
              : out.text != asked->version   ? State::EarlierText
              : out.at + asked->renew <= now ? State::RunOut
                                             : State::Current;
  return out;
}

std::string word_json(const policy::Person& person, std::string_view department, const Acknowledged::Word& word) {
  nlohmann::ordered_json out{{"name", person.name}, {"department", department}, {"state", to_string(word.state)}};
  out["text"] = word.text ? nlohmann::ordered_json(fmt::format("{:016x}", word.text.value)) : nlohmann::ordered_json();
  out["at"] = word.text ? nlohmann::ordered_json(format_utc(word.at)) : nlohmann::ordered_json();
  return out.dump();
}

std::vector<std::string> receipt_lines(const Receipt& receipt, const std::string& title, const std::string& city,
                                       const Zone& zone) {
  const Act& act = receipt.act;
  const bool policy = act.kind == ActKind::Acknowledge;
  std::vector<std::string> lines;
  lines.push_back(
      fmt::format("{}: receipt for {}", city,
                  policy ? "the policy on the use of the internet" : "the agreement about records of others"));
  lines.push_back(fmt::format("  person    {}{}", act.subject, title.empty() ? "" : " (" + title + ")"));
  lines.push_back(fmt::format("  when      {} ({})", zone.format(act.time), format_utc(act.time)));
  lines.push_back(fmt::format("  how       {}", act.field("method")));
  if (const auto address = act.field("address"); !address.empty())
    lines.push_back(fmt::format("  from      {}", address));
  lines.push_back(fmt::format("  entered   by {} ({})", act.author, act.via));
  if (!act.reason.empty()) lines.push_back("  because   " + act.reason);
  lines.push_back(fmt::format("  act       {}, in the chain {}", act.number, receipt.chain));
  lines.push_back(fmt::format("  text      SHA-256 {}", act.field("text")));
  if (receipt.text.empty()) {
    lines.emplace_back("            (the text itself was not kept on this machine)");
    return lines;
  }
  lines.emplace_back("----");
  lines.push_back(receipt.text);
  lines.emplace_back("----");
  return lines;
}

std::string receipt_json(const Receipt& receipt) {
  const Act& act = receipt.act;
  nlohmann::ordered_json out{{"act", act.number},
                             {"kind", to_string(act.kind)},
                             {"person", act.subject},
                             {"at", format_utc(act.time)},
                             {"method", act.field("method")},
                             {"address", act.field("address")},
                             {"by", act.author},
                             {"via", act.via},
                             {"reason", act.reason},
                             {"sha256", act.field("text")},
                             {"chain", receipt.chain}};
  out["text"] = receipt.text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(receipt.text);
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace citygate::console
