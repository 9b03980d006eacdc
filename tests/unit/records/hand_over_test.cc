// Two recorders, one after the other, on the rings of both.
#include <gmock/gmock.h>

#include <thread>

#include "records/ring.h"
#include "records/spool_directory.h"
#include "tests/unit/records/recorder_house.h"

namespace citygate::records {
namespace {

using test::at;
using test::page;
using testing::ElementsAre;

// One state directory for the two processes of an upgrade.
class HandOver : public testing::Test {
 protected:
  struct Process {
    std::unique_ptr<meter::UsageBoard> board;
    std::unique_ptr<Store> store;
    std::unique_ptr<Recorder> recorder;
  };
  Result<Process> begin() {
    Process out;
    CG_TRY(store, Store::open(state_ / "db"));
    out.store = std::move(store);
    out.board = std::make_unique<meter::UsageBoard>(meter::VisitRules{});
    CG_TRY(recorder, Recorder::open(state_ / "spool", config(), 1, *out.store, *out.board, zone_, clock_));
    out.recorder = std::move(recorder);
    return out;
  }
  static RecordsConfig config() {
    RecordsConfig out;
    out.spool_bytes = 1 << 20;
    return out;
  }
  static void give_way(Process& process) {
    ASSERT_TRUE(process.recorder->hand_over());
    process.store->close();
  }
  RecordId append(Process& process, double seconds, std::string_view host = "news.example") {
    Record record = page(seconds, host);
    EXPECT_TRUE(process.recorder->ring(0).append(record));
    return record.id;
  }
  static std::vector<std::string> hosts(const Process& process) {
    EXPECT_TRUE(process.recorder->flush());
    std::vector<std::string> out;
    EXPECT_TRUE(process.store->scan({}, [&](const Record& record) {
      out.push_back(std::string(record.host) + (record.uncertain ? "?" : ""));
      return true;
    }));
    return out;
  }
  [[nodiscard]] bool spool_of(RecordId id) const {
    return std::filesystem::exists(state_ / "spool" / std::to_string(id.value >> 48));
  }
  [[nodiscard]] std::chrono::milliseconds attended(const Process& process) const {
    return process.board->person({1}).used({1}, zone_.at(clock_.now()).day, clock_.now()).attended;
  }

  test::TempDir state_;
  Zone zone_ = *Zone::open("America/Chicago");
  DrivenClock clock_{test::kMorning};
};

TEST_F(HandOver, the_new_process_takes_what_the_old_one_still_records) {
  auto older = begin();
  ASSERT_TRUE(older);
  const RecordId first = append(*older, 1, "first.example");
  give_way(*older);
  EXPECT_TRUE(older->recorder->status().handed_over);
  EXPECT_EQ(older->recorder->flush().error().kind, Error::Kind::Refused);
  append(*older, 2, "between.example");

  auto newer = begin();
  ASSERT_TRUE(newer) << newer.error().context;
  EXPECT_EQ(newer->recorder->status().earlier_running, 1u);
  append(*newer, 4, "new.example");
  append(*older, 3, "old.example");
  append(*older, 5, "late.example");
  clock_.set(at(5));
  EXPECT_THAT(hosts(*newer),
              ElementsAre("first.example", "between.example", "old.example", "new.example", "late.example"));
  EXPECT_EQ(attended(*newer), std::chrono::seconds(4)) << "the records of both make one visit";

  // A last record before it ends in order.
  append(*older, 6, "last.example");
  ASSERT_TRUE(older->recorder->stop());
  EXPECT_TRUE(spool_of(first)) << "its records are not the old one's to remove";
  EXPECT_EQ(hosts(*newer).back(), "last.example");
  EXPECT_FALSE(spool_of(first));
  EXPECT_EQ(newer->recorder->status().earlier_running, 0u);
  EXPECT_EQ(newer->recorder->status().uncertain, 0u);
  ASSERT_TRUE(newer->recorder->stop());
}

TEST_F(HandOver, an_open_reservation_is_uncertain_only_once_its_process_has_ended) {
  auto older = begin();
  ASSERT_TRUE(older);
  give_way(*older);
  Record record = page(1, "open.example");
  ASSERT_TRUE(older->recorder->ring(0).reserve(record));
  auto newer = begin();
  ASSERT_TRUE(newer) << newer.error().context;
  EXPECT_THAT(hosts(*newer), ElementsAre());
  older->recorder->ring(0).commit();
  EXPECT_THAT(hosts(*newer), ElementsAre("open.example"));
  record = page(2, "unknown.example");
  ASSERT_TRUE(older->recorder->ring(0).reserve(record));
  older->recorder.reset();
  EXPECT_THAT(hosts(*newer), ElementsAre("open.example", "unknown.example?"));
  EXPECT_FALSE(spool_of(record.id));
}

TEST_F(HandOver, a_third_process_goes_on_where_the_second_was) {
  auto first = begin();
  ASSERT_TRUE(first);
  give_way(*first);
  auto second = begin();
  ASSERT_TRUE(second);
  append(*first, 1, "a.example");
  EXPECT_THAT(hosts(*second), ElementsAre("a.example"));
  append(*first, 2, "b.example");
  append(*second, 3, "c.example");
  give_way(*second);
  append(*first, 4, "d.example");
  append(*second, 5, "e.example");
  auto third = begin();
  ASSERT_TRUE(third) << third.error().context;
  EXPECT_EQ(third->recorder->status().earlier_running, 2u);
  append(*third, 6, "f.example");
  EXPECT_THAT(hosts(*third), ElementsAre("a.example", "b.example", "c.example", "d.example", "e.example", "f.example"));
}

TEST_F(HandOver, is_taken_back_when_the_new_process_came_to_nothing) {
  auto older = begin();
  ASSERT_TRUE(older);
  append(*older, 1, "a.example");
  give_way(*older);
  EXPECT_EQ(older->recorder->status().records, 1u);
  EXPECT_FALSE(older->recorder->take_back()) << "not while the store is closed";
  append(*older, 2, "b.example");
  RecordId vain;
  {
    auto newer = begin();
    ASSERT_TRUE(newer);
    vain = append(*newer, 3, "c.example");
    EXPECT_EQ(hosts(*newer).size(), 3u);
    append(*newer, 4, "d.example");
  }
  append(*older, 5, "e.example");
  ASSERT_TRUE(older->store->reopen());
  ASSERT_TRUE(older->recorder->take_back());
  EXPECT_FALSE(older->recorder->status().handed_over);
  append(*older, 6, "f.example");
  clock_.set(at(6));
  EXPECT_THAT(hosts(*older), ElementsAre("a.example", "b.example", "c.example", "d.example", "e.example", "f.example"));
  EXPECT_EQ(attended(*older), std::chrono::seconds(5));
  EXPECT_EQ(older->recorder->status().records, 3u) << "as before, and two more";

  // The next one is not taken for the one that came to nothing: both have left records.
  give_way(*older);
  auto next = begin();
  ASSERT_TRUE(next) << next.error().context;
  EXPECT_GT(append(*next, 7, "g.example"), vain);
  EXPECT_EQ(hosts(*next).size(), 7u);
  const auto found = next->store->find(vain);
  ASSERT_TRUE(found) << found.error().context;
  EXPECT_EQ(found->get().host, "c.example");
}

// One answer for all would now and then tell the one what the other had asked for.
TEST_F(HandOver, two_who_ask_at_once_each_get_their_own_answer) {
  auto process = begin();
  ASSERT_TRUE(process);
  give_way(*process);
  constexpr int kTimes = 300;
  int refused = 0, agreed = 0;
  {
    std::jthread flusher([&] {
      for (int i = 0; i < kTimes; ++i) refused += process->recorder->flush() ? 0 : 1;
    });
    std::jthread giver([&] {
      for (int i = 0; i < kTimes; ++i) agreed += process->recorder->hand_over() ? 1 : 0;
    });
  }
  EXPECT_EQ(refused, kTimes);
  EXPECT_EQ(agreed, kTimes);
}

TEST_F(HandOver, room_made_by_the_new_process_is_told_to_the_old_ones_workers) {
  auto older = begin();
  ASSERT_TRUE(older);
  std::atomic<bool> called = false;
  older->recorder->on_room([&](unsigned) {
    called = true;
    called.notify_all();
  });
  give_way(*older);
  const std::string path(1000, 'x');
  Record record = page(1, "news.example", path);
  std::uint64_t written = 0;
  while (older->recorder->ring(0).append(record)) ASSERT_LT(++written, 100'000u);
  EXPECT_FALSE(called);
  auto newer = begin();
  ASSERT_TRUE(newer);
  EXPECT_EQ(hosts(*newer).size(), written);
  called.wait(false);
  EXPECT_TRUE(older->recorder->ring(0).append(record));
}

TEST_F(HandOver, a_closed_store_says_where_it_went) {
  auto older = begin();
  ASSERT_TRUE(older);
  ASSERT_TRUE(older->store->names().intern(NameKind::Person, "ada"));
  give_way(*older);
  EXPECT_EQ(older->store->names().name(NameKind::Person, 1), "ada");
  EXPECT_EQ(older->store->names().intern(NameKind::Person, "bob").error().kind, Error::Kind::Refused);
  EXPECT_EQ(older->store->scan({}, [](const Record&) { return true; }).error().kind, Error::Kind::Refused);
  {
    auto store = Store::open(state_ / "db");
    ASSERT_TRUE(store);
    EXPECT_EQ(*(*store)->names().intern(NameKind::Person, "cyd"), 2u);
    EXPECT_FALSE(older->store->reopen()) << "another process holds it";
  }
  ASSERT_TRUE(older->store->reopen());
  EXPECT_EQ(older->store->names().name(NameKind::Person, 2), "cyd");
}

TEST_F(HandOver, a_damaged_ring_of_a_running_process_waits_until_that_ends) {
  auto older = begin();
  ASSERT_TRUE(older);
  give_way(*older);
  const RecordId bad = append(*older, 1, "bad.example");
  append(*older, 2, "good.example");
  const auto file = state_ / "spool" / std::to_string(bad.value >> 48) / "worker-0.ring";
  auto mapped = MappedFile::open_shared(file, std::filesystem::file_size(file));
  ASSERT_TRUE(mapped);
  mapped->writable()[kRingHeadBytes + sizeof(FrameHead) + 3] ^= std::byte{1};
  auto newer = begin();
  ASSERT_TRUE(newer);
  append(*newer, 3, "new.example");
  EXPECT_THAT(hosts(*newer), ElementsAre("new.example"));
  older->recorder.reset();
  EXPECT_THAT(hosts(*newer), ElementsAre("good.example", "new.example"));
}

TEST_F(HandOver, a_copy_of_a_running_store_opens_with_all_up_to_its_cursor) {
  auto process = begin();
  ASSERT_TRUE(process);
  ASSERT_TRUE(process->store->names().intern(NameKind::Person, "ada"));
  append(*process, 1, "before.example");
  clock_.set(at(200));
  ASSERT_TRUE(process->recorder->flush());
  const auto cursor = process->store->copy_to(state_ / "copy");
  ASSERT_TRUE(cursor) << cursor.error().context;
  EXPECT_EQ(process->store->copy_to(state_ / "copy").error().kind, Error::Kind::Refused);
  const RecordId after = append(*process, 300, "after.example");
  EXPECT_EQ(hosts(*process).size(), 2u);

  auto copy = Store::open(state_ / "copy");
  ASSERT_TRUE(copy) << copy.error().context;
  EXPECT_EQ((*copy)->end_cursor(), *cursor);
  EXPECT_EQ((*copy)->names().name(NameKind::Person, 1), "ada");
  meter::UsageBoard board{meter::VisitRules{}};
  auto recorder = Recorder::open(state_ / "copy-spool", config(), 1, **copy, board, zone_, clock_);
  ASSERT_TRUE(recorder) << recorder.error().context;
  Process restored{.board = nullptr, .store = std::move(*copy), .recorder = std::move(*recorder)};
  const RecordId next = append(restored, 400, "restored.example");
  EXPECT_GT(next.value >> 48, after.value >> 48) << "numbers of the lost time are not given again";
  EXPECT_THAT(hosts(restored), ElementsAre("before.example", "restored.example"));
  const std::int32_t day = zone_.at(clock_.now()).day;
  ASSERT_TRUE(restored.store->rollups({1}, day, day, [&](const Rollup& row) {
    EXPECT_EQ(row.requests, 2u);
    EXPECT_EQ(row.attended_document, std::chrono::seconds(60));
  }));
}

}  // namespace
}  // namespace citygate::records
