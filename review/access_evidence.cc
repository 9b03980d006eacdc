#include "review/access_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/act_checks.h"

namespace citygate::review {
namespace {

bool about_access(ActKind kind) {
  return kind == ActKind::Suspend || kind == ActKind::Separate || kind == ActKind::Reinstate;
}

Result<AccessOrder> order_of(const Act& act) {
  AccessOrder out;
  out.act = act;
  CG_TRY(from, policy::utc_field(act, act.kind == ActKind::Separate ? "at" : "from"));
  CG_TRY(until, policy::utc_field(act, "until"));
  out.from = from.value_or(act.time);
  if (until) out.until = *until;
  return out;
}

void count(const Record& record, AccessOrder& order) {
  if (record.outcome == Outcome::Cut) {
    ++order.cut;
    order.last_byte = std::max(order.last_byte, record.end);
    return;
  }
  if (record.outcome != Outcome::Refused) return;
  if (order.refused == 0) order.first_refused = record.end;
  order.last_refused = std::max(order.last_refused, record.end);
  ++order.refused;
  if (record.attempt) ++order.attempts;
}

}  // namespace

Result<std::vector<AccessOrder>> access_orders(const ActJournal& acts, const records::Store& store,
                                               const NameSource& names, std::string_view person) {
  std::vector<AccessOrder> out;
  Result<void> understood;
  CG_TRY_VOID(acts.scan(1, [&](const Act& act) {
    if (act.subject != person || !about_access(act.kind)) return true;
    auto order = order_of(act);
    if (!order) understood = std::unexpected(order.error());
    if (order) out.push_back(*std::move(order));
    return understood.has_value();
  }));
  CG_TRY_VOID(std::move(understood));
  const auto number = names.find(NameKind::Person, person);
  if (out.empty() || !number) return out;

  std::map<GrantId, AccessOrder*> by_grant;
  for (auto& order : out)
    if (const auto id = names.find(NameKind::Grant, fmt::format("{}/{}", to_string(order.act.kind), order.act.number)))
      by_grant[GrantId{*id}] = &order;
  const auto first = std::ranges::min_element(out, {}, &AccessOrder::from);
  CG_TRY_VOID(store.scan({.from = first->from, .person = PersonId{*number}}, [&](const Record& record) {
    if (const auto order = by_grant.find(record.grant); record.grant && order != by_grant.end() && record.last)
      count(record, *order->second);
    return true;
  }));
  return out;
}

}  // namespace citygate::review
