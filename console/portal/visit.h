// visit.h - one request to the portal with what is known of who sends it, and what its pages are made from.
//
// A page is a function of a Visit. Who is asking: whoever has signed in from this address and shows the session's
// cookie; else whom the directory's map of addresses names.
// Owner     values, for the length of a request. Thread: the server's, several at once.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "console/operator.h"
#include "console/portal/html.h"
#include "console/portal/http_message.h"
#include "policy/registrar.h"
#include "proxy/identity/authenticator.h"
#include "proxy/identity/form_token.h"
#include "proxy/identity/session_table.h"
#include "proxy/portal_place.h"

namespace citygate::console {

class DownloadJobs;

// What the portal stands on; all borrowed.
struct PortalNeeds {
  Operator& op;
  policy::Registrar& registrar;
  proxy::Authenticator& authenticator;
  proxy::SessionTable& sessions;
  const proxy::PortalPlace& place;
  // Of the configuration in force.
  std::function<proxy::SignInSource(const IpAddress&)> source;
  std::function<std::chrono::milliseconds()> session_lifetime;
  DownloadJobs* downloads = nullptr;  // the portal's own
};

struct Visit {
  const PortalNeeds& needs;
  const proxy::FormTokens& tokens;
  const HttpRequest& request;

  proxy::Snapshots in_force{};
  WallTime now{};
  std::string cookie{};     // of the browser; a new one where it had none
  bool new_cookie = false;  // it has to be told
  const policy::Person* person = nullptr;
  bool signed_in = false;  // with a password; else known by the address alone
  WallTime session_until{};

  [[nodiscard]] const IpAddress& client() const { return request.client.ip; }
  // Many people use the web from there: a session of its pages, and no more than that.
  [[nodiscard]] bool shared_address() const { return needs.source(client()).shared; }
  [[nodiscard]] const Zone& zone() const { return in_force.rules->zone(); }
  [[nodiscard]] std::string time(WallTime when) const { return zone().format(when); }
  // "portal, password, 10.1.2.3": how the author of an act was known.
  [[nodiscard]] std::string via() const;
  [[nodiscard]] std::string token(std::string_view purpose) const { return tokens.token(cookie, client(), purpose); }
  // Whether the form was made by us, for this browser, for `purpose`.
  [[nodiscard]] bool form_is_ours(std::string_view purpose) const {
    return tokens.right(request.said("token"), cookie, client(), purpose);
  }
  // Where the person was going when he was led here; "" when nowhere, or when the link is none of ours. Read from the
  // query of a page and from the fields of its form alike.
  [[nodiscard]] std::string going_to() const;
  [[nodiscard]] std::string going_to_query() const;  // the same as "?to=...", for a link; "" where there is none
  // The same fields, for a form.
  void carry_going_to(Html& html) const;

  // An act of this person's with the reason that the form gives; subject and fields are the caller's.
  [[nodiscard]] Act propose(ActKind kind) const;

  // A page of ours, with everything around it.
  [[nodiscard]] HttpAnswer page(std::uint16_t status, std::string_view title, const Html& contents) const;
  // Of an act that was not kept.
  [[nodiscard]] HttpAnswer failed(const Error& error, std::string_view title) const;
  // 403: the form did not come from a page of ours, or is too old.
  [[nodiscard]] HttpAnswer strange_form() const;
};

inline constexpr std::string_view kCookie = "__Host-citygate";

// Who is asking, and all the rest of a visit.
[[nodiscard]] Visit begin_visit(const PortalNeeds& needs, const proxy::FormTokens& tokens, const HttpRequest& request);
// Tells the browser its cookie, where it is new.
void add_cookie(const Visit& visit, HttpAnswer& answer);

}  // namespace citygate::console
