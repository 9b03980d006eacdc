// decide_oracle.h - the order of a decision written down a second time, as plain text.
//
// It shares nothing with decide(): it knows the policy of this file by heart, not from the rulebook. A state is one
// combination of: who asks and by which device, the standing, the grant held, the hour, what has been used, whether the
// warning was read, what is sent, the stage, and the categories found.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/unit/policy/support.h"

namespace citygate::policy {

inline constexpr std::string_view kOraclePolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[acknowledgement]
text = "the policy"
renew_days = 365
[acknowledgement.guests]
text = "for guests"
[[window]]
name = "lunch"
days = ["fri"]
from = "12:00"
to = "13:00"
[personal_devices]
action = "allow"
windows = ["lunch"]
city_networks = ["10.0.0.0/8"]
[[quota]]
name = "time"
minutes_per_day = 30
[[quota]]
name = "volume"
megabytes_per_day = 5
[[rule]]
name = "prohibited"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "blocked"
categories = ["games"]
action = "block"
[[rule]]
name = "blocked-streams"
categories = ["streaming-media"]
action = "block"
[[rule]]
name = "held"
categories = ["software"]
action = "hold"
[[rule]]
name = "warned"
categories = ["weapons"]
action = "warn"
[[rule]]
name = "hard-window"
categories = ["news"]
action = "personal"
windows = ["lunch"]
quota = "time"
[[rule]]
name = "soft-window"
categories = ["social"]
action = "personal"
windows = ["lunch"]
outside = "warn"
[[rule]]
name = "streams"
categories = ["video"]
action = "streaming"
windows = ["lunch"]
quota = "volume"
[[rule]]
name = "uploads"
categories = ["government"]
action = "work"
upload_megabytes = 5
)";

enum class Access { Nobody, Current, OldText, Lapsed, SuspendedLater, Suspended, SuspendedBefore, Revoked, Ended };
inline constexpr Access kStandings[] = {Access::Nobody,          Access::Current,        Access::OldText,
                                        Access::Lapsed,          Access::SuspendedLater, Access::Suspended,
                                        Access::SuspendedBefore, Access::Revoked,        Access::Ended};
enum class Who { Person, Guest, Device, OwnDevice };  // OwnDevice: a person at a device that is not the city's
enum class Term { Live, Over, ElsewhereAlone };       // ElsewhereAlone: live, for another host

struct State {
  Who who = Who::Person;
  Access standing = Access::Current;
  std::optional<GrantKind> grant;
  Term term = Term::Live;
  bool lunch = false, used_up = false, warned = false, sends_much = false;
  Stage stage = Stage::Request;
  std::vector<std::string_view> categories;
};

struct Answer {
  Ruling ruling;
  Reason reason;
  bool sealed = false;
  std::string_view charged = "";  // the quota, "reports", or nothing
  friend bool operator==(const Answer&, const Answer&) = default;
};

class Oracle {
 public:
  explicit Oracle(const State& state) : s_(state) {}

  Answer answer() {
    Answer out = by_steps();
    out.sealed = seals();
    return out;
  }

 private:
  [[nodiscard]] bool is(std::string_view category) const { return std::ranges::count(s_.categories, category) > 0; }
  [[nodiscard]] bool holds(GrantKind kind) const { return s_.grant == kind && s_.term == Term::Live; }
  [[nodiscard]] bool seals() const { return holds(GrantKind::LawEnforcement) && is("gambling"); }
  // A word of a person is asked for up to the response, not of what runs.
  [[nodiscard]] bool asks() const { return s_.stage <= Stage::Response; }

  Answer by_steps() {
    // 1. Access.
    if (s_.standing == Access::Ended) return {Ruling::Refuse, Reason::Revoked};
    if (s_.standing == Access::Suspended) return {Ruling::Refuse, Reason::Suspended};
    if (s_.standing == Access::Revoked) return {Ruling::Refuse, Reason::Revoked};
    if (s_.who == Who::OwnDevice && !s_.lunch && !holds(GrantKind::Device))
      return {Ruling::Refuse, Reason::PersonalDevice};
    const bool knows_text = s_.standing == Access::Current || s_.standing == Access::SuspendedLater ||
                            s_.standing == Access::SuspendedBefore;
    if (s_.who != Who::Device && asks() && !knows_text) return {Ruling::Portal, Reason::NotAcknowledged};
    // 2. Threats.
    if (is("malware")) return {Ruling::Refuse, Reason::Malware};
    // 3, 4. Prohibited, but for a sealed grant.
    if (is("gambling") && !seals()) return {Ruling::Refuse, Reason::Prohibited};
    // 5. Ways around the gateway.
    if (is("vpn")) return {Ruling::Refuse, Reason::Circumvention};
    // 6, 7. Grants, and then what refuses before what holds before what warns.
    if (is("games") && !holds(GrantKind::Exemption)) return {Ruling::Refuse, Reason::Blocked};
    if (is("streaming-media") && !holds(GrantKind::Exemption) && !holds(GrantKind::Streaming))
      return {Ruling::Refuse, Reason::Blocked};
    const bool news = is("news") && !holds(GrantKind::BusinessUse),
               social = is("social") && !holds(GrantKind::BusinessUse);
    const bool video = is("video") && !holds(GrantKind::Streaming);
    if (news && s_.used_up) return {Ruling::Refuse, Reason::MinutesUsedUp};
    if (news && !s_.lunch) return {Ruling::Refuse, Reason::OutsideWindow};
    if (video && s_.used_up) return {Ruling::Refuse, Reason::BytesUsedUp};
    if (video && !s_.lunch) return {Ruling::Refuse, Reason::OutsideWindow};
    if (is("government") && s_.sends_much) return {Ruling::Refuse, Reason::UploadTooLarge};
    if (is("software") && !holds(GrantKind::Exemption)) return {Ruling::Hold, Reason::HeldForApproval};
    const bool soft = social && !s_.lunch && asks();
    if ((is("weapons") || soft) && !s_.warned) return {Ruling::Warn, Reason::WarningShown};
    return open(news, social, video, soft);
  }

  // 8.
  Answer open(bool news, bool social, bool video, bool soft) {
    if (seals()) return {Ruling::Allow, Reason::SealedGrant};
    const bool permitted = holds(GrantKind::Streaming) && (is("video") || is("streaming-media"));
    const bool exempt = holds(GrantKind::Exemption) && (is("games") || is("streaming-media") || is("software"));
    const bool business = holds(GrantKind::BusinessUse) && (is("news") || is("social"));
    const auto granted = [&](Reason otherwise) {
      return business ? Reason::BusinessUse : permitted || exempt ? Reason::Granted : otherwise;
    };
    if (news || social || video || permitted) {
      const std::string_view charged = video ? "volume" : news ? "time" : "reports";
      // Of two personal rules the first in the file is charged, which is the one of news.
      const Reason reason = soft ? Reason::Warned : news || video ? Reason::WithinQuota : granted(Reason::NoQuota);
      return {Ruling::Allow, reason, false, charged};
    }
    if (is("weapons")) return {Ruling::Allow, Reason::Warned};
    if (s_.categories.empty()) return {Ruling::Allow, Reason::Uncategorised};
    return {Ruling::Allow, granted(Reason::Work)};
  }

  const State& s_;
};

}  // namespace citygate::policy
