// vocabulary.h - the words of a decision and of its outcome, as numbers that stand on disk.
//
// Values are never renumbered or reused: records of past years hold them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace citygate {

// What a policy can do with a category. Hold: what is fetched waits at the gateway until somebody has approved it.
enum class Action : std::uint8_t { Work = 0, Streaming = 1, Personal = 2, Warn = 3, Block = 4, Prohibit = 5, Hold = 6 };

// When in the life of an exchange a decision falls. Later stages may only tighten.
enum class Stage : std::uint8_t { Request = 0, Resolved = 1, Hello = 2, Response = 3, Body = 4, Tick = 5 };

// What a verdict tells the proxy to do.
enum class Ruling : std::uint8_t {
  Allow = 0,
  Warn = 1,          // show the warning page once; on the person's word, go on
  Refuse = 2,
  Authenticate = 3,  // 407, or the portal: who is asking is not known
  Portal = 4,        // something is to be done on the portal first: the policy's text acknowledged
  Hold = 5,          // what comes is kept at the gateway, and a page says how to ask for it
};

// Why. One value per sentence that a person can be told.
enum class Reason : std::uint8_t {
  Work = 0,
  Uncategorised = 1,
  WithinQuota = 2,          // personal or streaming, and something is left
  NoQuota = 3,              // personal or streaming without a limit
  Warned = 4,               // allowed after the warning
  SealedGrant = 5,          // lifted by a law-enforcement grant
  Granted = 6,              // lifted by another grant: an exemption, a streaming permit
  BusinessUse = 7,          // personal, and a grant says that it is this person's work
  UnknownPerson = 10,
  WrongPassword = 11,
  Revoked = 12,             // employment, or a guest's stay, has ended; or unknown to the directory since
  Suspended = 13,           // by an order, for a term
  NotAcknowledged = 14,     // the policy's text, as it is now
  PersonalDevice = 15,      // not the city's equipment, and nobody has approved it
  UnsafeDestination = 20,   // private, loopback or link-local address
  ForbiddenPort = 21,
  Malware = 22,
  OwnAddress = 23,          // leads back to the gateway itself
  Prohibited = 30,
  Circumvention = 31,
  Blocked = 32,
  WarningShown = 33,
  OutsideWindow = 34,
  MinutesUsedUp = 35,
  BytesUsedUp = 36,
  UncategorisedRefused = 37,
  HeldForApproval = 38,     // software, for instance
  UploadTooLarge = 39,      // more than may be sent to this kind of site
  PolicyError = 40,         // our own fault; refused because on_error says so
  // Not decisions of policy, but outcomes that a record must name.
  BadRequest = 50,
  NotServed = 51,           // a method or protocol that we do not carry
  OriginUnreachable = 52,
  OriginBroken = 53,
  TooLarge = 54,
  TimedOut = 55,
  Overloaded = 56,
  // The limits of one client (proxy/limits).
  TooManyConnections = 57,
  TooManyRequests = 58,     // at a time, or in too short a time
  TooManyPasswords = 59,    // wrong ones: further ones are not looked at for a while
  // On the way to the origin.
  OriginBusy = 60,          // as many connections to it as may be, and nobody's turn came
  Loop = 61,                // the request has passed this gateway before
  ParentUnreachable = 62,   // none of the proxies that lead there
};
inline constexpr Reason kLastReason = Reason::ParentUnreachable;  // what a decoder takes for a reason

enum class Outcome : std::uint8_t {
  Completed = 0,   // the whole answer was handed to the kernel
  Refused = 1,     // by a verdict
  Cut = 2,         // allowed, then ended by a verdict in mid-stream
  ClientGone = 3,
  OriginGone = 4,
  TimedOut = 5,
  Failed = 6,      // answered with an error page of ours
};

// How we know who is asking.
// Portal: signed in on the gateway's own page, from this address, and not too long ago.
enum class IdentityMethod : std::uint8_t { Unknown = 0, Address = 1, Basic = 2, Portal = 3 };

// What named the target of an exchange. Request: the client asked a proxy for it; the others: it connected to an address
// of its own choice, was captured on the way, and named the target in its first bytes, or not at all.
enum class NamedBy : std::uint8_t { Request = 0, Host = 1, ServerName = 2, Address = 3 };

// Whether the address that such a client chose is one of those that the name has by our own look-up. Evidence, and no
// reason to refuse: names have other addresses elsewhere and at other times.
enum class NameCheck : std::uint8_t { Unknown = 0, Agrees = 1, Differs = 2 };

// How an attended action was recognised (architecture, section 6).
enum class Attention : std::uint8_t { None = 0, Navigation = 1, Document = 2, Estimated = 3 };

enum class Method : std::uint8_t { Other = 0, Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch };

[[nodiscard]] std::string_view to_string(Action action);      // "work" ... "prohibit": the words of the policy file
// More is stricter; the numbers of actions themselves say nothing of the kind.
[[nodiscard]] constexpr int strictness(Action action) {
  constexpr Action kOrder[] = {Action::Work,  Action::Streaming, Action::Personal, Action::Warn,
                               Action::Hold, Action::Block,     Action::Prohibit};
  for (int i = 0; i < 7; ++i)
    if (kOrder[i] == action) return i;
  return 7;
}
[[nodiscard]] std::optional<Action> parse_action(std::string_view word);
[[nodiscard]] std::string_view to_string(Stage stage);
[[nodiscard]] std::string_view to_string(Ruling ruling);
[[nodiscard]] std::string_view to_string(Reason reason);      // "within-quota": for records, JSON and metrics
[[nodiscard]] std::string_view sentence(Reason reason);       // "The minutes for today are used up.": for people
[[nodiscard]] std::string_view to_string(Outcome outcome);
[[nodiscard]] std::string_view to_string(IdentityMethod method);
[[nodiscard]] std::string_view in_words(IdentityMethod method);    // "the address of the computer"
[[nodiscard]] std::string_view confidence(IdentityMethod method);  // how sure that is: "sure", "likely", "unknown"
[[nodiscard]] std::string_view to_string(NamedBy named_by);
[[nodiscard]] std::string_view to_string(NameCheck check);
[[nodiscard]] std::string_view to_string(Attention attention);
[[nodiscard]] std::string_view to_string(Method method);

}  // namespace citygate
