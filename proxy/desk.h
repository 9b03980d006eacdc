// desk.h - where an exchange gets its verdict: the worker's snapshots, clock, meters and lists behind three calls.
//
//   identify ──▶ classify ──▶ decide(Request) ──▶ decide(Resolved) ──▶ decide(Response) ──▶ decide(Tick) ...
//
// A Case is what an exchange keeps of all this: values and ids, no snapshot, so that a day-long tunnel pins nothing.
// Identity  a name and password say most; without them the portal session of the client's address, then whose address it
//           is by the directory, today; at an address of many people a session says nothing. What somebody was known by
//           must still hold whenever the case is refreshed: else nobody is known any more, and the records of what has
//           passed stay his whose they were.
// Owner     Worker. Thread: its loop. Cost: no allocation once a Case was used before.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/local_time.h"
#include "base/record.h"
#include "base/target.h"
#include "categories/classification.h"
#include "meter/usage_board.h"
#include "policy/safe_search.h"
#include "policy/verdict.h"
#include "proxy/evidence_memo.h"
#include "proxy/identity/session_table.h"
#include "proxy/snapshots.h"
#include "proxy/warn_register.h"

namespace citygate::proxy {

struct Case {
  Target target;
  IpAddress client;  // by which the subject may be known
  policy::Subject subject;
  bool shared_address = false;             // the client's is that of many people (limits.exempt)
  WallTime known_until = WallTime::max();  // the end of the session, or of the stay in the department
  bool lapsed = false;                     // what the subject was known by holds no more
  meter::PersonMeter* meter = nullptr;     // of subject.person; lives as long as the process
  std::uint64_t upload_bytes = 0;          // what the client has sent, or has said that it will
  CategorySet categories;                  // the target's, and the answer's media type's once that is known
  bool listed_host = false;
  bool own_address = false;                            // the way leads back to the gateway
  bool warning_waived = false;                         // there is nobody to show a warning to
  bool media = false;                                  // the answer's media type is among the categories
  std::string_view software;                           // what kind of program the answer is; its category is too
  policy::TunnelSign sign = policy::TunnelSign::None;  // its category is among them too
  std::unique_ptr<Target> hello_target;  // another name that the tunnel's hello gave; so are its categories
  bool hello_refused = false;            // for its form or its name: no category had a part in it but the verdict's
  // Of a captured connection: what named the target, and the address that the client chose.
  NamedBy named_by = NamedBy::Request;
  NameCheck name_check = NameCheck::Unknown;
  IpAddress chosen;
  policy::Verdict verdict;
  Evidence evidence;  // for decisive(), as of the lists of that decision
  CategoryId evidence_of;
  std::uint64_t classified = 0;  // which classification of the desk's its categories are from
  PolicyVersion policy;
  GenerationId lists;
  PeopleVersion people;

  void clear();
  // The category that a record names: the one that decided, or else the first that was found; none if a hello decided.
  [[nodiscard]] CategoryId decisive() const;
};

class Desk {
 public:
  // All borrowed.
  Desk(Snapshots snapshots, const Clock& clock, meter::UsageBoard& board, WarnRegister& warnings,
       const SessionTable* sessions = nullptr);  // null: there is no portal

  void adopt(Snapshots snapshots);
  [[nodiscard]] const Snapshots& snapshots() const { return snapshots_; }

  // Who is signed in on the portal from there, or whose address it is; nobody: subject.person is 0. The case says whether
  // the address is shared.
  void identify_by_address(const IpAddress& client, Case& about);
  // The name and password were right.
  void identify_as(const policy::Person& person, const IpAddress& client, Case& about);

  void classify(Case& about);
  // The case's sign and its hello's name count from here on.
  void add_hello(Case& about);
  // The answer's media type counts as a category of its own from here on.
  void add_media_category(Case& about);
  // Likewise that it is a program. `kind` is static.
  void add_software(Case& about, std::string_view kind);
  // Whether it makes a difference to this person that an answer is one.
  [[nodiscard]] bool cares_for_software(const Case& about) const;
  // The person as directory and sessions have them now, the categories as the lists have them now. Costs a look-up or
  // two when nothing was replaced.
  void refresh(Case& about);
  // The name that is to be dialled for `host`, so that this person gets safe results only (policy/safe_search.h).
  [[nodiscard]] std::optional<policy::SafeName> safe_name(const Case& about, std::string_view host) const {
    return policy::safe_name(host, snapshots_.rules->safe_search(about.subject.department));
  }
  // Whether the tunnel would be let through with something else than TLS in it. Changes nothing.
  [[nodiscard]] bool allows_other_protocols(const Case& about, std::span<const IpAddress> addresses);
  // Refuses for the hello itself, without asking policy. Nothing stays of the verdict that had allowed the tunnel but
  // that it is sealed, and by which grant; the category and its evidence are those of the hello's other name, where it gave one.
  void refuse_hello(Case& about, Reason reason);
  // Asks policy and keeps the answer in the case.
  const policy::Verdict& decide(Case& about, Stage stage, std::span<const IpAddress> addresses);

  [[nodiscard]] WallTime now() const { return clock_.now(); }
  [[nodiscard]] LocalTime local(WallTime time) { return local_clock_.at(time); }
  // The next local midnight after `time`.
  [[nodiscard]] WallTime day_end(WallTime time);
  [[nodiscard]] const Zone& zone() const { return local_clock_.zone(); }
  [[nodiscard]] WarnRegister& warnings() { return warnings_; }

 private:
  void identify(const policy::Person& person, IdentityMethod method, Case& about);
  [[nodiscard]] std::optional<SessionTable::Session> session_at(const Case& about) const;
  [[nodiscard]] bool is_personal(const Case& about) const;
  [[nodiscard]] bool still_known(const policy::Person& person, const Case& about) const;
  void refresh_subject(Case& about);
  [[nodiscard]] policy::Facts facts_of(const Case& about, Stage stage, std::span<const IpAddress> addresses);
  void find_evidence(Case& about);
  [[nodiscard]] Evidence evidence_for(CategoryId category);  // in the last classification
  void find_signs();

  Snapshots snapshots_;
  const Clock& clock_;
  meter::UsageBoard& board_;
  WarnRegister& warnings_;
  const SessionTable* sessions_;
  LocalClock local_clock_;
  WallTime day_begin_{}, day_end_{};  // the local day that was asked about last
  categories::Workspace workspace_;
  categories::Classification classification_;           // the last one made
  std::uint64_t classified_ = 0, classifications_ = 0;  // its number, and how many there were
  EvidenceMemo memo_;
  CategoryId not_tls_, no_server_name_;  // 0 where the taxonomy has no such category
};

}  // namespace citygate::proxy
