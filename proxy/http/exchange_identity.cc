// Exchange: who is asking. Basic credentials go before a session on the portal, and that before the address map; a wrong
// password never leaves a name behind.
#include "proxy/http/exchange.h"

namespace citygate::proxy {

void Exchange::identify() {
  // Who has asked no proxy has not meant credentials for one.
  const std::string_view field = chosen_ ? std::string_view() : client_.request().value(FieldName::ProxyAuthorization);
  if (!field.empty()) return identify_by_password(field);
  context_.desk.identify_by_address(peer_.ip, case_);
  decide_request();
}

void Exchange::identify_by_password(std::string_view field) {
  const policy::Directory& people = *context_.desk.snapshots().people;
  if (request_->verified_person && field == request_->verified_field) {
    if (const policy::Person* person = people.by_id(request_->verified_person)) {
      context_.desk.identify_as(*person, peer_.ip, case_);
      return decide_request();
    }
  }
  auto credentials = parse_basic(field);
  if (!credentials) return on_password_answer(number_, Authenticator::Found::Wrong);
  const policy::Person* person = people.by_name(credentials->user);
  const std::string hash = person && person->begun(context_.desk.now()) ? person->password_hash : std::string();
  request_->asked_field = field;
  request_->asked_person = person ? person->id : PersonId{};
  const LimitsConfig& limits = context_.config.limits;
  const SignInSource from{peer_.ip, static_cast<unsigned>(limits.ipv6_prefix), claim_.exempt()};
  const auto known = context_.authenticator.recall(*credentials, hash, from);
  if (known != Authenticator::Found::NotTried) return on_password_answer(number_, known);
  const auto asked = context_.authenticator.verify(
      *std::move(credentials), hash, from,
      [late = context_.late, &context = context_, id = connection_, number = number_](Authenticator::Found found) {
        late->post([&context, id, number, found] { context.password_answer(id, number, found); });
      });
  switch (asked.queued) {
    case Authenticator::Queued::Yes: return;
    case Authenticator::Queued::Full: return on_password_answer(number_, Authenticator::Found::NotTried);
    case Authenticator::Queued::Wait:
      context_.counters.limited_passwords_total.add();
      return answer_limited(
          {Reason::TooManyPasswords, 429, std::chrono::ceil<std::chrono::seconds>(asked.retry_after)});
  }
}

void Exchange::on_password_answer(std::uint64_t number, Authenticator::Found found) {
  if (state_ != State::Identifying || ending_ || number != number_) return;
  if (found == Authenticator::Found::NotTried) {
    context_.counters.overload_refusals_total.add();
    return answer_limited({Reason::Overloaded, 503, std::chrono::seconds(5)});
  }
  const bool right = found == Authenticator::Found::Right;
  const policy::Person* person = right ? context_.desk.snapshots().people->by_id(request_->asked_person) : nullptr;
  if (person) {
    request_->verified_field = request_->asked_field;
    request_->verified_person = request_->asked_person;
    context_.desk.identify_as(*person, peer_.ip, case_);
    return decide_request();
  }
  forget_identity();
  case_.people = context_.desk.snapshots().people->version();
  case_.verdict.ruling = Ruling::Authenticate;
  case_.verdict.reason = Reason::WrongPassword;
  obey();
}

// Of what is sealed nothing may show, not even where somebody was.
void Exchange::note_whereabouts() {
  if (case_.verdict.sealed || case_.lapsed) return;
  if (!context_.admission.arrives_elsewhere(claim_, case_.subject, peer_.ip, context_.desk.now(),
                                            context_.config.same_person_window))
    return;
  account_.set_elsewhere();
  context_.counters.elsewhere_total.add();
}

void Exchange::forget_identity() {
  if (!request_) return;  // in a tunnel nobody signs in any more
  request_->verified_field.clear();
  request_->verified_person = {};
}

// While nobody is known, a sealed grant may be what the person would have. So what such a grant could cover is asked
// for without leaving host, path or category in the open records.
void Exchange::hide_what_a_grant_may_cover() {
  context_.desk.classify(case_);
  if ((context_.desk.snapshots().grants->sealed_categories() & case_.categories).empty()) return;
  case_.target.host.clear();
  case_.target.path.clear();
  case_.target.address.reset();
  case_.named_by = NamedBy::Request;
  case_.name_check = NameCheck::Unknown;
  case_.chosen = {};
  case_.categories = {};
  case_.verdict.category = {};
  case_.evidence = {};
  name_look_up_.reset();  // its answer would be evidence about the name
}

}  // namespace citygate::proxy
