// explain.h - why a person would get, or not get, a page: each step of the decision, down to the line of a list and the
// clause of the written policy.
//
// The verdict is decide()'s own. What each rule says alone is asked of decide() as well, with only that rule's
// categories, so there is no second reading of the rules that could drift from the first. Sealed    that a sealed grant
// applies is said; its case is not. Thread    any but a worker: evidence is read from files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "categories/list_store.h"
#include "policy/decide.h"

namespace citygate::review {

// The snapshots in force. Borrowed for the call.
struct Sources {
  const categories::Lists& lists;
  const categories::Taxonomy& taxonomy;
  const policy::Rulebook& rules;
  const policy::GrantBook& grants;
  const policy::Directory& people;
  const policy::StandingTable& standing;
  const categories::ListStore* past = nullptr;  // for lines of earlier generations; null: they are not shown
};

struct Question {
  std::string_view person;  // a name of the directory; "" = nobody known
  std::string_view what;    // "http://host/path", "https://host/", "host:443" (CONNECT), or a bare host
  WallTime at{};
  bool past = false;                 // `at` lies before now
  const UsageView* usage = nullptr;  // the person's; null: nothing used
  bool warned = false;               // the warning was read today
  bool listed_host = false;          // the [hosts] table of the configuration names it
};

struct CategoryFinding {
  CategoryId id;
  std::string name, title;
  Action action = Action::Work;
  std::optional<categories::EvidenceText> evidence;  // none: the lists could not say where it came from
};

// A rule, or the default of a group, that speaks about the target's categories.
struct ConsideredRule {
  Action action = Action::Work;
  std::string name, title, clause;  // all empty: no rule names the category
  std::vector<std::string> categories;
  std::vector<std::string> windows;  // "lunch (Mon-Fri 12:00-13:00)"
  std::string quota;                 // its title
  policy::Verdict alone;             // were these the target's only categories
};

struct Explanation {
  std::string what;  // canonical
  std::string note;  // about how the gateway sees it; may be empty
  WallTime at{};
  std::string asked_at;  // by the city's clock
  std::string city, contact;

  std::string person, person_title;  // empty: nobody known
  std::string department, department_title;
  std::vector<std::string> known_by;  // "address 10.1.2.3: likely", "password: sure"
  std::string standing;               // what orders and acknowledgements say; empty: nothing speaks against the person
  std::vector<std::string> layers;    // "the city's rules", "the supplement of the Police Department over them"
  std::vector<std::string> grants;    // in force for the person, each with what it did here; sealed ones without a name

  std::vector<CategoryFinding> categories;
  std::string safe_name;  // under which it is reached for safe results; empty: its own
  std::string safe_engine;
  policy::Verdict destination;             // of the target without categories: address and port
  std::vector<ConsideredRule> considered;  // the strictest first, then in the file's order
  policy::Verdict verdict;
  std::string rule_name, rule_title, clause;  // of the verdict
  std::string decisive_category;              // its title
  std::string quota;                          // title of the one charged or used up
  std::string good_until, opens_at;           // by the city's clock; empty when nothing changes by waiting

  std::vector<std::string> what_would_change;  // sentences; none where it is allowed

  std::string policy_version, lists_generation, people_version;  // 16 hex digits
};

// NotFound: no such person (with the nearest name). Malformed: `what` is no address.
[[nodiscard]] Result<Explanation> explain(const Sources& sources, const Question& question);

// For a terminal, at most 96 columns wide.
[[nodiscard]] std::string render(const Explanation& explanation);

}  // namespace citygate::review
