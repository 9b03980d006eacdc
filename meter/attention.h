// attention.h - is this exchange something that a person did?
//
// Attended: a navigation that the browser marks as one (Sec-Fetch-*), or a main document by its shape. Not attended:
// sub-resources, frames, scripts' requests, polling, beacons, feeds, prefetches. (architecture, section 6; complaints:
// requirements, section 3 row 21.)
// Pure functions of header values; views are read and not kept.
#pragma once

#include <string_view>

#include "base/vocabulary.h"

namespace citygate::meter {

// Values as sent; empty where a field is missing.
struct RequestSigns {
  Method method = Method::Other;
  std::string_view accept, referer, sec_fetch_mode, sec_fetch_dest, sec_fetch_user, sec_purpose, purpose, x_moz,
      x_requested_with, upgrade_insecure_requests, range;
};

// What the request alone promises: Navigation, Document (if the answer turns out to be one), or None. A refused request
// that promises either is an attempt.
[[nodiscard]] Attention promised(const RequestSigns& request) noexcept;

// A request that comes from no page and names no type: curl or the like, which a person has started. It is no reading
// of pages and costs no minutes, but where it is refused, somebody has tried.
[[nodiscard]] bool asked_by_hand(const RequestSigns& request) noexcept;

// With the answer's head: a promised Document stays one only if it is a successful HTML-like main document.
[[nodiscard]] Attention confirmed(Attention promise, std::uint16_t status, std::string_view content_type,
                                  bool attachment) noexcept;

// A media type that counts as streaming: audio, video, and the manifests of HLS and DASH.
[[nodiscard]] bool is_streaming_media(std::string_view content_type) noexcept;

}  // namespace citygate::meter
