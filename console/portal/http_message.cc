#include "console/portal/http_message.h"

#include "base/percent_encoding.h"

namespace citygate::console {
namespace {

constexpr std::size_t kMostFields = 64;

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = percent_encoded_at(text, i);
    if (byte >= 0) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace

Fields parse_form(std::string_view text) {
  Fields out;
  while (!text.empty() && out.size() < kMostFields) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    if (one.empty()) continue;
    const auto equals = std::min(one.find('='), one.size());
    out.emplace(decoded(one.substr(0, equals)), decoded(one.substr(std::min(equals + 1, one.size()))));
  }
  return out;
}

}  // namespace citygate::console
