// Plain lists: a host, or a host and a path, on each line. '#' and ';' begin a comment.
#include <algorithm>

#include "base/address.h"
#include "base/char_set.h"
#include "categories/formats/entry.h"
#include "categories/formats/expression.h"

namespace citygate::categories {
namespace {

// What stands before a comment that follows an entry on its line.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 1; i < line.size(); ++i)
    if (line[i] == '#' && (line[i - 1] == ' ' || line[i - 1] == '\t')) return trim(line.substr(0, i));
  return line;
}

bool comment(std::string_view line) { return line.front() == '#' || line.front() == ';'; }

// "1.2.3.0/24", "1.2.3.4-1.2.3.9". A list of URLs has paths like "/24"; a list of domains and addresses has not.
bool network(std::string_view line) {
  const auto slash = line.find('/');
  if (const auto dash = line.find('-'); dash != std::string_view::npos && slash == std::string_view::npos)
    return IpAddress::parse(line.substr(0, dash)) && IpAddress::parse(line.substr(dash + 1));
  if (slash == std::string_view::npos || line.size() - slash < 2 || line.size() - slash > 4) return false;
  const std::string_view base = line.substr(0, slash);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(line.substr(slash + 1), digit) && IpAddress::parse(base);
}

// "ads*.example.com".
void add_wildcard_name(std::string_view name, LineResult& out) {
  static constexpr auto kNameBytes = CharSet::letters_digits_and("-_.*");
  if (!std::ranges::all_of(name, [](char c) { return kNameBytes.has(c); })) return out.fault("not a host name");
  if (!std::ranges::any_of(name, [](char c) { return kNameBytes.has(c) && c != '*' && c != '.'; }))
    return out.unsupported("a wildcard for every name");
  if (too_wide(name)) return out.unsupported(kTooWide);
  out.next().expression = from_wildcard_name(name);
}

}  // namespace

void read_domains_line(std::string_view line, LineResult& out) {
  if (comment(line)) return;
  line = without_comment(line);
  if ((line.front() <= '9' || line.find(':') != std::string_view::npos) && network(line))
    return out.unsupported("a network or range: only single addresses are matched");
  // Squid's and the wildcard lists' ways of saying "with all below", which every entry means here.
  if (line.starts_with("*.")) line.remove_prefix(2);
  if (line.starts_with('.')) line.remove_prefix(1);
  if (line.empty()) return out.fault("no host name");
  if (line.find('*') != std::string_view::npos) return add_wildcard_name(line, out);
  add_host_and_path(line, out);
}

void read_urls_line(std::string_view line, LineResult& out) {
  if (comment(line)) return;
  add_host_and_path(without_comment(line), out);
}

}  // namespace citygate::categories
