// Spellings: one URL written in many ways is one target and gets one classification. The input chooses a URL and how it
// is written (tests/support/spellings.h).
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/support/spelling_checks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citygate::tests;
  static const auto lists = spelling_lists();
  if (size == 0) return 0;
  const KnownUrl& known = known_urls()[data[0] % known_urls().size()];
  const Spelling spelling = spell(known, {data + 1, size - 1});
  const std::string wrong = check_spelling(*lists, known, spelling);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\nhost %s\npath %s\n%s\n", spelling.url.c_str(), spelling.authority.c_str(),
                 spelling.path_and_query.c_str(), wrong.c_str());
    std::abort();
  }
  return 0;
}
