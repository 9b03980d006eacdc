// spelling_checks.h - what must hold for any spelling of a known URL, in the fuzz target and in the seeded test alike.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "base/matching_form.h"
#include "base/target.h"
#include "categories/inner_url.h"
#include "categories/lists.h"
#include "categories/search_engines.h"
#include "tests/support/spellings.h"

namespace citygate::tests {

[[nodiscard]] inline std::shared_ptr<const categories::Lists> spelling_lists() {
  return categories::lists_for_tests({{"casino.example", CategoryId{1}},
                                      {"city.example/games/casino", CategoryId{2}},
                                      {"city.example/games/casino;v=1/a@b:c!d", CategoryId{3}},
                                      {"city.example/wiki/caf%C3%A9%20%C3%BC", CategoryId{4}},
                                      {"xn--caf-dma.example/menu", CategoryId{5}},
                                      {"xn--strae-oqa.example", CategoryId{6}},
                                      {"xn--fiqs8s.test", CategoryId{7}},
                                      {"203.0.113.9", CategoryId{8}},
                                      {"203.0.113.9/admin", CategoryId{9}},
                                      {"2001:db8::9", CategoryId{10}}});
}

// All that classification reads from a target beside the lists: what it carries, and what it searches for.
[[nodiscard]] inline std::string given_away(const Target& target) {
  categories::InnerUrls inner;
  categories::SearchScratch scratch;
  std::string out, words;
  for (const Target& found : inner.find(target)) out += found.to_string() + " ";
  out += categories::search_words(target, scratch, words);
  return out + ": " + words;
}

// With ".." in its path a target may carry more: a front end finds a URL in the path as it was sent.
[[nodiscard]] inline bool carries_all(const Target& target, const Target& plain) {
  categories::InnerUrls inner, inner_plain;
  const auto carried = inner.find(target);
  return std::ranges::all_of(inner_plain.find(plain), [&](const Target& wanted) {
    return std::ranges::any_of(carried, [&](const Target& found) { return found.to_string() == wanted.to_string(); });
  });
}

// "" when all holds, else what does not.
[[nodiscard]] inline std::string check_spelling(const categories::Lists& lists, const KnownUrl& known,
                                                const Spelling& spelling) {
  Target plain;
  const std::string host =
      known.host.find(':') == known.host.npos ? std::string(known.host) : "[" + std::string(known.host) + "]";
  const std::string query = known.query.empty() ? std::string() : "?" + std::string(known.query);
  if (!parse_url("http://" + host + canonical_path_of(known) + query, plain)) return "the known URL is refused";
  if (plain.host != known.host || plain.path != canonical_path_of(known)) return "the known URL is not canonical";
  categories::Workspace workspace;
  categories::Classification wanted, got;
  lists.classify(plain, workspace, wanted);

  Target target;
  const auto same = [&](const char* form) -> std::string {
    if (target.host != plain.host || target.address != plain.address || target.port != plain.port)
      return std::string(form) + " names another host: " + target.to_string();
    if (target.scheme == Scheme::Tunnel) return {};
    std::string scratch, other_scratch;
    if (matching_query(target.query, scratch) != matching_query(plain.query, other_scratch))
      return std::string(form) + " has another query: " + target.query;
    if (!spelling.other_case && !target.before_dots.empty() && !carries_all(target, plain))
      return std::string(form) + " carries " + given_away(target) + " and not " + given_away(plain);
    if (!spelling.other_case && target.before_dots.empty() && given_away(target) != given_away(plain))
      return std::string(form) + " gives away " + given_away(target) + " and not " + given_away(plain);
    if (!spelling.folded && target.path != plain.path) return std::string(form) + " has another path: " + target.path;
    lists.classify(target, workspace, got);
    return got.categories == wanted.categories ? "" : std::string(form) + " is classified otherwise: " + target.path;
  };
  const bool url_parses = parse_url(spelling.url, target).has_value();
  if (!url_parses && !spelling.may_fail) return "the URL is refused";
  if (url_parses)
    if (auto wrong = same("the URL"); !wrong.empty()) return wrong;
  const bool origin_parses = parse_origin_form(spelling.authority, spelling.path_and_query, target).has_value();
  if (!origin_parses && !spelling.may_fail) return "the origin form is refused";
  if (origin_parses)
    if (auto wrong = same("the origin form"); !wrong.empty()) return wrong;
  const bool authority_parses = parse_authority(spelling.host_with_port, target).has_value();
  if (!authority_parses && !spelling.may_fail) return "the authority is refused";
  return authority_parses ? same("the authority") : "";
}

}  // namespace citygate::tests
