// Adblock lists: the rules that name a host, or a host and a path, and nothing else. All other rules speak about parts
// of pages or kinds of requests; they are counted by what they are.
#include <array>

#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

// Options that leave a rule's meaning as it stands for a whole host.
bool harmless_options(std::string_view options) {
  while (!options.empty()) {
    const auto comma = options.find(',');
    const std::string_view option = options.substr(0, comma);
    options = comma == std::string_view::npos ? std::string_view() : options.substr(comma + 1);
    if (option != "important" && option != "all" && option != "document" && option != "doc") return false;
  }
  return true;
}

}  // namespace

void read_adblock_line(std::string_view line, LineResult& out) {
  if (line.front() == '!' || (line.front() == '[' && line.back() == ']')) return;
  if (line.front() == '#' && (line.size() == 1 || line[1] == ' ')) return;
  for (std::string_view mark : {"##", "#@#", "#?#", "#$#", "#%#"})
    if (line.find(mark) != std::string_view::npos) return out.unsupported("hides parts of pages (element rule)");
  const bool allow = line.starts_with("@@");
  if (allow) line.remove_prefix(2);
  if (line.size() > 1 && line.front() == '/' && line.rfind('/') > 0 && !line.starts_with("//"))
    return out.unsupported("a regular expression: patterns are not yet matched");
  if (const auto dollar = line.rfind('$'); dollar != std::string_view::npos) {
    if (!harmless_options(line.substr(dollar + 1)))
      return out.unsupported("has $options, which depend on the kind of request");
    line = line.substr(0, dollar);
  }
  if (!line.starts_with("||")) {
    // A bare name is a rule of DNS lists; anything else matches somewhere inside a URL.
    out.clear();
    Entry& entry = out.next();
    if (!listed_host(line, entry.host).empty())
      return out.unsupported("matches inside URLs: patterns are not yet matched");
    entry.kind = allow ? Entry::Kind::Allow : Entry::Kind::Block;
    return;
  }
  line.remove_prefix(2);
  if (line.starts_with("*.")) line.remove_prefix(2);
  line = trim(line.substr(0, line.find("^!")));  // a remark behind the rule, as some lists write it
  if (line.ends_with("^|")) line.remove_suffix(1);
  if (line.ends_with('^'))
    line.remove_suffix(1);
  else if (line.find('/') == std::string_view::npos && line.ends_with('*'))
    line.remove_suffix(1);
  if (line.find_first_of("*^|") != std::string_view::npos)
    return out.unsupported("a wildcard inside a name or path: patterns are not yet matched");
  add_host_and_path(line, out);
  if (out.kind != LineResult::Kind::Entries || !allow) return;
  if (!out.entries[0].path.empty())
    return out.unsupported("an exception for a path: exceptions are kept for hosts only");
  out.entries[0].kind = Entry::Kind::Allow;
}

}  // namespace citygate::categories
