// The checks that are published with the public suffix list.
#include <gtest/gtest.h>

#include <string>

#include "base/registrable_domain.h"
#include "base/target.h"
#include "tests/conformance/data_files.h"

namespace citygate {
namespace {

// The next quoted argument of a call, from `at` on; "" for null.
std::string argument(const std::string& line, std::size_t& at) {
  const auto comma = line.find_first_of(",)", at);
  const std::string_view part = std::string_view(line).substr(at, comma - at);
  at = comma + 1;
  const auto open = part.find('\''), close = part.rfind('\'');
  return open == part.npos ? "" : std::string(part.substr(open + 1, close - open - 1));
}

TEST(PublicSuffixCases, RegistrableDomains) {
  int checks = 0;
  const bool there =
      test::for_each_file("conformance/psl/test_psl.txt", [&](const std::string&, const std::string& text) {
        for (std::size_t begin = 0; begin < text.size();) {
          const std::size_t end = std::min(text.find('\n', begin), text.size());
          const std::string line = text.substr(begin, end - begin);
          begin = end + 1;
          if (!line.starts_with("checkPublicSuffix(")) continue;
          std::size_t at = std::string_view("checkPublicSuffix(").size();
          const std::string host = canonical_host(argument(line, at));
          const std::string wanted = argument(line, at);
          EXPECT_EQ(registrable_domain(host), wanted.empty() ? "" : canonical_host(wanted)) << line;
          ++checks;
        }
      });
  if (!there) GTEST_SKIP() << "the data collection is not beside the repository";
  EXPECT_EQ(checks, 42);
}

}  // namespace
}  // namespace citygate
