// pages.h - the portal's pages, each a function of a Visit. One file for each: page_<what>.cc.
//
// Those of a table row are called for who is known; the form of a POST has been found to be ours by then.
#pragma once

#include <span>
#include <string_view>

#include "console/portal/visit.h"

namespace citygate::console {

struct PortalPage {
  std::string_view path;
  HttpAnswer (*show)(const Visit& visit);
  HttpAnswer (*act)(const Visit& visit);  // null: it is only read
};
[[nodiscard]] std::span<const PortalPage> portal_pages();

HttpAnswer show_home(const Visit& visit);

// For who is not known.
enum class SignInTrouble : std::uint8_t { None, Wrong, TooMany, Busy, Barred, Full };
[[nodiscard]] HttpAnswer sign_in_answer(const Visit& visit, SignInTrouble trouble,
                                        std::chrono::seconds retry_after = std::chrono::seconds(0));
[[nodiscard]] HttpAnswer no_page(const Visit& visit);

}  // namespace citygate::console
