#include "console/portal/http_message.h"

#include "base/percent_encoding.h"

namespace citygate::console {
namespace {

constexpr std::size_t kMostFields = 64;

}  // namespace

Fields parse_form(std::string_view text) {
  Fields out;
  while (!text.empty() && out.size() < kMostFields) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    if (one.empty()) continue;
    const auto equals = std::min(one.find('='), one.size());
    out.emplace(percent_decoded(one.substr(0, equals), Plus::IsSpace),
                percent_decoded(one.substr(std::min(equals + 1, one.size())), Plus::IsSpace));
  }
  return out;
}

}  // namespace citygate::console
