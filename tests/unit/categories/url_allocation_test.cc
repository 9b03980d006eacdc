// What is read from a URL before any list is asked allocates nothing once its strings have grown.
#include <gtest/gtest.h>

#include "base/matching_form.h"
#include "base/target.h"
#include "categories/inner_url.h"
#include "categories/search_engines.h"
#include "categories/url_signs.h"
#include "tests/support/counting_new.h"

namespace citygate::categories {
namespace {

TEST(UrlAllocation, NoneForTargetsThatCarryAndSearchOnceStringsHaveGrown) {
  static constexpr std::string_view kUrls[] = {
      "http://www.example.com/a/./b%7e//c%2Fd?x=%41",
      "http://www.google.com/search?q=Online%20Casino+caf%C3%A9",
      "http://web.archive.org/web/2020/https://casino.example/a%20b",
      "http://translate.google.com/?u=https://r.jina.ai/http://casino.example/",
      "http://casino-example.translate.goog/x?_x_tr_enc=0",
  };
  Target target;
  InnerUrls inner;
  SearchScratch scratch;
  std::string path, query, words;
  std::size_t carried = 0, searches = 0;
  const auto read_all = [&] {
    for (const auto url : kUrls) {
      if (!parse_url(url, target)) std::abort();
      static_cast<void>(matching_path(target.path, path));
      static_cast<void>(matching_query(target.query, query));
      carried += inner.find(target).size();
      static_cast<void>(url_signs(target, inner));
      searches += search_words(target, scratch, words).empty() ? 0 : 1;
    }
  };
  read_all();
  EXPECT_EQ(carried, 4u);
  EXPECT_EQ(searches, 1u);
  const std::size_t before = tests::allocations;
  read_all();
  EXPECT_EQ(tests::allocations - before, 0u);
}

}  // namespace
}  // namespace citygate::categories
