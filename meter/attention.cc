#include "meter/attention.h"

#include <algorithm>
#include <array>

#include "base/letter_case.h"

namespace citygate::meter {
namespace {

bool contains(std::string_view text, std::string_view word) {
  return !std::ranges::search(text, word, {}, lower, lower).empty();
}

// "Text/HTML; charset=utf-8" → "Text/HTML"
std::string_view bare_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.front() == ' ' || content_type.front() == '\t'))
    content_type.remove_prefix(1);
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t'))
    content_type.remove_suffix(1);
  return content_type;
}

}  // namespace

Attention promised(const RequestSigns& request) noexcept {
  if (request.method != Method::Get && request.method != Method::Post) return Attention::None;
  if (contains(request.sec_purpose, "prefetch") || contains(request.sec_purpose, "prerender") ||
      contains(request.purpose, "prefetch") || contains(request.purpose, "preview") ||
      contains(request.x_moz, "prefetch"))
    return Attention::None;
  // Embedded Android browsers put their application's name here, also when a person navigates.
  if (same_letters(request.x_requested_with, "XMLHttpRequest")) return Attention::None;

  if (!request.sec_fetch_mode.empty() || !request.sec_fetch_dest.empty()) {
    if (!same_letters(request.sec_fetch_mode, "navigate") || !same_letters(request.sec_fetch_dest, "document"))
      return Attention::None;
    // Without "?1" it is a page that refreshes itself, or a browser that never says so (Safari): kept as the weaker
    // method, which regular repetition takes off the clock again (visits.h).
    return request.sec_fetch_user == "?1" ? Attention::Navigation : Attention::Document;
  }
  // Scripts and images ask for "*/*" or their own types; a main document asks for HTML before all else.
  return begins_with_any_case(request.accept, "text/html") ||
                 begins_with_any_case(request.accept, "application/xhtml+xml")
             ? Attention::Document
             : Attention::None;
}

bool asked_by_hand(const RequestSigns& request) noexcept {
  const bool of_a_page = !request.referer.empty() || !request.sec_fetch_mode.empty() ||
                         !request.sec_fetch_dest.empty() || !request.sec_purpose.empty() || !request.purpose.empty() ||
                         !request.x_moz.empty() || !request.x_requested_with.empty();
  return !of_a_page && (request.accept.empty() || request.accept == "*/*");
}

Attention confirmed(Attention promise, std::uint16_t status, std::string_view content_type, bool attachment) noexcept {
  if (promise != Attention::Document) return promise;
  // A revalidated page has no type, but a person looks at it.
  if (status == 304) return promise;
  // A part (206) is of media, downloads and previews; that a part was asked for says nothing when the whole page came.
  if (status < 200 || status >= 300 || status == 204 || status == 205 || status == 206 || attachment)
    return Attention::None;
  const std::string_view type = bare_type(content_type);
  return same_letters(type, "text/html") || same_letters(type, "application/xhtml+xml") ? promise : Attention::None;
}

bool is_streaming_media(std::string_view content_type) noexcept {
  const std::string_view type = bare_type(content_type);
  if (begins_with_any_case(type, "audio/") || begins_with_any_case(type, "video/")) return true;
  static constexpr std::array<std::string_view, 4> kManifests = {
      "application/vnd.apple.mpegurl", "application/x-mpegurl", "application/dash+xml", "application/vnd.ms-sstr+xml"};
  return std::ranges::any_of(kManifests, [&](std::string_view manifest) { return same_letters(type, manifest); });
}

}  // namespace citygate::meter
