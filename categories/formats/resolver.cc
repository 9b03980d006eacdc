// Lists in the words of a resolver's configuration: dnsmasq and unbound.
#include <algorithm>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Text = std::string_view;

constexpr Text kRealAddress = "gives a name a real address instead of refusing it";

void add_name(Text name, LineResult& out) {
  if (name.ends_with('.')) name.remove_suffix(1);
  Entry& entry = out.next();
  if (const auto wrong = listed_host(name, entry.host); !wrong.empty())
    wrong == kSingleWord ? out.unsupported("a whole top-level domain") : out.fault(wrong);
}

// "/one.example/two.example/#" behind "address=": the names, then what is answered for them.
void read_dnsmasq(Text names, bool forwards, LineResult& out) {
  const auto last = names.rfind('/');
  if (last == 0) return out.fault("no '/' after the name");
  const Text answer = names.substr(last + 1);
  names = names.substr(1, last - 1);
  // server=/name/ and server=/name/# of no server: asked nowhere. With a server it is only asked elsewhere.
  if (forwards && !answer.empty() && answer != "#") return out.unsupported("sends questions to another server");
  if (const auto address = IpAddress::parse(answer); address && address->is_public())
    return out.unsupported(kRealAddress);
  while (!names.empty()) {
    const auto end = names.find('/');
    add_name(names.substr(0, end), out);
    if (out.kind != LineResult::Kind::Entries) return;
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

void read_local_zone(Text line, LineResult& out) {
  Text name;
  if (!take_quoted(line, name)) return out.fault("no name in quotes after local-zone:");
  const Text type = take_word(line);
  for (Text lets_pass : {"transparent", "typetransparent", "always_transparent", "inform"})
    if (type == lets_pass) return out.unsupported("a zone that lets names pass (transparent)");
  add_name(name, out);
}

void read_local_data(Text line, LineResult& out) {
  Text record;
  if (!take_quoted(line, record)) return out.fault("no record in quotes after local-data:");
  const Text name = take_word(record);
  for (Text word = take_word(record); !word.empty(); word = take_word(record)) {
    if (!same_letters(word, "A") && !same_letters(word, "AAAA")) continue;
    const auto address = IpAddress::parse(take_word(record));
    if (!address) return out.fault("no address behind the name");
    if (address->is_public()) return out.unsupported(kRealAddress);
    add_name(name, out);
    if (out.kind == LineResult::Kind::Entries) out.entries[0].scope = Scope::Exact;
    return;
  }
  out.unsupported("answers with other data instead of refusing");
}

}  // namespace

void read_resolver_line(Text line, LineResult& out) {
  if (line.front() == '#' || line == "server:") return;
  // "/#" is an answer; a remark has a blank before it.
  line = trim(line.substr(0, std::min(line.find(" #"), line.find("\t#"))));
  for (Text key : {"address=/", "local=/", "server=/"})
    if (line.starts_with(key)) return read_dnsmasq(line.substr(key.size() - 1), key == "server=/", out);
  if (line.starts_with("local-zone:")) return read_local_zone(line, out);
  if (line.starts_with("local-data:")) return read_local_data(line, out);
  out.fault("neither a dnsmasq nor an unbound line");
}

}  // namespace citygate::categories
