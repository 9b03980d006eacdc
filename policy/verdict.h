// verdict.h - what a decision is made from, and what it says. Plain values; no allocation.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/category_set.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/local_time.h"
#include "base/target.h"
#include "base/usage.h"
#include "base/vocabulary.h"
#include "policy/people/people_values.h"
#include "policy/people/standing.h"

namespace citygate::policy {

// Who is asking. A value: an exchange keeps it, and no pointer into the directory.
struct Subject {
  using Kind = PersonKind;
  PersonId person;  // 0: unknown
  DepartmentId department;
  IdentityMethod identity = IdentityMethod::Unknown;
  Kind kind = Kind::Person;
  // Known by password, from an address that belongs to nobody in the directory and is not the city's.
  bool personal_device = false;
};

// What the first bytes of a tunnel give away, beside a name.
enum class TunnelSign : std::uint8_t {
  None,          // TLS with a name, or nothing has been seen yet
  NotTls,        // something else, or silence of the client
  NoServerName,  // TLS whose hello does not say for whom it is
};

struct Facts {
  Stage stage = Stage::Request;
  Subject subject;
  IpAddress client;                    // where the request comes from
  const Standing* standing = nullptr;  // null: no act speaks of this person
  const Target* target = nullptr;
  // Of the target, and at Stage::Response of the answer as well: its media type, and whether it is a program.
  CategorySet categories;
  TunnelSign sign = TunnelSign::None;  // Stage::Hello on
  // Stage::Hello on: the host that a tunnel's first bytes name, where it is not the target's own; "": none. What is lifted
  // for a host alone holds only where it holds for both.
  std::string_view hello_host;
  std::span<const IpAddress> addresses;  // Stage::Resolved on: what will be dialled
  bool own_address = false;              // what will be dialled is the gateway itself
  bool listed_host = false;              // the [hosts] table of the configuration answered: private addresses are meant
  // What the client has sent, or says that it will send (Content-Length): the greater of both. 0: nothing, or not known.
  std::uint64_t upload_bytes = 0;
  const UsageView* usage = nullptr;  // null: nothing used, nobody to charge
  WallTime now{};
  LocalTime local;  // `now` by the city's clock
  // This person has read the warning for Verdict::category today. Warnings of rules with action "warn", and of windows
  // with a soft edge (outside = "warn").
  bool warned = false;
};

struct Verdict {
  Ruling ruling = Ruling::Refuse;
  Reason reason = Reason::PolicyError;
  Stage stage = Stage::Request;
  RuleId rule;          // 0: no rule of the file, but a step of the order itself or its default
  CategoryId category;  // the category that decided; 0 if none did
  GrantId grant;        // what lifted something, or the order that barred
  bool sealed = false;  // the record goes to the sealed stream, and nothing is charged
  Charge charge;

  // What it relied on. Zero limits: that side is not limited.
  Usage used;
  std::chrono::milliseconds minutes_limit{0};
  std::uint64_t bytes_limit = 0;
  // The most that may be sent in one request; max(): not limited. When more has been sent, ask again.
  std::uint64_t upload_limit = UINT64_MAX;

  // When the answer may change by itself: a window's edge, local midnight, the end of a grant, of a sanctioned service,
  // of a guest's term, of an acknowledgement. Ask again then (Stage::Tick).
  WallTime good_until = WallTime::max();
  // Refused by window or quota: when it opens again. max(): not by waiting.
  WallTime opens_at = WallTime::max();
};

}  // namespace citygate::policy
