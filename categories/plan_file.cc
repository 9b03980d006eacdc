#include <algorithm>
#include <array>

#include "categories/normalise.h"

namespace citygate::categories {
namespace {

// Files that come along with lists and are none.
bool no_list(std::string_view base) {
  constexpr auto kBeginnings = std::to_array<std::string_view>(
      {"README", "readme", "COPYRIGHT", "AUTHORS", "CONTRIBUTING", "INSTALL", "Makefile", "LICENSE", "LICENCE",
       "COPYING", "CHANGELOG", "NOTICE", "usage", "global_usage"});
  constexpr auto kEndings = std::to_array<std::string_view>(
      {".md",  ".json", ".html", ".htm", ".sh",  ".py",  ".yml",    ".yaml", ".png", ".jpg",
       ".gif", ".svg",  ".ico",  ".pdf", ".asc", ".sig", ".sha256", ".md5",  ".xml", ".toml"});
  return base.starts_with('.') ||
         std::ranges::any_of(kBeginnings, [base](auto word) { return base.starts_with(word); }) ||
         std::ranges::any_of(kEndings, [base](auto word) { return base.ends_with(word); });
}

// "gambling-nl.txt", "gambling-hosts", "fake.blacklist.conf": what is left of a name when the format's name is taken
// off.
std::string category_of(std::string_view base) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {".csv",     ".tsv",   ".rpz",       ".txt",     ".conf",    ".list",    ".lst",
       ".ip",      ".hosts", ".blacklist", ".domains", ".adblock", ".dnsmasq", ".wildcard",
       ".unbound", "-hosts", "-dnsmasq",   "-domains", "-nl",      "-ags",     "-adblock"});
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

bool take_beginning(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// "bannedsitelist", "localexceptionurllist", "greysslsitelist": the e2guardian lists that say which sites and URLs there
// are. A grey list lifts the ban on an address and leaves the rest of the checks: an exception of the addresses.
bool plan_guardian(std::string_view base, FilePlan& plan) {
  static_cast<void>(take_beginning(base, "local"));
  if (take_beginning(base, "exception") || take_beginning(base, "grey")) {
    plan.exceptions = true;
  } else if (!take_beginning(base, "banned")) {
    return false;
  }
  static_cast<void>(take_beginning(base, "ssl"));
  if (base == "sitelist" || base == "siteiplist") plan.format = LineFormat::GuardianSites;
  if (base == "urllist") plan.format = LineFormat::GuardianUrls;
  if (base == "regexpurllist") plan.format = LineFormat::GuardianExpressions;
  return plan.format.has_value();
}

// What else lies beside them: phrases, types of files, clients, what is logged.
bool other_guardian_file(std::string_view folder, std::string_view base) {
  if (folder.contains("phraselists") || folder == "bannedrooms" || folder == "languages") return true;
  constexpr auto kEndings = std::to_array<std::string_view>(
      {"phraselist", "extensionlist", "mimetypelist", "iplist", "clientlist", "searchlist", "headerlist",
       "useragentlist", "regexplist", "groupslist", "nobypass", "overidelist", "ipgroups", "portgroups"});
  constexpr auto kBeginnings = std::to_array<std::string_view>(
      {"log", "auth", "embeded", "embedded", "referer", "nocheck", "newbanned", "exceptionfile", "exceptionvirus"});
  if (base.find('.') != std::string_view::npos) return false;
  if (std::ranges::any_of(kEndings, [base](auto ending) { return base.ends_with(ending); })) return true;
  return base.ends_with("list") &&
         std::ranges::any_of(kBeginnings, [base](auto word) { return base.starts_with(word); });
}

}  // namespace

FilePlan plan_file(const std::string& name) {
  const auto slash = name.rfind('/');
  const std::string base = slash == std::string::npos ? name : name.substr(slash + 1);
  const std::string folder_path = slash == std::string::npos ? std::string() : name.substr(0, slash);
  const auto folder_slash = folder_path.rfind('/');
  const std::string folder = folder_slash == std::string::npos ? folder_path : folder_path.substr(folder_slash + 1);
  FilePlan plan;
  plan.shown = name;
  const bool expressions = base == "expressions";
  if (!folder.empty() && (expressions || base == "domains" || base == "urls")) {
    plan.shown = folder + "/" + base;
    plan.foreign = folder;
    plan.urls = base == "urls";
    plan.format = expressions ? LineFormat::Expressions : plan.urls ? LineFormat::Urls : LineFormat::Domains;
    return plan;
  }
  if (folder == "search-terms" && base.ends_with(".txt")) {
    plan.foreign = category_of(base);
    plan.format = LineFormat::Terms;
    return plan;
  }
  if (plan_guardian(base, plan)) {
    plan.foreign = folder.empty() ? base : folder;
    return plan;
  }
  // UT1's very_restrictive_expression refuses every page with such a word: 14 of 195 pages of a national health service.
  if (no_list(base) || base == "very_restrictive_expression" || other_guardian_file(folder_path, base))
    plan.kind = FilePlan::Kind::NoList;
  plan.foreign = category_of(base);
  plan.urls = base == "urls" || base.ends_with(".urls");
  return plan;
}

}  // namespace citygate::categories
