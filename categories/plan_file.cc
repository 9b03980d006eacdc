#include <algorithm>
#include <array>

#include "categories/normalise.h"

namespace citygate::categories {
namespace {

// Files that come along with lists and are none.
bool no_list(std::string_view base) {
  constexpr std::array<std::string_view, 8> kBeginnings{"README",    "LICENSE", "LICENCE", "COPYING",
                                                        "CHANGELOG", "NOTICE",  "usage",   "global_usage"};
  constexpr std::array<std::string_view, 6> kEndings{".md", ".json", ".html", ".sh", ".py", ".yml"};
  return base.starts_with('.') ||
         std::ranges::any_of(kBeginnings, [base](auto word) { return base.starts_with(word); }) ||
         std::ranges::any_of(kEndings, [base](auto word) { return base.ends_with(word); });
}

// "gambling-nl.txt", "gambling-hosts", "fake.blacklist.conf": what is left of a name when the format's name is taken
// off.
std::string category_of(std::string_view base) {
  constexpr std::array<std::string_view, 18> kEndings{
      ".txt",     ".conf",     ".list",    ".lst",   ".ip",      ".hosts",   ".blacklist", ".domains", ".adblock",
      ".dnsmasq", ".wildcard", ".unbound", "-hosts", "-dnsmasq", "-domains", "-nl",        "-ags",     "-adblock"};
  for (bool again = true; again;) {
    again = false;
    for (auto ending : kEndings) {
      if (base.size() <= ending.size() || !base.ends_with(ending)) continue;
      base.remove_suffix(ending.size());
      again = true;
    }
  }
  return std::string(base);
}

}  // namespace

FilePlan plan_file(const std::string& name) {
  const auto slash = name.rfind('/');
  const std::string base = slash == std::string::npos ? name : name.substr(slash + 1);
  const std::string folder_path = slash == std::string::npos ? std::string() : name.substr(0, slash);
  const auto folder_slash = folder_path.rfind('/');
  const std::string folder = folder_slash == std::string::npos ? folder_path : folder_path.substr(folder_slash + 1);
  FilePlan plan;
  const bool patterns = base == "expressions" || base == "very_restrictive_expression";
  plan.domains_or_urls = base == "domains" || base == "urls";
  if (!folder.empty() && (patterns || plan.domains_or_urls)) {
    plan.kind = patterns ? FilePlan::Kind::Patterns : FilePlan::Kind::List;
    plan.shown = folder + "/" + base;
    plan.foreign = folder;
    plan.urls = base == "urls";
    return plan;
  }
  plan.shown = name;
  if (no_list(base)) plan.kind = FilePlan::Kind::NoList;
  plan.foreign = category_of(base);
  plan.urls = base == "urls" || base.ends_with(".urls");
  return plan;
}

}  // namespace citygate::categories
