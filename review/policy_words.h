// policy_words.h - parts of a policy in the words of a person who reads contracts, as its prose and its differences share
// them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "categories/taxonomy.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"

namespace citygate::review {

// A policy and what its names are. Borrowed for the call.
struct PolicyView {
  const policy::Rulebook& rules;
  const policy::GrantBook& grants;  // of the file; where a decision is asked for, all that are in force
  const categories::Taxonomy& taxonomy;
  const policy::Directory& people;
};

// "prohibited", "personal, 30 minutes a day, in lunch (Mon-Fri 12:00-13:00), after a warning at other hours".
[[nodiscard]] std::string rule_words(const policy::Rulebook& rules, const policy::Rulebook::Effective& effective,
                                     DepartmentId department);
// "30 minutes and 5 megabytes a day".
[[nodiscard]] std::string quota_words(const policy::Quota& quota);
// "the supervisor, then the IT director; for 7 days at most"; "nobody" for null.
[[nodiscard]] std::string approval_words(const policy::ApprovalChain* chain);
// "those above the person", "the city manager or the mayor", "who has a record-access grant"; for null that it does not say.
[[nodiscard]] std::string record_access_words(const policy::Rulebook& rules);
[[nodiscard]] std::string device_words(const policy::Rulebook& rules, DepartmentId department);
[[nodiscard]] std::string excessive_words(const policy::Excessive* excessive);
// "acknowledged before the web is used, and every 365 days (S2(P))"; "nothing" for null.
[[nodiscard]] std::string acknowledgement_words(const policy::Acknowledgement* text);
[[nodiscard]] std::string sanctioned_words(const policy::SanctionedService& service, const Zone& zone);
[[nodiscard]] std::string safe_search_words(policy::SafeSearch engines);
// Ports, private ranges, what tunnels may be, unlisted sites, internal errors: a sentence each, "" where it is the default.
[[nodiscard]] std::vector<std::string> way_words(const policy::Rulebook& rules);

// "it-director" is "the IT director".
[[nodiscard]] std::string role_words(std::string_view role);
[[nodiscard]] std::string grant_kind_words(policy::GrantKind kind);
// " (S1(h))", or "".
[[nodiscard]] std::string clause_words(std::string_view clause);
// "a, b and c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words, std::string_view last = "and");
[[nodiscard]] std::string department_words(const policy::Directory& people, DepartmentId department);

}  // namespace citygate::review
