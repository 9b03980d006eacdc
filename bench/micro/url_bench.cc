// What a URL costs before any list is asked: its canonical form, its form for matching, what it carries and searches for.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "base/matching_form.h"
#include "base/target.h"
#include "categories/inner_url.h"
#include "categories/search_engines.h"
#include "categories/search_terms.h"
#include "categories/search_text.h"

namespace {

using namespace citygate;

// Of the shapes that page loads have: plain paths, a few encoded ones, queries; `carrying` of them for a front end.
std::vector<std::string> urls(bool carrying) {
  std::vector<std::string> out;
  for (int i = 0; i < 64; ++i) {
    const std::string n = std::to_string(i);
    const std::string host = "http://www.site" + n + ".example.com";
    switch (carrying ? 8 + i % 2 : i % 8) {
      case 0: out.push_back(host + "/"); break;
      case 1: out.push_back(host + "/static/js/vendor.min." + n + ".js?v=20240101"); break;
      case 2: out.push_back(host + "/news/2024/05/council-votes-on-the-budget-" + n + ".html"); break;
      case 3: out.push_back(host + "/img/caf%C3%A9%20menu/" + n + ".jpg"); break;
      case 4: out.push_back(host + "/api/v1/items?ids=1%2C2%2C3&page=" + n); break;
      case 5: out.push_back(host + ":80/a/./b/../c/" + n); break;
      case 6: out.push_back("http://cdn" + n + ".example.net/pixel.gif?u=http%3A%2F%2Fexample.com%2F&r=" + n); break;
      case 7: out.push_back(host + "/login?next=%2Faccount%2Fhome"); break;
      case 8: out.push_back("http://web.archive.org/web/2024/https://site" + n + ".example.com/a/b"); break;
      default:
        out.push_back("http://translate.google.com/translate?u=http%3A%2F%2Fsite" + n + ".example.com%2F");
        break;
    }
  }
  return out;
}

std::vector<Target> targets(bool carrying) {
  std::vector<Target> out;
  for (const std::string& url : urls(carrying))
    if (Target target; parse_url(url, target)) out.push_back(target);
  return out;
}

void BM_ParseUrl(benchmark::State& state) {
  const auto all = urls(false);
  Target target;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(parse_url(all[i++ % all.size()], target));
}
BENCHMARK(BM_ParseUrl);

void BM_MatchingForm(benchmark::State& state) {
  const auto all = targets(false);
  std::string path, query;
  std::size_t i = 0;
  for (auto _ : state) {
    const Target& target = all[i++ % all.size()];
    benchmark::DoNotOptimize(matching_path(target.path, path));
    benchmark::DoNotOptimize(matching_query(target.query, query));
  }
}
BENCHMARK(BM_MatchingForm);

// 0: what carries nothing, nearly every request; 1: what does.
void BM_InnerUrl(benchmark::State& state) {
  const auto all = targets(state.range(0) != 0);
  categories::InnerUrls inner;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(inner.find(all[i++ % all.size()]));
}
BENCHMARK(BM_InnerUrl)->Arg(0)->Arg(1);

void BM_SearchWords(benchmark::State& state) {
  const auto all = targets(false);
  categories::SearchScratch scratch;
  std::string words;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(categories::search_words(all[i++ % all.size()], scratch, words));
}
BENCHMARK(BM_SearchWords);

// A thousand phrases, a search of eight words.
void BM_SearchTerms(benchmark::State& state) {
  std::string list;
  for (int i = 0; i < 1000; ++i) list += "how to phrase" + std::to_string(i) + "\n";
  const categories::TermFile file{"bench", list, 1};
  const auto terms = categories::SearchTerms::compile({&file, 1});
  if (!terms) return state.SkipWithError("terms");
  std::string words;
  categories::append_words("how to get to the town hall by bus", words);
  std::array<categories::TermHit, 8> hits;
  for (auto _ : state) benchmark::DoNotOptimize(terms->match(words, hits));
}
BENCHMARK(BM_SearchTerms);

}  // namespace
