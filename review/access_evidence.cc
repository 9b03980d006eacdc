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

// Of an exchange that the order cut, or a request that it refused, while it was being lifted.
constexpr std::chrono::hours kAfterwards{1};

struct Span {
  WallTime from, to;
};

// When records can name one of these, apart from each other and in order. Orders that are still in force have no end.
std::vector<Span> spans_of(const std::vector<AccessOrder>& orders) {
  std::vector<Span> all;
  for (const auto& order : orders) {
    if (order.act.kind == ActKind::Reinstate)
      for (auto& span : all) span.to = std::min(span.to, order.act.time + kAfterwards);
    else
      all.push_back({order.from, order.until == WallTime::max() ? order.until : order.until + kAfterwards});
  }
  std::ranges::sort(all, {}, &Span::from);
  std::vector<Span> out;
  for (const auto& span : all) {
    if (!out.empty() && span.from <= out.back().to)
      out.back().to = std::max(out.back().to, span.to);
    else if (span.from < span.to)
      out.push_back(span);
  }
  return out;
}

}  // namespace

Result<std::vector<AccessOrder>> access_orders(const ActJournal& acts, std::string_view person) {
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
  return out;
}

Result<void> add_evidence(std::vector<AccessOrder>& orders, const Evidence& from) {
  std::map<GrantId, AccessOrder*> by_grant;
  for (auto& order : orders)
    if (const auto id =
            from.names.find(NameKind::Grant, fmt::format("{}/{}", to_string(order.act.kind), order.act.number)))
      by_grant[GrantId{*id}] = &order;
  for (const auto& span : spans_of(orders))
    CG_TRY_VOID(from.store.scan({.from = span.from, .to = span.to, .person = from.person}, [&](const Record& record) {
      if (const auto order = by_grant.find(record.grant); record.grant && order != by_grant.end() && record.last)
        count(record, *order->second);
      return !from.ended();
    }));
  return {};
}

}  // namespace citygate::review
