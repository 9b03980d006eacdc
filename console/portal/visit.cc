#include "console/portal/visit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hex.h"

namespace citygate::console {
namespace {

// Our own form: 64 hexadecimal digits. Anything else is no cookie of ours.
bool is_cookie(std::string_view text) { return is_hex(text, 64); }

// Fields of a page's query or of its form.
std::string_view field(const HttpRequest& request, std::string_view name) {
  const std::string_view said = request.said(name);
  return said.empty() ? request.asked(name) : said;
}

}  // namespace

std::string Visit::via() const {
  return fmt::format("portal, {}, {}", signed_in ? "password" : "address", client().to_string());
}

std::string Visit::going_to() const {
  return needs.place.going_to(field(request, "to"), field(request, "until"), field(request, "key"), client(), now)
      .value_or(std::string());
}

std::string Visit::going_to_query() const {
  const std::string to = going_to();
  if (to.empty()) return {};
  const std::string link = needs.place.link_back(to, client(), now);
  return link.substr(std::min(link.size(), link.find('?')));
}

void Visit::carry_going_to(Html& html) const {
  if (going_to().empty()) return;
  for (const char* name : {"to", "until", "key"}) html.hidden(name, field(request, name));
}

Act Visit::propose(ActKind kind) const {
  Act act;
  act.kind = kind;
  act.author = person->name;
  act.via = via();
  act.reason = request.said("reason");
  return act;
}

HttpAnswer Visit::page(std::uint16_t status, std::string_view title, const Html& contents) const {
  PageFrame frame;
  frame.title = title;
  frame.city = in_force.rules->city();
  frame.here = request.path;
  frame.going_to = going_to();
  if (person) {
    frame.ways = {{"/", "You and the web"},      {"/usage", "Your use today"}, {"/refusals", "What was refused"},
                  {"/grants", "Permissions"},    {"/decisions", "To decide"},  {"/disputes", "Disputes"},
                  {"/acknowledge", "The policy"}};
  }
  if (signed_in) frame.sign_out = token("sign-out");
  const std::string who =
      person ? fmt::format(" You are {}.", person->title.empty() ? person->name : person->title) : std::string();
  frame.footer = fmt::format("{} web gateway, {}.{} Help: {}. What is done here is recorded.", frame.city, time(now),
                             who, in_force.rules->contact());
  return html_answer(status, frame, contents);
}

HttpAnswer Visit::failed(const Error& error, std::string_view title) const {
  Html html;
  std::uint16_t status = 409;
  switch (error.kind) {
    case Error::Kind::Malformed: status = 422; break;
    case Error::Kind::NotFound: status = 404; break;
    case Error::Kind::Refused: status = 403; break;
    default: status = 503;
  }
  // What the disk said is the operator's affair.
  html.wrong(status == 503 ? std::string("It could not be kept, and nothing has changed. Try again in a moment.")
                           : fmt::format("Nothing has changed: {}.", error.context));
  html.link(request.path, "Back");
  return page(status, title, html);
}

HttpAnswer Visit::strange_form() const {
  Html html;
  html.wrong(
      "Nothing has changed: the form was not made for this browser at this address, or the gateway has been "
      "started anew since. Open the page again and send it once more.");
  html.link(request.path, "Open the page again");
  return page(403, "This form cannot be used", html);
}

Visit begin_visit(const PortalNeeds& needs, const proxy::FormTokens& tokens, const HttpRequest& request) {
  Visit visit{.needs = needs, .tokens = tokens, .request = request};

  visit.in_force = needs.op.in_force();
  visit.now = needs.op.clock().now();
  const std::string_view cookie = HttpRequest::of(request.cookies, kCookie);
  visit.new_cookie = !is_cookie(cookie);
  visit.cookie = visit.new_cookie ? proxy::new_cookie() : std::string(cookie);
  const policy::Directory& people = *visit.in_force.people;
  if (!visit.new_cookie) {
    const auto session = needs.sessions.find(request.client.ip, proxy::hash_cookie(visit.cookie), visit.now);
    if (session && (visit.person = people.by_id(session->person))) {
      visit.signed_in = true;
      visit.session_until = session->until;
      return visit;
    }
  }
  const policy::Person* known = people.by_address(request.client.ip, visit.now);
  if (known && !known->is_device()) visit.person = known;
  return visit;
}

void add_cookie(const Visit& visit, HttpAnswer& answer) {
  if (!visit.new_cookie) return;
  answer.headers.emplace_back("Set-Cookie",
                              fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax", kCookie, visit.cookie));
}

}  // namespace citygate::console
