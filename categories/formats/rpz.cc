// Response policy zones: a DNS zone whose names are what is asked for, and whose records are what is done about it.
//
//   $ORIGIN rpz.example.
//   casino.example      CNAME .               listed, that name alone
//   *.casino.example    CNAME .               listed, what is below it
//   fair.casino.example CNAME rpz-passthru.   an exception, that name alone
//   $ORIGIN casino.example.rpz.example.
//   www                 CNAME .               listed: www.casino.example
//
// Source    draft-vixie-dnsop-dns-rpz-00, sections 3 to 5; zone files: RFC 1035 section 5.
#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/letter_case.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;

constexpr unsigned kMostBracketLines = 100;

// The line without its comment, and without the brackets that let a record go on; those in quotes, and what stands behind a
// backslash, are text. `depth` is how many are open.
std::string without_comment(Text line, int& depth) {
  std::string out;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '\\' && at + 1 < line.size()) {
      out += c;
      out += line[++at];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (c == ';' && !quoted) break;
    const bool bracket = !quoted && (c == '(' || c == ')');
    if (bracket) depth += c == '(' ? 1 : -1;
    out += bracket ? ' ' : c;
  }
  return out;
}

std::string lower_without_dot(Text name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return lowered(name);
}

bool ttl(Text word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9' &&
         std::ranges::all_of(word, [](char c) { return (c >= '0' && c <= '9') || Text("smhdwSMHDW").contains(c); });
}

bool record_class(Text word) {
  return same_letters(word, "IN") || same_letters(word, "CH") || same_letters(word, "HS");
}

// `name` as it is meant: with what $ORIGIN puts behind it. False: that was never said, and it is as it stands.
bool write_out(Text name, const FileContext& file, std::string& out) {
  if (name == "@") {
    out = file.origin.value_or("");
    return file.origin.has_value();
  }
  out = lower_without_dot(name);
  if (name.ends_with('.')) return true;
  if (!file.origin) return false;
  if (!file.origin->empty()) out.append(".").append(*file.origin);
  return true;
}

enum class Place : std::uint8_t { Inside, Apex, Outside };

// What a record of the zone is about: its name without the zone's own.
Place trigger_of(const FileContext& file, std::string& out) {
  out = file.owner;
  if (out.empty()) return Place::Apex;
  // A zone that never says its name: names written out are the triggers themselves.
  if (!file.owner_is_whole || file.apex.empty()) return Place::Inside;
  if (out == file.apex) return Place::Apex;
  if (!out.ends_with(file.apex) || out.size() < file.apex.size() + 2 || out[out.size() - file.apex.size() - 1] != '.')
    return Place::Outside;
  out.resize(out.size() - file.apex.size() - 1);
  return Place::Inside;
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
    if (address && leads_nowhere(*address)) return Action::List;
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
    std::string origin;
    write_out(take_word(line), file, origin);
    file.origin = std::move(origin);
  } else if (same_letters(word, "$INCLUDE")) {
    out.unsupported("includes another file, which is not read");
  } else if (same_letters(word, "$GENERATE")) {
    out.unsupported("generates names ($GENERATE)");
  } else if (!same_letters(word, "$TTL")) {
    out.fault("not a line of a zone file");
  }
}

// What the SOA says of the zone: its name, unless it is told from outside.
void read_soa(FileContext& file) {
  if (!file.apex.empty() || !file.owner_is_whole) return;
  file.apex = file.owner;
  if (!file.origin) file.origin = file.apex;
}

void read_record(Text type, Text data, FileContext& file, LineResult& out) {
  if (!std::ranges::all_of(type, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }) && type != "TYPE65")
    return out.fault("not a line of a zone file: no type of record behind the name");
  if (data.empty() && file.bracket_lines > 0) return out.unsupported("a record whose data is in the next line");
  if (data.empty()) return out.fault("not a line of a zone file: no data behind the type");
  // No SOA, as in a part of a zone: its first origin is its name.
  if (file.apex.empty() && file.origin) file.apex = *file.origin;
  std::string trigger;
  switch (trigger_of(file, trigger)) {
    case Place::Apex: return;  // the zone's own records
    case Place::Outside: return out.fault("a name that is not in the zone");
    case Place::Inside: break;
  }
  if (const auto special = special_trigger(trigger); !special.empty()) return out.unsupported(special);
  Text reason;
  const Action action = action_of(type, take_word(data), trigger, reason);
  if (action == Action::None) return out.unsupported(reason);
  add_trigger(trigger, action, out);
}

// A line behind one whose bracket is open. One that is never closed must not swallow the rest of the zone.
void go_on_inside(int depth, FileContext& file, LineResult& out) {
  if (depth < 0) {
    file.bracket_lines = 0;
  } else if (++file.bracket_lines > kMostBracketLines) {
    file.bracket_lines = 0;
    out.fault("a bracket is open, and not closed within 100 lines");
  }
}

}  // namespace

void read_rpz_line(Text untrimmed, FileContext& file, LineResult& out) {
  int depth = 0;
  const std::string text = without_comment(untrimmed, depth);
  const bool same_owner = text.starts_with(' ') || text.starts_with('\t');
  Text line = trim(text);
  if (file.bracket_lines > 0) return go_on_inside(depth, file, out);
  if (line.empty()) return;
  if (line.front() == '$') return read_directive(line, file, out);
  if (!same_owner) file.owner_is_whole = write_out(take_word(line), file, file.owner);
  Text type = take_word(line);
  while (ttl(type) || record_class(type)) type = take_word(line);
  file.bracket_lines = depth > 0 ? 1 : 0;
  if (type.empty()) return out.fault("not a line of a zone file: no record behind the name");
  if (same_letters(type, "SOA")) return read_soa(file);
  if (same_letters(type, "NS")) return;
  read_record(type, line, file, out);
}

}  // namespace citygate::categories
