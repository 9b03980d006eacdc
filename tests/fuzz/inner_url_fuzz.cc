// What a URL carries: whatever the bytes, at most eight targets come out, each canonical, the same every time.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "categories/inner_url.h"
#include "categories/url_signs.h"

namespace {

using namespace citygate;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_target(const Target& target) {
  check(!target.host.empty() && target.host.size() <= kMaxHostBytes && target.port != 0);
  if (target.scheme == Scheme::Tunnel) return;
  Target again;
  check(parse_url(target.to_string(), again).has_value());
  check(again.host == target.host && again.path == target.path && again.port == target.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Target target;
  if (!parse_url(text, target) && !parse_authority(text, target)) return 0;
  static categories::InnerUrls used_before;
  categories::InnerUrls fresh;
  const auto found = used_before.find(target);
  const auto found_again = fresh.find(target);
  check(found.size() <= categories::InnerUrls::kMaxFound && found.size() == found_again.size());
  check(used_before.kind() == fresh.kind() && used_before.deeper() == fresh.deeper());
  for (std::size_t i = 0; i < found.size(); ++i) {
    check_target(found[i]);
    check(found[i].to_string() == found_again[i].to_string() && found[i].query == found_again[i].query);
  }
  check(found.empty() || fresh.kind() != categories::FrontEnd::None);
  static_cast<void>(categories::url_signs(target, fresh));
  return 0;
}
