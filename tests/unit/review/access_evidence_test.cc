// Which records are looked at for the orders about somebody's access, and what is made of them.
#include "review/access_evidence.h"

#include <gmock/gmock.h>

#include "base/local_time.h"

namespace citygate::review {
namespace {

using testing::ElementsAre;
using testing::Pair;

WallTime at(int hour) { return WallTime(std::chrono::hours(500'000 + hour)); }

// Remembers what it was asked for, and shows one record, if that is of the time.
class OneRecord final : public records::Store {
 public:
  Record record;
  mutable std::vector<std::pair<WallTime, WallTime>> asked;

  Result<void> scan(const records::RecordQuery& query, const std::function<bool(const Record&)>& visit) const override {
    asked.emplace_back(query.from, query.to);
    if (record.end >= query.from && record.end < query.to) visit(record);
    return {};
  }
  NameSource& names() override { std::abort(); }
  records::ChainedActs& acts() override { std::abort(); }
  SecretStore& secrets() override { std::abort(); }
  void set_clock(const Clock&) override { std::abort(); }
  Result<void> scan_added(std::uint64_t&, const records::RecordQuery&,
                          const std::function<bool(const Record&)>&) const override {
    std::abort();
  }
  std::uint64_t end_cursor() const override { std::abort(); }
  Result<records::OwnedRecord> find(RecordId) const override { std::abort(); }
  Result<void> rollups(DepartmentId, std::int32_t, std::int32_t,
                       const std::function<void(const records::Rollup&)>&) const override {
    std::abort();
  }
  Result<std::uint64_t> sealed_count(DepartmentId, std::int32_t, std::int32_t) const override { std::abort(); }
  Result<void> sealed_summary(WallTime, WallTime, const records::SealedGroup&,
                              const std::function<void(const records::SealedSummary&)>&) const override {
    std::abort();
  }
  Result<std::uint64_t> copy_to(const std::filesystem::path&) override { std::abort(); }
  void close() override { std::abort(); }
  Result<void> reopen() override { std::abort(); }
};

AccessOrder order(std::uint64_t number, ActKind kind, int from, WallTime until = WallTime::max()) {
  AccessOrder out;
  out.act.number = number;
  out.act.kind = kind;
  out.act.time = out.from = at(from);
  out.until = until;
  return out;
}

TEST(AccessEvidence, looks_at_the_time_in_which_orders_held_and_an_hour_more) {
  OneRecord store;
  MemoryNames names;
  const auto grant = names.intern(NameKind::Grant, "suspend/7");
  ASSERT_TRUE(grant);
  store.record.grant = GrantId{*grant};
  store.record.last = store.record.attempt = true;
  store.record.outcome = Outcome::Refused;
  store.record.end = at(202);
  std::vector<AccessOrder> orders{order(3, ActKind::Suspend, 10, at(12)), order(4, ActKind::Suspend, 13, at(15)),
                                  order(7, ActKind::Suspend, 200), order(8, ActKind::Reinstate, 210)};
  const Evidence from{.store = store, .names = names, .person = PersonId{1}, .ended = [] { return false; }};
  ASSERT_TRUE(add_evidence(orders, from));
  EXPECT_THAT(store.asked, ElementsAre(Pair(at(10), at(16)), Pair(at(200), at(211))));
  EXPECT_EQ(orders[2].refused, 1u);
  EXPECT_EQ(orders[2].attempts, 1u);
  EXPECT_EQ(orders[0].refused, 0u);
  orders.push_back(order(9, ActKind::Separate, 300));
  store.asked.clear();
  ASSERT_TRUE(add_evidence(orders, from));
  EXPECT_THAT(store.asked.back(), Pair(at(300), WallTime::max())) << "it still holds";
}

}  // namespace
}  // namespace citygate::review
