// Lists in the words of a resolver's configuration: dnsmasq and unbound.
//
//   address=/casino.example/#                     refused with all below it; likewise server=/casino.example/
//   server=/fair.casino.example/#                 an exception: asked as any other name is
//   local-zone: "casino.example." always_null     refused with all below it
//   local-zone: "city.example." static            refused but for what is said of it:
//   local-data: "pc.city.example. A 10.0.0.5"     an exception
//
// Sources   dnsmasq(8), --address and --server; unbound.conf(5), local-zone and local-data.
#include <algorithm>
#include <array>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;

constexpr Text kOwnPage =
    "answers for its zone with an address within, as a page that says no has it: the zone is listed";
constexpr Text kRealAddress = "gives a name a real address instead of refusing it";

Text without_dot(Text name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

void add_name(Text name, LineResult& out) {
  name = without_dot(name);
  if (name == "#" || name == "*") return out.unsupported("a rule for every name");
  Entry& entry = out.next();
  if (const auto wrong = listed_host(name, entry.host); !wrong.empty())
    wrong == kSingleWord ? out.unsupported("a whole top-level domain") : out.fault(wrong);
}

// "/one.example/two.example/#" behind "address=" or "server=": the names, then what is answered or who is asked.
void read_dnsmasq(Text names, bool asks, LineResult& out) {
  const auto last = names.rfind('/');
  if (last == 0) return out.fault("no '/' after the name");
  const Text answer = names.substr(last + 1);
  names = names.substr(1, last - 1);
  // Of no server: asked nowhere. '#' are the usual servers, for a name below one that is refused.
  const bool exception = asks && answer == "#";
  if (asks && !exception && !answer.empty()) return out.unsupported("sends questions to another server");
  if (const auto address = IpAddress::parse(answer); address && !leads_nowhere(*address))
    return out.unsupported(kRealAddress);
  if (!asks && !answer.empty() && answer != "#" && !IpAddress::parse(answer))
    return out.fault("neither '#' nor an address behind the name");
  if (names.empty()) return out.unsupported("a rule for names of one word");
  while (!names.empty()) {
    const auto end = names.find('/');
    add_name(names.substr(0, end), out);
    if (out.kind != LineResult::Kind::Entries) return;
    if (exception) out.entries[out.count - 1].kind = Entry::Kind::Allow;
    names = end == Text::npos ? Text() : names.substr(end + 1);
  }
}

// What stands in the first quotes of `line`, which is left with what is behind them.
bool take_quoted(Text& line, Text& out) {
  const auto open = line.find('"');
  const auto close = open == Text::npos ? open : line.find('"', open + 1);
  if (close == Text::npos) return false;
  out = line.substr(open + 1, close - open - 1);
  line = trim(line.substr(close + 1));
  return true;
}

struct ZoneType {
  Text word;
  enum class Meaning : std::uint8_t { Refused, RefusedButForItsData, AllAsItsData, Passes } meaning;
};

constexpr std::array kZoneTypes{ZoneType{"always_null", ZoneType::Meaning::Refused},
                                ZoneType{"always_nxdomain", ZoneType::Meaning::Refused},
                                ZoneType{"always_refuse", ZoneType::Meaning::Refused},
                                ZoneType{"always_deny", ZoneType::Meaning::Refused},
                                ZoneType{"always_nodata", ZoneType::Meaning::Refused},
                                ZoneType{"static", ZoneType::Meaning::RefusedButForItsData},
                                ZoneType{"refuse", ZoneType::Meaning::RefusedButForItsData},
                                ZoneType{"deny", ZoneType::Meaning::RefusedButForItsData},
                                ZoneType{"inform_deny", ZoneType::Meaning::RefusedButForItsData},
                                ZoneType{"redirect", ZoneType::Meaning::AllAsItsData},
                                ZoneType{"inform_redirect", ZoneType::Meaning::AllAsItsData},
                                ZoneType{"transparent", ZoneType::Meaning::Passes},
                                ZoneType{"typetransparent", ZoneType::Meaning::Passes},
                                ZoneType{"always_transparent", ZoneType::Meaning::Passes},
                                ZoneType{"inform", ZoneType::Meaning::Passes},
                                ZoneType{"nodefault", ZoneType::Meaning::Passes},
                                ZoneType{"ipset", ZoneType::Meaning::Passes},
                                ZoneType{"block_a", ZoneType::Meaning::Passes}};

void read_local_zone(Text line, FileContext& file, LineResult& out) {
  Text name;
  file.zone.clear();
  if (!take_quoted(line, name)) return out.fault("no name in quotes after local-zone:");
  const Text word = take_word(line);
  const auto* const type = std::ranges::find(kZoneTypes, word, &ZoneType::word);
  if (type == kZoneTypes.end()) return out.fault("no type of zone behind the name");
  if (type->meaning == ZoneType::Meaning::Passes) return out.unsupported("a zone that lets names pass (transparent)");
  add_name(name, out);
  if (out.kind != LineResult::Kind::Entries || type->meaning == ZoneType::Meaning::Refused) return;
  file.zone = out.entries[0].host;
  file.zone_is_one = type->meaning == ZoneType::Meaning::AllAsItsData;
}

bool inside(Text host, Text zone) {
  return host == zone ||
         (host.size() > zone.size() && host.ends_with(zone) && host[host.size() - zone.size() - 1] == '.');
}

// `name` is answered with something real: what a zone refuses else has an exception there.
void add_exception(Text name, const FileContext& file, Text otherwise, LineResult& out) {
  Entry& entry = out.next();
  if (!listed_host(without_dot(name), entry.host).empty() || file.zone.empty() || !inside(entry.host, file.zone))
    return out.unsupported(otherwise);
  entry.kind = Entry::Kind::Allow;
  if (!file.zone_is_one) entry.scope = Scope::Exact;
}

void read_local_data(Text line, const FileContext& file, LineResult& out) {
  Text record;
  if (!take_quoted(line, record)) return out.fault("no record in quotes after local-data:");
  const Text name = take_word(record);
  for (Text word = take_word(record); !word.empty(); word = take_word(record)) {
    if (same_letters(word, "CNAME"))
      return add_exception(name, file, "gives another name as the answer instead of refusing", out);
    if (!same_letters(word, "A") && !same_letters(word, "AAAA")) continue;
    const auto address = IpAddress::parse(take_word(record));
    if (!address) return out.fault("no address behind the name");
    if (!leads_nowhere(*address)) {
      // A zone that is given an address within is refused by a page that says so.
      const bool page = without_dot(name) == file.zone && !address->is_public();
      return page ? out.unsupported(kOwnPage) : add_exception(name, file, kRealAddress, out);
    }
    add_name(name, out);
    if (out.kind == LineResult::Kind::Entries) out.entries[0].scope = Scope::Exact;
    return;
  }
  out.unsupported("answers with other data instead of refusing");
}

}  // namespace

void read_resolver_line(Text line, FileContext& file, LineResult& out) {
  if (line.front() == '#' || line == "server:") return;
  // "/#" is an answer; a remark has a blank before it.
  line = trim(line.substr(0, std::min(line.find(" #"), line.find("\t#"))));
  for (Text key : {"address=/", "local=/", "server=/"})
    if (line.starts_with(key)) return read_dnsmasq(line.substr(key.size() - 1), key != "address=/", out);
  if (line.starts_with("local-zone:")) return read_local_zone(line, file, out);
  if (line.starts_with("local-data:")) return read_local_data(line, file, out);
  if (line.starts_with("local-data-ptr:")) return out.unsupported("answers with other data instead of refusing");
  out.fault("neither a dnsmasq nor an unbound line");
}

}  // namespace citygate::categories
