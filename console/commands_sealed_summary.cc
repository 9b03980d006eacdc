// The monthly summary of sealed exchanges: for the head of the officers' department, and whom the policy designates. By case:
// how many, in how many hours, of how many officers, how many refused. Nothing says who, where to, or what of.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "console/act_draft.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "policy/act_checks.h"

namespace citygate::console {
namespace {

using policy::GrantCase;

struct Month {
  WallTime from, to;
};

Result<Month> find_month(std::string_view text, const Zone& zone) {
  const auto first = parse_day(std::string(text) + "-01");
  if (!first) return fail(Error::Kind::Malformed, fmt::format("'{}' is no month like 2026-11", text));
  // The first of the next month is within the five weeks after this one.
  const std::string next = format_day(*first + 32).substr(0, 8) + "01";
  return Month{zone.start_of(*first), zone.start_of(*parse_day(next))};
}

// Departments whose sealed exchanges the reader may see summed up.
Result<std::vector<DepartmentId>> departments_of(const policy::Registrar::State& state, const policy::Person& reader) {
  std::vector<DepartmentId> out;
  const auto* access = state.rules->record_access();
  const bool designated = access && std::ranges::any_of(access->designated, [&reader](const std::string& role) {
                            return reader.has_role(role);
                          });
  for (const auto& department : state.people->departments())
    if (designated || department.head == reader.id) out.push_back(department.id);
  if (out.empty())
    return fail(
        Error::Kind::Refused,
        fmt::format("{} is neither the head of a department nor designated by the policy: the summary of sealed "
                    "exchanges is for the head of the officers' department",
                    reader.name));
  return out;
}

// Cases by number, in the order in which they are met: groups of the summary.
class Cases {
 public:
  Cases(Operator& op, std::string_view only) : only_(only), names_(op.names()) {
    op.registrar().grants([this](const GrantCase& grant) {
      if (grant.grant.sealed() && grant.grant.id) known_.emplace(grant.grant.id, grant.grant.case_number);
      return true;
    });
  }

  std::optional<std::uint32_t> group(GrantId grant) {
    const std::string number = case_of(grant);
    if (!only_.empty() && number != only_) return std::nullopt;
    const auto [found, fresh] = groups_.emplace(number, static_cast<std::uint32_t>(numbers_.size()));
    if (fresh) numbers_.push_back(number);
    return found->second;
  }
  [[nodiscard]] const std::string& number(std::uint32_t group) const { return numbers_[group]; }

 private:
  // Grants of the policy file, those of past ones included, are named by their case.
  std::string case_of(GrantId grant) const {
    if (const auto known = known_.find(grant); known != known_.end()) return known->second;
    const std::string name = names_.name(NameKind::Grant, grant.value);
    const auto slash = name.find('/');
    return slash == std::string::npos ? name : name.substr(slash + 1);
  }

  std::string_view only_;
  const NameSource& names_;
  std::map<GrantId, std::string> known_;
  std::map<std::string, std::uint32_t> groups_;
  std::vector<std::string> numbers_;
};

void tell(const std::vector<records::SealedSummary>& sums, const Cases& cases, bool json, Output& output) {
  TextTable table({{"case"},
                   {"exchanges", TextTable::Align::Right},
                   {"refused", TextTable::Align::Right},
                   {"hours", TextTable::Align::Right},
                   {"officers", TextTable::Align::Right}});
  for (const auto& each : sums) {
    const auto& number = cases.number(each.group);
    if (json)
      output.out(nlohmann::ordered_json{{"case", number},
                                        {"exchanges", each.exchanges},
                                        {"refused", each.refused},
                                        {"hours", each.hours},
                                        {"officers", each.officers}}
                     .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    table.add({number, with_commas(each.exchanges), with_commas(each.refused), with_commas(each.hours),
               with_commas(each.officers)});
  }
  if (json) return;
  if (sums.empty()) return output.out("no sealed exchange in that month");
  for (const auto& line : table.lines()) output.out(line);
}

Result<void> summary(Operator& op, const Arguments& args, Output& output) {
  const auto state = op.registrar().state();
  CG_TRY(month, find_month(argument(args, "month"), state.rules->zone()));
  CG_TRY(reader, policy::find_person(argument(args, "by"), *state.people));
  CG_TRY(departments, departments_of(state, *reader));
  // The look is kept before anything is shown.
  Act look = draft_act(ActKind::View, args, output);
  look.subject = "sealed-summary";
  look.fields.emplace("month", argument(args, "month"));
  if (const auto number = argument(args, "case"); !number.empty()) look.fields.emplace("case", number);
  CG_TRY_VOID(op.registrar().enact(std::move(look)));
  CG_TRY_VOID(op.flush());

  Cases cases(op, argument(args, "case"));
  std::vector<records::SealedSummary> sums;
  CG_TRY_VOID(op.store().sealed_summary(
      month.from, month.to,
      [&](GrantId grant, DepartmentId department) -> std::optional<std::uint32_t> {
        if (std::ranges::find(departments, department) == departments.end()) return std::nullopt;
        return cases.group(grant);
      },
      [&sums](const records::SealedSummary& each) { sums.push_back(each); }));
  std::ranges::sort(sums, {}, [&cases](const auto& each) -> const std::string& { return cases.number(each.group); });
  tell(sums, cases, given(args, "json"), output);
  return {};
}

int grant_sealed_summary(Operator& op, const Arguments& args, Output& output) {
  return answer(summary(op, args, output), output);
}

constexpr Option kSealedSummaryOptions[] = {Option::needed("month", "MONTH", "As 2026-11, by the city's clock"),
                                            Option::needed("by", "NAME", "Who looks"),
                                            Option::value("case", "NUMBER", "Of this case alone"),
                                            Option::value("reason", "TEXT", "Why; kept with the look"), kJsonObject};

constexpr Command kCommands[] = {
    {"grant sealed-summary",
     "A month of sealed exchanges by case, as bare numbers: for the head of the officers'\n"
     "department, and whom the policy designates. The look is kept.",
     kSealedSummaryOptions, grant_sealed_summary},
};

}  // namespace

std::span<const Command> sealed_summary_commands() { return kCommands; }

}  // namespace citygate::console
