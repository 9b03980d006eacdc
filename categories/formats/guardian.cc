// e2guardian's lists (and DansGuardian's before it): sites, URLs or regular expressions one a line, and words for the
// daemon between them. What kind of list it is, and whether it bans or excepts, stands in the file's name.
#include "categories/formats/entry.h"
#include "categories/formats/expression.h"

namespace citygate::categories {
namespace {

// "#listcategory: "Gambling"", written with one '#'.
bool takes_category(std::string_view line, FileContext& file) {
  constexpr std::string_view kWord = "#listcategory:";
  if (line.size() < kWord.size() || !same_letters(line.substr(0, kWord.size()), kWord)) return false;
  std::string_view name = trim(line.substr(kWord.size()));
  if (name.size() >= 2 && name.front() == '"' && name.find('"', 1) != std::string_view::npos)
    name = name.substr(1, name.find('"', 1) - 1);
  file.category.assign(trim(name));
  return true;
}

std::string_view without_remark(std::string_view line) {
  // No host and no URL holds a blank.
  for (std::size_t at = 1; at < line.size(); ++at)
    if (line[at] == '#' && (line[at - 1] == ' ' || line[at - 1] == '\t')) return trim(line.substr(0, at));
  return line;
}

void read_site_or_url(std::string_view line, LineFormat format, LineResult& out) {
  if (line == "**" || line == "**s" || line == "*ip" || line == "*ips")
    return out.unsupported("bans or excepts everything of a kind: say that in the policy");
  if (format == LineFormat::GuardianSites) return read_domains_line(line, out);
  read_urls_line(line, out);
}

}  // namespace

void read_guardian_line(LineFormat format, std::string_view line, FileContext& file, LineResult& out) {
  if (takes_category(line, file)) return;
  if (line.size() > 6 && same_letters(line.substr(0, 6), "#time:"))
    return out.unsupported("holds at some times only: say that in the policy; the list is read for all times");
  if (line.front() == '#') return;
  if (same_letters(line.substr(0, 9), ".include<"))
    return out.unsupported("includes another file: import that file, or the directory that both are in");
  line = without_remark(line);
  if (format == LineFormat::GuardianExpressions) {
    std::string expression;
    if (const auto wrong = from_url_expression(line, ExpressionDialect::Pcre, expression); !wrong.empty())
      return out.fault(wrong);
    out.next().expression = std::move(expression);
  } else {
    read_site_or_url(line, format, out);
    // ".gov" is how these lists write it: meant, and not done.
    if (out.kind == LineResult::Kind::Fault && out.reason == kSingleWord && line.starts_with('.'))
      out.unsupported("a whole top-level domain");
  }
  for (std::size_t i = 0; i < out.count; ++i) {
    if (file.exceptions) out.entries[i].except_deeply();
    out.entries[i].category = file.category;
  }
}

}  // namespace citygate::categories
