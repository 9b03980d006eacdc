// Response policy zones: a DNS zone whose names are what is asked for, and whose records are what is done about it.
//
//   $ORIGIN rpz.example.
//   casino.example      CNAME .               listed, that name alone
//   *.casino.example    CNAME .               listed, what is below it
//   fair.casino.example CNAME rpz-passthru.   an exception, that name alone
//
// Source    draft-vixie-dnsop-dns-rpz-00, sections 3 to 5; zone files: RFC 1035 section 5.
#include <algorithm>
#include <array>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;

Text without_comment(Text line) {
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') quoted = !quoted;
    if (line[at] == ';' && !quoted) return line.substr(0, at);
  }
  return line;
}

std::string lower_without_dot(Text name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool ttl(Text word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9' &&
         std::ranges::all_of(word, [](char c) { return (c >= '0' && c <= '9') || Text("smhdwSMHDW").contains(c); });
}

bool record_class(Text word) {
  return same_letters(word, "IN") || same_letters(word, "CH") || same_letters(word, "HS");
}

// The name that a record of the zone is about. False: it is not in the zone.
bool trigger_of(Text owner, const std::string& origin, std::string& out) {
  out = lower_without_dot(owner);
  if (!owner.ends_with('.')) return true;
  if (origin.empty()) return true;  // a zone that never says its name: names written out are the triggers themselves
  if (out.size() <= origin.size() || !out.ends_with(origin) || out[out.size() - origin.size() - 1] != '.') return false;
  out.resize(out.size() - origin.size() - 1);
  return true;
}

Text special_trigger(Text trigger) {
  constexpr std::array<std::pair<Text, Text>, 4> kSpecial{
      {{"rpz-ip", "is about addresses in answers (rpz-ip): only names are matched"},
       {"rpz-client-ip", "is about who asks (rpz-client-ip): only names are matched"},
       {"rpz-nsip", "is about name servers (rpz-nsip): only names are matched"},
       {"rpz-nsdname", "is about name servers (rpz-nsdname): only names are matched"}}};
  const auto dot = trigger.rfind('.');
  const Text last = dot == Text::npos ? trigger : trigger.substr(dot + 1);
  for (const auto& [label, reason] : kSpecial)
    if (last == label) return reason;
  return {};
}

enum class Action : std::uint8_t { List, Except, None };

// What is done about the name; the reason where that is neither to refuse it nor to let it pass.
Action action_of(Text type, Text data, Text trigger, Text& reason) {
  if (same_letters(type, "CNAME")) {
    const std::string to = lower_without_dot(data);
    if (data == "." || to == "*" || to == "rpz-drop") return Action::List;
    if (to == "rpz-passthru" || to == trigger) return Action::Except;  // CNAME to itself: how it was said at first
    reason = to == "rpz-tcp-only" ? Text("only asks for TCP (rpz-tcp-only)")
                                  : Text("gives another name as the answer instead of refusing");
    return Action::None;
  }
  if (same_letters(type, "A") || same_letters(type, "AAAA")) {
    const auto address = IpAddress::parse(data);
    if (address && !address->is_public()) return Action::List;
    reason = "gives a name a real address instead of refusing it";
    return Action::None;
  }
  reason = "answers with other data instead of refusing";
  return Action::None;
}

void add_trigger(Text trigger, Action action, LineResult& out) {
  Entry& entry = out.next();
  entry.kind = action == Action::Except ? Entry::Kind::Allow : Entry::Kind::Block;
  entry.scope = trigger.starts_with("*.") ? Scope::Below : Scope::Exact;
  if (entry.scope == Scope::Below) trigger.remove_prefix(2);
  const auto wrong = listed_host(trigger, entry.host);
  if (wrong.empty()) return;
  wrong == kSingleWord ? out.unsupported("a whole top-level domain") : out.fault(wrong);
}

// "$ORIGIN name", "$TTL 300".
void read_directive(Text line, FileContext& file, LineResult& out) {
  const Text word = take_word(line);
  if (same_letters(word, "$ORIGIN")) {
    file.origin = lower_without_dot(take_word(line));
  } else if (same_letters(word, "$INCLUDE")) {
    out.unsupported("includes another file, which is not read");
  } else if (same_letters(word, "$GENERATE")) {
    out.unsupported("generates names ($GENERATE)");
  } else if (!same_letters(word, "$TTL")) {
    out.fault("not a line of a zone file");
  }
}

}  // namespace

void read_rpz_line(Text line, FileContext& file, LineResult& out) {
  line = without_comment(line);
  const bool same_owner = line.starts_with(' ') || line.starts_with('\t');
  line = trim(line);
  if (line.empty()) return;
  if (file.inside_brackets) {
    file.inside_brackets = line.find(')') == Text::npos;
    return;
  }
  if (line.front() == '$') return read_directive(line, file, out);
  if (!same_owner) file.owner.assign(take_word(line));
  Text word = take_word(line);
  while (ttl(word) || record_class(word)) word = take_word(line);
  const Text type = word;
  file.inside_brackets = line.find('(') != Text::npos && line.find(')') == Text::npos;
  if (type.empty()) return out.fault("not a line of a zone file: no record behind the name");
  if (same_letters(type, "SOA")) {
    if (file.origin.empty() && file.owner.ends_with('.')) file.origin = lower_without_dot(file.owner);
    return;
  }
  if (same_letters(type, "NS")) return;
  if (!std::ranges::all_of(type, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }) && type != "TYPE65")
    return out.fault("not a line of a zone file: no type of record behind the name");
  if (line.empty()) return out.fault("not a line of a zone file: no data behind the type");
  std::string trigger;
  // The zone's own records.
  if (file.owner == "@" || file.owner.empty()) return;
  if (file.owner.ends_with('.') && !file.origin.empty() && lower_without_dot(file.owner) == file.origin) return;
  if (!trigger_of(file.owner, file.origin, trigger)) return out.fault("a name that is not in the zone");
  if (const auto special = special_trigger(trigger); !special.empty()) return out.unsupported(special);
  Text reason;
  const Text data = take_word(line);
  const Action action = action_of(type, data, trigger, reason);
  if (action == Action::None) return out.unsupported(reason);
  add_trigger(trigger, action, out);
}

}  // namespace citygate::categories
