// Exchange: people who have something to do first. Who is not known signs in; who has not acknowledged the policy's text
// reads it.
//
// A proxy's client that asks for a page is asked for a password where it is not known whose it is. All else is done on
// the portal: a navigation is led there (302), what no person looks at is told so (511, RFC 6585), and a CONNECT gets a
// 403 that names the portal, since nothing of it is shown by a browser. Without a portal there is a refusal.
#include "proxy/http/exchange.h"
#include "proxy/portal_place.h"

namespace citygate::proxy {

void Exchange::ask_who() {
  const std::string to = url_with_query(case_.target);
  const bool wrong = case_.verdict.reason == Reason::WrongPassword;
  const bool anyone = context_.desk.snapshots().people->anyone_signs_in();
  hide_what_a_grant_may_cover();
  if (wrong || (anyone && !chosen_)) {
    context_.counters.authentication_asked_total.add();
    status_ = 407;
    return record_then(Outcome::Refused, [this, wrong] {
      answer(sign_in_page(context_.pages, wrong ? SignIn::Wrong : SignIn::Missing));
    });
  }
  if (anyone) return send_to_portal(to);
  // Nobody has a password: neither a prompt nor the portal would lead anywhere.
  case_.verdict.ruling = Ruling::Refuse;
  answer_refusal();
}

void Exchange::send_to_portal(const std::string& to) {
  const PortalPlace* portal = context_.portal;
  if (!portal) {
    case_.verdict.ruling = Ruling::Refuse;
    return answer_refusal();
  }
  drop_origin();
  context_.counters.sent_to_portal_total.add();
  const bool tunnel = method_ == Method::Connect;
  if (tunnel) answer_is_last_ = true;  // what follows may be the tunnel's first bytes already
  const bool navigation = !tunnel && method_ == Method::Get && promise_ != Attention::None;
  status_ = tunnel ? 403 : navigation ? 302 : 511;
  const std::string link = tunnel ? portal->url() : portal->link_back(to, peer_.ip, context_.desk.now());
  record_then(Outcome::Refused, [this, link] { answer(portal_page(context_.pages, case_, status_, link)); });
}

}  // namespace citygate::proxy
