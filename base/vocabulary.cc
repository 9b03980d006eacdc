#include "base/vocabulary.h"

namespace citygate {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::Work: return "work";
    case Action::Streaming: return "streaming";
    case Action::Personal: return "personal";
    case Action::Warn: return "warn";
    case Action::Block: return "block";
    case Action::Prohibit: return "prohibit";
    case Action::Hold: return "hold";
  }
  return "?";
}

std::optional<Action> parse_action(std::string_view word) {
  for (auto action :
       {Action::Work, Action::Streaming, Action::Personal, Action::Warn, Action::Hold, Action::Block, Action::Prohibit})
    if (word == to_string(action)) return action;
  return std::nullopt;
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::Request: return "request";
    case Stage::Resolved: return "resolved";
    case Stage::Hello: return "hello";
    case Stage::Response: return "response";
    case Stage::Body: return "body";
    case Stage::Tick: return "tick";
  }
  return "?";
}

std::string_view to_string(Ruling ruling) {
  switch (ruling) {
    case Ruling::Allow: return "allow";
    case Ruling::Warn: return "warn";
    case Ruling::Refuse: return "refuse";
    case Ruling::Authenticate: return "authenticate";
    case Ruling::Portal: return "portal";
    case Ruling::Hold: return "hold";
  }
  return "?";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::Work: return "work";
    case Reason::Uncategorised: return "uncategorised";
    case Reason::WithinQuota: return "within-quota";
    case Reason::NoQuota: return "no-quota";
    case Reason::Warned: return "warned";
    case Reason::SealedGrant: return "sealed-grant";
    case Reason::Granted: return "granted";
    case Reason::BusinessUse: return "business-use";
    case Reason::UnknownPerson: return "unknown-person";
    case Reason::WrongPassword: return "wrong-password";
    case Reason::Revoked: return "revoked";
    case Reason::Suspended: return "suspended";
    case Reason::NotAcknowledged: return "not-acknowledged";
    case Reason::PersonalDevice: return "personal-device";
    case Reason::UnsafeDestination: return "unsafe-destination";
    case Reason::ForbiddenPort: return "forbidden-port";
    case Reason::Malware: return "malware";
    case Reason::OwnAddress: return "own-address";
    case Reason::Prohibited: return "prohibited";
    case Reason::Circumvention: return "circumvention";
    case Reason::Blocked: return "blocked";
    case Reason::WarningShown: return "warning-shown";
    case Reason::OutsideWindow: return "outside-window";
    case Reason::MinutesUsedUp: return "minutes-used-up";
    case Reason::BytesUsedUp: return "bytes-used-up";
    case Reason::UncategorisedRefused: return "uncategorised-refused";
    case Reason::HeldForApproval: return "held-for-approval";
    case Reason::UploadTooLarge: return "upload-too-large";
    case Reason::PolicyError: return "policy-error";
    case Reason::BadRequest: return "bad-request";
    case Reason::NotServed: return "not-served";
    case Reason::OriginUnreachable: return "origin-unreachable";
    case Reason::OriginBroken: return "origin-broken";
    case Reason::TooLarge: return "too-large";
    case Reason::TimedOut: return "timed-out";
    case Reason::Overloaded: return "overloaded";
    case Reason::TooManyConnections: return "too-many-connections";
    case Reason::TooManyRequests: return "too-many-requests";
    case Reason::TooManyPasswords: return "too-many-passwords";
    case Reason::OriginBusy: return "origin-busy";
    case Reason::Loop: return "loop";
    case Reason::ParentUnreachable: return "parent-unreachable";
  }
  return "?";
}

std::string_view sentence(Reason reason) {
  switch (reason) {
    case Reason::Work: return "This site is for work.";
    case Reason::Uncategorised: return "No list names this site, and the policy allows such sites.";
    case Reason::WithinQuota: return "Personal use within what the policy allows for today.";
    case Reason::NoQuota: return "Personal use that the policy does not limit.";
    case Reason::Warned: return "Allowed after the warning was read.";
    case Reason::SealedGrant: return "Allowed by a sealed grant.";
    case Reason::Granted: return "Allowed by a permission that was given for a term.";
    case Reason::BusinessUse: return "Allowed as this person's work, by a permission that was given for a term.";
    case Reason::UnknownPerson: return "The gateway does not know who is asking.";
    case Reason::WrongPassword: return "The name or the password is wrong.";
    case Reason::Revoked: return "Access to the web has ended.";
    case Reason::Suspended: return "Access to the web is suspended by an order.";
    case Reason::NotAcknowledged: return "The policy for the use of the web must be read and acknowledged first.";
    case Reason::PersonalDevice: return "This device is not the city's, and nobody has approved it.";
    case Reason::UnsafeDestination: return "The address is inside the city's own network or not a public one.";
    case Reason::ForbiddenPort: return "The gateway does not connect to this port.";
    case Reason::Malware: return "This site is known for malware or phishing.";
    case Reason::OwnAddress: return "The address is the gateway's own, and leads nowhere else.";
    case Reason::Prohibited: return "This kind of site is prohibited at all times.";
    case Reason::Circumvention: return "This service can be used to get around the city's filter.";
    case Reason::Blocked: return "The policy blocks this kind of site.";
    case Reason::WarningShown: return "The policy asks you to think twice about this kind of site.";
    case Reason::OutsideWindow: return "This kind of site is open only at certain hours.";
    case Reason::MinutesUsedUp: return "The minutes of personal use for today are used up.";
    case Reason::BytesUsedUp: return "The streaming volume for today is used up.";
    case Reason::UncategorisedRefused: return "No list names this site, and the policy refuses such sites.";
    case Reason::HeldForApproval: return "What you asked for is kept at the gateway until it has been approved.";
    case Reason::UploadTooLarge: return "More than may be sent to this kind of site.";
    case Reason::PolicyError: return "The gateway could not decide about this request and therefore refused it.";
    case Reason::BadRequest: return "The request could not be understood.";
    case Reason::NotServed: return "The gateway does not carry this kind of request.";
    case Reason::OriginUnreachable: return "The site could not be reached.";
    case Reason::OriginBroken: return "The site's answer could not be understood.";
    case Reason::TooLarge: return "The request is larger than the gateway accepts.";
    case Reason::TimedOut: return "It took too long.";
    case Reason::Overloaded: return "The gateway cannot take more requests at the moment.";
    case Reason::TooManyConnections: return "This computer or this person has too many connections open.";
    case Reason::TooManyRequests: return "Too many requests come from this computer or this person.";
    case Reason::TooManyPasswords: return "Too many wrong passwords were sent. Wait a little before the next one.";
    case Reason::OriginBusy: return "So many ask for this site at the moment that your turn did not come.";
    case Reason::Loop: return "The request came back to the gateway that had sent it on.";
    case Reason::ParentUnreachable: return "The proxy that leads to this site could not be reached, or refused.";
  }
  return "?";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Completed: return "completed";
    case Outcome::Refused: return "refused";
    case Outcome::Cut: return "cut";
    case Outcome::ClientGone: return "client-gone";
    case Outcome::OriginGone: return "origin-gone";
    case Outcome::TimedOut: return "timed-out";
    case Outcome::Failed: return "failed";
  }
  return "?";
}

std::string_view to_string(IdentityMethod method) {
  switch (method) {
    case IdentityMethod::Unknown: return "unknown";
    case IdentityMethod::Address: return "address";
    case IdentityMethod::Basic: return "basic";
    case IdentityMethod::Portal: return "portal";
  }
  return "?";
}

std::string_view in_words(IdentityMethod method) {
  switch (method) {
    case IdentityMethod::Unknown: return "nothing";
    case IdentityMethod::Address: return "the address of the computer";
    case IdentityMethod::Basic: return "name and password";
    case IdentityMethod::Portal: return "a sign-in on the portal from this address";
  }
  return "?";
}

// A password came with the request itself. A sign-in or a map says whose an address is: others may use it meanwhile.
std::string_view confidence(IdentityMethod method) {
  switch (method) {
    case IdentityMethod::Unknown: return "unknown";
    case IdentityMethod::Basic: return "sure";
    case IdentityMethod::Address:
    case IdentityMethod::Portal: return "likely";
  }
  return "?";
}

std::string_view to_string(NamedBy named_by) {
  switch (named_by) {
    case NamedBy::Request: return "request";
    case NamedBy::Host: return "host";
    case NamedBy::ServerName: return "server-name";
    case NamedBy::Address: return "address";
  }
  return "?";
}

std::string_view to_string(NameCheck check) {
  switch (check) {
    case NameCheck::Unknown: return "unknown";
    case NameCheck::Agrees: return "agrees";
    case NameCheck::Differs: return "differs";
  }
  return "?";
}

std::string_view to_string(Attention attention) {
  switch (attention) {
    case Attention::None: return "none";
    case Attention::Navigation: return "navigation";
    case Attention::Document: return "document";
    case Attention::Estimated: return "estimated";
  }
  return "?";
}

std::string_view to_string(Method method) {
  switch (method) {
    case Method::Other: return "OTHER";
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
    case Method::Put: return "PUT";
    case Method::Delete: return "DELETE";
    case Method::Connect: return "CONNECT";
    case Method::Options: return "OPTIONS";
    case Method::Trace: return "TRACE";
    case Method::Patch: return "PATCH";
  }
  return "?";
}

}  // namespace citygate
