// pages.h - the portal's pages, each a function of a Visit. One file for each: page_<what>.cc.
//
// Those of a table row are called for who is known; the form of a POST has been found to be ours by then.
#pragma once

#include <span>
#include <string_view>

#include "console/portal/visit.h"

namespace citygate::console {

// Where deciding about others begins, an address that is somebody's is not enough.
enum class Known : std::uint8_t { ByAddress, ByPassword };

struct PortalPage {
  std::string_view path;
  HttpAnswer (*show)(const Visit& visit);
  HttpAnswer (*act)(const Visit& visit);  // null: it is only read
  Known known = Known::ByAddress;         // at least; for others there is the form to sign in
};
[[nodiscard]] std::span<const PortalPage> portal_pages();

HttpAnswer show_home(const Visit& visit);
HttpAnswer show_usage(const Visit& visit);
HttpAnswer show_refusals(const Visit& visit);
HttpAnswer show_grants(const Visit& visit);
HttpAnswer do_withdraw(const Visit& visit);
HttpAnswer show_grant_request(const Visit& visit);
HttpAnswer do_grant_request(const Visit& visit);
HttpAnswer show_decisions(const Visit& visit);
HttpAnswer do_decision(const Visit& visit);
HttpAnswer show_disputes(const Visit& visit);
HttpAnswer do_dispute(const Visit& visit);
HttpAnswer show_acknowledge(const Visit& visit);
HttpAnswer do_acknowledge(const Visit& visit);
HttpAnswer show_access_agreement(const Visit& visit);
HttpAnswer do_access_agreement(const Visit& visit);

// The policy's text has to be agreed to before the web opens.
[[nodiscard]] bool acknowledgement_due(const Visit& visit);
// By the policy, this person may see what others did, by office or by a grant.
[[nodiscard]] bool may_see_records(const Visit& visit);

// Refused by the policy, and not for a fault of the request's: somebody may think otherwise.
[[nodiscard]] bool disputable(const Record& record);
// Of the last two days, the newest first.
[[nodiscard]] Result<std::vector<records::OwnedRecord>> last_refusals(const Visit& visit, std::size_t most);

HttpAnswer show_downloads(const Visit& visit);
HttpAnswer do_download(const Visit& visit);
HttpAnswer show_download_file(const Visit& visit);

// For who is not known, or not well enough.
enum class SignInTrouble : std::uint8_t { None, Needed, Wrong, TooMany, Busy, Barred, Full };
[[nodiscard]] HttpAnswer sign_in_answer(const Visit& visit, SignInTrouble trouble,
                                        std::chrono::seconds retry_after = std::chrono::seconds(0));
[[nodiscard]] HttpAnswer no_page(const Visit& visit);

}  // namespace citygate::console
