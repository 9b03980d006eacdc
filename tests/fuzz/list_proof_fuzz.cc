// list_proof_fuzz.cc - any bytes as what a publisher puts beside a list, and as the list itself: a signature, a file of
// checksums, a public key, the first bytes that come. Nothing here was signed, so nothing may be believed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "categories/content_check.h"
#include "categories/fetch_staging.h"
#include "categories/minisign.h"
#include "categories/verify.h"

using namespace citygate;
using namespace citygate::categories;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const MinisignKey key = MinisignKey::parse("RWRVgMwj68hco+jjk2PmuIiyFaf9bg6mmbO1MYs7cPQ23bEVwf5hT7r7").value();
  CG_CHECK(!verify_minisign(key, text, "/dev/null"));
  if (const auto other = MinisignKey::parse(text)) CG_CHECK(other->id_text().size() == 16);

  if (const auto checksum = find_checksum(text, "a.txt")) {
    CG_CHECK(checksum->size() == 64);
    CG_CHECK(checksum->find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  const std::string name = staged_name(text);
  CG_CHECK(!name.empty() && name.size() <= 100 && name.front() != '.' && name.find('/') == std::string::npos);

  ContentCheck whole, apart;
  whole.add(text);
  for (const char& c : text) apart.add({&c, 1});
  CG_CHECK(whole.markup() == apart.markup());
  CG_CHECK(whole.ends_within_a_line() == apart.ends_within_a_line());
  CG_CHECK(shown_url(shown_url(text)).size() <= text.size());
  return 0;
}
