// The path from a worker's ring to the store, the roll-ups and the board.
#include "records/recorder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "records/report.h"
#include "records/ring.h"
#include "tests/unit/records/recorder_house.h"

namespace citygate::records {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::page;
using test::RecorderHouse;

std::vector<std::string> hosts(const Store& store, const RecordQuery& query) {
  std::vector<std::string> out;
  EXPECT_TRUE(store.scan(query, [&](const Record& record) {
    out.emplace_back(record.host);
    return true;
  }));
  return out;
}

TEST(Recorder, a_record_comes_out_as_it_went_in) {
  RecorderHouse house;
  test::RandomRecords random(5);
  std::vector<std::string> in;
  for (int i = 0; i < 300; ++i) {
    Record record = random.next();
    record.sealed = record.uncertain = false;
    record.end = at(i);
    ASSERT_TRUE(house.ring(i % 2).append(record));
    in.push_back(test::describe(record));
  }
  house.flush();
  std::vector<std::string> out;
  ASSERT_TRUE(house.store().scan({}, [&](const Record& record) {
    out.push_back(test::describe(record));
    return true;
  }));
  EXPECT_EQ(out, in);
  std::uint64_t cursor = 0;
  std::vector<std::string> followed;
  while (cursor != house.store().end_cursor())  // by single steps
    ASSERT_TRUE(house.store().scan_added(cursor, {.limit = 1}, [&](const Record& record) {
      followed.push_back(test::describe(record));
      return true;
    }));
  EXPECT_THAT(followed, testing::UnorderedElementsAreArray(in));
}

TEST(Recorder, merges_the_rings_in_order_of_time_and_finds_each_record) {
  RecorderHouse house;
  std::vector<Record> all;
  for (int i = 0; i < 500; ++i) {
    Record record = page(i * 7 % 500, i % 2 == 0 ? "even.example" : "odd.example");
    ASSERT_TRUE(house.ring(i % 2).append(record));
    all.push_back(record);
    if (i % 100 == 99) house.flush();
  }
  WallTime last = WallTime::min();
  std::size_t count = 0;
  ASSERT_TRUE(house.store().scan({}, [&](const Record& record) {
    EXPECT_GE(record.end, last);
    last = record.end;
    ++count;
    return true;
  }));
  EXPECT_EQ(count, all.size());
  for (const Record& record : all) {
    auto found = house.store().find(record.id);
    ASSERT_TRUE(found) << found.error().context;
    EXPECT_EQ(test::describe(found->get()), test::describe(record));
  }
  EXPECT_EQ(house.store().find({all.back().id.value + 1000}).error().kind, Error::Kind::NotFound);
  EXPECT_EQ(house.store().find({}).error().kind, Error::Kind::NotFound);

  std::size_t between = 0;
  ASSERT_TRUE(house.store().scan({.from = at(100.2), .to = at(200.2)}, [&](const Record&) {
    ++between;
    return true;
  }));
  EXPECT_EQ(between, 100u);
}

TEST(Recorder, queries_by_every_condition) {
  RecorderHouse house;
  Record a = page(1, "a.example");
  Record b = page(2, "www.a.example");
  Record c = page(3, "ba.example");
  b.person = {2};
  b.department = {2};
  c.outcome = Outcome::Refused;
  c.attention = Attention::None;
  c.categories = {};
  c.decisive = {9};
  for (Record* record : {&a, &b, &c}) ASSERT_TRUE(house.ring(0).append(*record));
  house.flush();
  const auto& store = house.store();
  using testing::ElementsAre;
  EXPECT_THAT(hosts(store, {.host = "a.example"}), ElementsAre("a.example", "www.a.example"));
  EXPECT_THAT(hosts(store, {.person = {2}}), ElementsAre("www.a.example"));
  EXPECT_THAT(hosts(store, {.department = {1}}), ElementsAre("a.example", "ba.example"));
  EXPECT_THAT(hosts(store, {.category = {9}}), ElementsAre("ba.example"));
  EXPECT_THAT(hosts(store, {.outcome = Outcome::Refused}), ElementsAre("ba.example"));
  EXPECT_THAT(hosts(store, {.limit = 1}), ElementsAre("a.example"));
}

TEST(Recorder, reports_to_the_minute_and_byte) {
  RecorderHouse house;
  Record first = page(0), second = page(100), other = page(50);
  first.streaming_bytes = 400;
  other.person = {2};
  Record refused = page(60);
  refused.outcome = Outcome::Refused;
  refused.attempt = true;
  refused.decisive = {8};
  Record slice = page(200);
  slice.last = false;
  slice.attention = Attention::None;
  for (Record* record : {&first, &second, &other, &refused, &slice}) ASSERT_TRUE(house.ring(0).append(*record));
  house.clock().set(at(100));
  house.flush();
  // The tails run: 100 s of person 1 are past, person 2 has only the tail.
  auto report = build_report(house.store(), {1}, house.day(), house.day());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->total.attended, 100s);
  EXPECT_EQ(house.used().attended, 100s);
  house.clock().set(at(130));
  EXPECT_EQ(house.used().attended, 130s);

  house.clock().set(at(1000));
  EXPECT_EQ(house.used().attended, 160s);
  house.flush();
  EXPECT_EQ(house.used().attended, 160s);
  report = build_report(house.store(), {1}, house.day(), house.day());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->total.people, 2u);
  EXPECT_EQ(report->total.requests, 4u);
  EXPECT_EQ(report->total.attempts, 1u);
  EXPECT_EQ(report->total.streaming_bytes, 400u);
  EXPECT_EQ(report->total.to_client_bytes, 5000u);
  EXPECT_EQ(report->total.attended, 160s + 60s);
  EXPECT_EQ(report->total.attended_estimated, 0s);
  ASSERT_EQ(report->rows.size(), 2u);
  EXPECT_EQ(report->rows[0].category, CategoryId{7});
  EXPECT_EQ(report->rows[0].totals.people, 2u);
  EXPECT_EQ(report->rows[1].totals.attempts, 1u);
  EXPECT_EQ(report->rows[1].totals.attended, 0s);
  EXPECT_EQ(build_report(house.store(), {1}, house.day() + 1, house.day() + 2)->total.requests, 0u);

  // Person 1 has 160 s of that day, person 2 has 60 s.
  const auto above = [&](std::chrono::milliseconds threshold) {
    const auto counted = build_report(house.store(), {1}, house.day(), house.day() + 1, threshold);
    return std::pair(counted->people_above, counted->days_above);
  };
  EXPECT_EQ(above(0s), std::pair(0ul, 0ul));
  EXPECT_EQ(above(59s), std::pair(2ul, 2ul));
  EXPECT_EQ(above(60s), std::pair(1ul, 1ul));
  EXPECT_EQ(above(160s), std::pair(0ul, 0ul));
}

TEST(Recorder, sealed_records_show_nowhere_but_as_a_number) {
  RecorderHouse house;
  Record open = page(1, "open.example"), secret = page(2, "secret.example"), more = page(3, "secret.example");
  secret.sealed = more.sealed = true;
  secret.last = false;
  secret.streaming_bytes = 77;
  for (Record* record : {&secret, &open, &more}) ASSERT_TRUE(house.ring(0).append(*record));
  house.clock().set(at(500));
  house.flush();
  EXPECT_THAT(hosts(house.store(), {}), testing::ElementsAre("open.example"));
  std::uint64_t cursor = 0, followed = 0;
  ASSERT_TRUE(house.store().scan_added(cursor, {}, [&](const Record&) { return ++followed != 0; }));
  EXPECT_EQ(followed, 1u);
  EXPECT_EQ(house.store().find(secret.id).error().kind, Error::Kind::Refused);
  EXPECT_EQ(house.store().find(open.id)->get().host, "open.example");
  auto report = build_report(house.store(), {1}, house.day(), house.day());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->sealed_exchanges, 1u);
  EXPECT_EQ(report->total.requests, 1u);
  EXPECT_EQ(report->total.attended, 60s);
  EXPECT_EQ(report->total.streaming_bytes, 0u);
  EXPECT_EQ(house.recorder().status().sealed, 2u);
}

TEST(Recorder, sealed_records_are_counted_by_group_and_by_nothing_else) {
  RecorderHouse house;
  std::vector<Record> records;
  const auto add = [&](double second, PersonId person, GrantId grant, Outcome outcome) -> Record& {
    Record record = page(second, "secret.example");
    record.sealed = true;
    record.person = person;
    record.grant = grant;
    record.outcome = outcome;
    return records.emplace_back(record);
  };
  add(1, {1}, {1}, Outcome::Completed);
  add(2, {2}, {1}, Outcome::Refused);
  add(3, {1}, {2}, Outcome::Cut);
  add(4, {1}, {3}, Outcome::Completed).department = {2};  // of a group that nobody asks for
  add(5, {1}, {1}, Outcome::Completed).last = false;      // a slice is no exchange, but a person's hour
  Record& tunnel = add(7300, {3}, {1}, Outcome::Completed);
  tunnel.begin = at(3500);
  Record open = page(6, "open.example");
  open.grant = {1};
  records.push_back(open);
  for (auto& record : records) ASSERT_TRUE(house.ring(0).append(record));
  house.clock().set(at(8000));
  house.flush();

  std::vector<records::SealedSummary> found;
  const auto ask = [&](WallTime from, WallTime to) {
    found.clear();
    const auto done = house.store().sealed_summary(
        from, to,
        [](GrantId grant, DepartmentId department) -> std::optional<std::uint32_t> {
          if (department != DepartmentId{1}) return std::nullopt;
          return grant.value == 1 ? 7 : 8;
        },
        [&](const records::SealedSummary& each) { found.push_back(each); });
    EXPECT_TRUE(done) << done.error().context;
  };
  ask(WallTime::min(), WallTime::max());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].group, 7u);
  EXPECT_EQ(found[0].exchanges, 3u);
  EXPECT_EQ(found[0].refused, 1u);
  EXPECT_EQ(found[0].officers, 3u);
  EXPECT_GE(found[0].hours, 2u);
  EXPECT_EQ(found[1].group, 8u);
  EXPECT_EQ(found[1].exchanges, 1u);
  EXPECT_EQ(found[1].refused, 1u) << "cut counts as refused";
  ask(at(100), WallTime::max());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].exchanges, 1u);
  EXPECT_EQ(found[0].hours, 3u) << "a tunnel from one hour over the next into the third";
  ask(WallTime::min(), at(0));
  EXPECT_TRUE(found.empty());
}

// The same 400 records; what the reports and the board say at the end.
std::string figures(bool restarts) {
  RecorderHouse house;
  std::mt19937 random(3);
  double now = 0;
  for (int i = 0; i < 400; ++i) {
    now += static_cast<double>(random() % 100);
    const std::string path = "/" + std::to_string(i % 13);
    Record record = page(now, "news.example", path);
    record.person = {1 + static_cast<std::uint32_t>(random() % 2)};
    record.decisive = {static_cast<std::uint16_t>(7 + random() % 3)};
    record.streaming_bytes = random() % 1000;
    EXPECT_TRUE(house.ring(i % 2).append(record));
    house.clock().set(record.end);
    if (random() % 4 != 0) house.flush();
    if (restarts && i % 9 == 0) {
      house.flush();
      const Usage first = house.used(), second = house.used({2});
      house.reopen();
      EXPECT_EQ(house.used().attended, first.attended) << "after record " << i;
      EXPECT_EQ(house.used({2}).attended, second.attended) << "after record " << i;
    }
  }
  house.clock().set(at(now + 100));
  house.flush();
  house.reopen();  // so that the board holds the ledger's bytes
  std::string out = fmt::format("{} {} {}", now, house.used().attended.count(), house.used().streaming_bytes);
  EXPECT_TRUE(house.store().rollups({1}, house.day() - 1, house.day() + 1, [&](const Rollup& row) {
    out += fmt::format("; {} {} {}: {} {} {} {}", row.day, row.category.value, row.person.value, row.requests,
                       row.to_client_bytes, row.streaming_bytes, row.attended_document.count());
  }));
  return out;
}

TEST(Recorder, restarts_change_no_figure) { EXPECT_EQ(figures(true), figures(false)); }

TEST(Recorder, uncertain_records_of_a_killed_process_count_once) {
  RecorderHouse house(RecorderHouse::small(), RecorderHouse::Begin::Later);
  std::filesystem::create_directories(house.spool() / "4");
  Record sent = page(1), open = page(2), cancelled = page(3);
  {
    auto ring = Ring::create(house.spool() / "4" / "worker-0.ring", 1 << 20, 4, 0);
    ASSERT_TRUE(ring);
    ASSERT_TRUE((*ring)->append(sent));
    ASSERT_TRUE((*ring)->reserve(cancelled));
    (*ring)->cancel();
    ASSERT_TRUE((*ring)->reserve(open));
    EXPECT_GT(open.id, cancelled.id) << "numbers are not given twice";
  }
  house.open();
  std::vector<std::string> seen;
  ASSERT_TRUE(house.store().scan({}, [&](const Record& record) {
    seen.push_back(to_string(record.id) + (record.uncertain ? " uncertain" : ""));
    return true;
  }));
  EXPECT_THAT(seen, testing::ElementsAre(to_string(sent.id), to_string(open.id) + " uncertain"));
  EXPECT_EQ(build_report(house.store(), {1}, house.day(), house.day())->total.requests, 2u);
  EXPECT_TRUE(house.store().find(open.id)->get().uncertain);
  EXPECT_FALSE(std::filesystem::exists(house.spool() / "4"));
  Record next = page(4);
  ASSERT_TRUE(house.ring(0).append(next));
  EXPECT_EQ(next.id.value >> 48, 5u);
}

TEST(Recorder, a_damaged_spool_is_put_aside_and_a_newer_one_refused) {
  RecorderHouse house(RecorderHouse::small(), RecorderHouse::Begin::Later);
  const auto file = house.spool() / "4" / "worker-0.ring";
  std::filesystem::create_directories(file.parent_path());
  ASSERT_TRUE(replace_file(file, std::string(8192, 'x')));
  house.open();
  EXPECT_TRUE(std::filesystem::exists(file.string() + ".damaged"));
  house.close();
  {
    ASSERT_TRUE(Ring::create(file, 1 << 20, 4, 0));
    std::fstream newer(file, std::ios::in | std::ios::out | std::ios::binary);
    newer.seekp(8);
    newer.put(3);
  }
  auto refused = house.try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::Refused);
  EXPECT_THAT(refused.error().context, testing::HasSubstr(file.string()));
}

TEST(Recorder, a_full_ring_refuses_and_calls_when_there_is_room) {
  RecordsConfig config;
  config.spool_bytes = 1 << 20;
  config.drain_interval = 1000ms;
  RecorderHouse house(config);
  std::atomic<int> called = -1;
  house.recorder().on_room([&](unsigned worker) { called = static_cast<int>(worker); });
  std::uint64_t written = 0;
  const std::string path(1000, 'x');
  Record record = page(1, "news.example", path);
  EXPECT_FALSE(house.ring(1).crowded());
  for (; house.ring(1).append(record); ++written) ASSERT_LT(written, 100'000u) << "the ring never gets full";
  house.flush();
  EXPECT_EQ(called, 1);
  EXPECT_FALSE(house.ring(1).crowded());
  EXPECT_TRUE(house.ring(1).append(record));
  house.flush();
  EXPECT_EQ(house.recorder().status().records, written + 1);
}

}  // namespace
}  // namespace citygate::records
