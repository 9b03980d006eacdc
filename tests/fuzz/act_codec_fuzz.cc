// Any bytes as an act, and as lines of an export: what is not one is refused, and an act that is read is spelled again
// byte by byte as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "records/act_codec.h"
#include "records/act_export.h"

namespace {

using namespace citygate;

constexpr std::string_view kSaltKey = "\"salt\":\"";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto act = records::decode_act(bytes)) {
    const std::string_view salt = bytes.substr(bytes.rfind(kSaltKey) + kSaltKey.size(), records::kActSaltDigits);
    const auto again = records::encode_act(*act, salt);
    CG_CHECK(again && *again == bytes);
  }
  records::ExportCheck check;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    check.take(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  static_cast<void>(check.finish());
  return 0;
}
