// What a kill and a full disk leave behind. Each process that opens the database is a child of this one, which never
// does: RocksDB keeps threads for the life of a process, and they do not come through a fork.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "records/recorder.h"
#include "records/report.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/children.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::in_child;
using test::wait_for;

struct Opened {
  Zone zone = *Zone::open("America/Chicago");
  DrivenClock clock{test::kMorning};
  meter::UsageBoard board{meter::VisitRules{}};
  std::unique_ptr<Store> store;
  std::unique_ptr<Recorder> recorder;

  Result<void> open(const std::filesystem::path& state) {
    RecordsConfig config;
    config.spool_bytes = 1 << 20;
    config.drain_interval = 1ms;
    config.sync_interval = 2ms;  // so that a kill meets batches of every kind
    config.checkpoint_records = 40;
    CG_TRY(opened, Store::open(state / "db"));
    store = std::move(opened);
    CG_TRY(recording, Recorder::open(state / "spool", config, 2, *store, board, zone, clock));
    recorder = std::move(recording);
    return {};
  }
  ~Opened() { recorder.reset(); }
};

// Attended time of one person by the definition, from nothing but the actions.
std::chrono::milliseconds attended(std::vector<WallTime> actions) {
  for (WallTime& action : actions) action = std::chrono::floor<std::chrono::milliseconds>(action);
  std::ranges::sort(actions);
  std::chrono::microseconds total{0};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const auto tail = meter::VisitRules{}.tail, pause = meter::VisitRules{}.pause;
    const bool joined = i + 1 < actions.size() && actions[i + 1] - actions[i] <= pause;
    total += joined ? actions[i + 1] - actions[i] : std::chrono::microseconds(tail);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(total);
}

// Each committed record once, and every figure what the records add up to.
void check_everything(Opened& house, const std::set<std::uint64_t>& committed) {
  std::set<std::uint64_t> stored;
  std::map<std::uint32_t, std::vector<WallTime>> actions;
  std::map<std::uint32_t, std::uint64_t> bytes, streaming, requests;
  WallTime latest = test::kMorning;
  ASSERT_TRUE(house.store->scan({}, [&](const Record& record) {
    EXPECT_TRUE(stored.insert(record.id.value).second) << "twice: " << to_string(record.id);
    actions[record.person.value].push_back(record.active_from);
    bytes[record.person.value] += record.to_client_bytes;
    streaming[record.person.value] += record.streaming_bytes;
    ++requests[record.person.value];
    latest = std::max(latest, record.end);
    return true;
  }));
  for (const auto id : committed) EXPECT_TRUE(stored.contains(id)) << "lost: " << to_string(RecordId{id});
  house.clock.set(latest + 1h);
  ASSERT_TRUE(house.recorder->flush());
  const std::int32_t day = house.zone.at(latest).day;
  std::map<std::uint32_t, Rollup> totals;
  ASSERT_TRUE(house.store->rollups({1}, day - 2, day + 2, [&](const Rollup& row) {
    Rollup& total = totals[row.person.value];
    total.requests += row.requests;
    total.to_client_bytes += row.to_client_bytes;
    total.streaming_bytes += row.streaming_bytes;
    total.attended_document += row.attended_document;
  }));
  for (const auto& [person, times] : actions) {
    const Rollup& total = totals[person];
    EXPECT_EQ(total.requests, requests[person]);
    EXPECT_EQ(total.to_client_bytes, bytes[person]);
    EXPECT_EQ(total.streaming_bytes, streaming[person]);
    EXPECT_EQ(total.attended_document, attended(times)) << "person " << person;
  }
}

// Shared by the processes of an upgrade: the time of the records, so that theirs interleave.
using SharedTime = std::atomic<std::int64_t>;
struct FreeShared {
  void operator()(SharedTime* at) const { ::munmap(at, sizeof *at); }
};
std::unique_ptr<SharedTime, FreeShared> shared_time() {
  void* at = ::mmap(nullptr, sizeof(SharedTime), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CG_CHECK(at != MAP_FAILED);
  return std::unique_ptr<SharedTime, FreeShared>(new (at) SharedTime(0));
}

// One side of an upgrade. The old one gives way after some records and then writes on; the new one waits for that.
void upgrade_until_killed(const std::filesystem::path& state, SharedTime& time, unsigned seed, unsigned gives_way_after,
                          int waits_for, int tells, int report) {
  char byte = 0;
  if (waits_for >= 0 && ::read(waits_for, &byte, 1) < 0) ::_exit(2);
  Opened house;
  if (auto opened = house.open(state); !opened) {
    ADD_FAILURE() << opened.error().context;
    ::_exit(1);
  }
  std::mt19937 random(seed);
  for (unsigned i = 0;; ++i) {
    if (i == gives_way_after) {
      if (!house.recorder->hand_over()) ::_exit(3);
      house.store->close();
      if (::write(tells, &byte, 1) != 1) ::_exit(2);
    }
    const std::string path = "/" + std::to_string(seed) + "/" + std::to_string(i);
    Record record = test::page(static_cast<double>(time.fetch_add(random() % 3000)) / 1000, "news.example", path);
    record.person = {1 + static_cast<std::uint32_t>(random() % 3)};
    record.streaming_bytes = random() % 500;
    SpoolRing& ring = house.recorder->ring(static_cast<unsigned>(random() % 2));
    house.clock.set(record.end);
    if (!ring.reserve(record)) continue;
    if (random() % 8 == 0) {
      ring.cancel();
      continue;
    }
    ring.commit();
    // The pipe is as short as can be: nobody runs far ahead of the others.
    if (::write(report, &record.id.value, sizeof record.id.value) < 0) ::_exit(2);
  }
}

void write_until_killed(const std::filesystem::path& state, unsigned round, int report) {
  Opened house;
  if (auto opened = house.open(state); !opened) {
    ADD_FAILURE() << opened.error().context;
    ::_exit(1);
  }
  std::mt19937 random(round);
  double now = round * 400.0;
  for (std::uint64_t i = 0;; ++i) {
    now += static_cast<double>(random() % 30) / 10;
    const std::string path = "/" + std::to_string(i);
    Record record = test::page(now, "news.example", path);
    record.person = {1 + static_cast<std::uint32_t>(random() % 3)};
    record.streaming_bytes = random() % 500;
    SpoolRing& ring = house.recorder->ring(static_cast<unsigned>(random() % 2));
    house.clock.set(record.end);
    if (!ring.reserve(record)) continue;
    if (random() % 8 == 0) {
      ring.cancel();
      continue;
    }
    ring.commit();
    if (::write(report, &record.id.value, sizeof record.id.value) < 0) ::_exit(2);
    if (random() % 50 == 0) static_cast<void>(house.recorder->flush());
  }
}

TEST(Kill, at_any_moment_loses_and_doubles_nothing) {
  test::TempDir state;
  std::set<std::uint64_t> committed;
  std::mt19937 random(20);
  for (unsigned round = 0; round < 60; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t writer = in_child([&] { write_until_killed(state.path(), round, ends[1]); });
    ::close(ends[1]);
    std::uint64_t id = 0;
    for (auto left = 1 + random() % 150; left > 0; --left) {
      ASSERT_EQ(::read(ends[0], &id, sizeof id), static_cast<ssize_t>(sizeof id)) << "the writer died by itself";
      committed.insert(id);
    }
    ::kill(writer, SIGKILL);
    // What it had told before the kill came through.
    while (::read(ends[0], &id, sizeof id) == static_cast<ssize_t>(sizeof id)) committed.insert(id);
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(wait_for(writer)));
    // Most rounds leave the repair to the next writer, which may be killed in the middle of it.
    if (round % 6 != 5) continue;
    const pid_t reader = in_child([&] {
      Opened house;
      auto opened = house.open(state.path());
      ASSERT_TRUE(opened) << opened.error().context;
      check_everything(house, committed);
    });
    ASSERT_EQ(wait_for(reader), 0) << "round " << round;
  }
}

TEST(Upgrade, whoever_dies_and_whenever_loses_and_doubles_nothing) {
  test::TempDir state;
  std::set<std::uint64_t> committed;
  std::mt19937 random(21);
  const auto time = shared_time();
  constexpr unsigned kNever = UINT_MAX;
  for (unsigned round = 0; round < 24; ++round) {
    int ends[2], handed[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ASSERT_GE(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
    ASSERT_EQ(::pipe2(handed, O_CLOEXEC), 0);
    const auto way = static_cast<unsigned>(random() % 40);
    pid_t older = in_child([&] {
      ::close(handed[0]);
      upgrade_until_killed(state.path(), *time, 2 * round, way, -1, handed[1], ends[1]);
    });
    // The new one goes on as well when the old one died before it gave way: then the pipe ends.
    pid_t newer = in_child([&] {
      ::close(handed[1]);
      upgrade_until_killed(state.path(), *time, 2 * round + 1, kNever, handed[0], -1, ends[1]);
    });
    for (const int fd : {ends[1], handed[0], handed[1]}) ::close(fd);
    std::uint64_t id = 0;
    const auto take = [&](std::size_t left) {
      while (left-- > 0) {
        ASSERT_EQ(::read(ends[0], &id, sizeof id), static_cast<ssize_t>(sizeof id)) << "one died by itself";
        committed.insert(id);
      }
    };
    const auto kill_one = [](pid_t& child) {
      ::kill(child, SIGKILL);
      ASSERT_TRUE(WIFSIGNALED(wait_for(std::exchange(child, 0)))) << "one died by itself";
    };
    take(random() % 900);
    const bool older_first = round % 3 != 0;
    kill_one(older_first ? older : newer);
    // The other goes on: until its pipe or its rings are full at the most, and some time after.
    if (round % 3 != 2) take(random() % 300);
    kill_one(older_first ? newer : older);
    while (::read(ends[0], &id, sizeof id) == static_cast<ssize_t>(sizeof id)) committed.insert(id);
    ::close(ends[0]);
    if (round % 4 != 3) continue;
    const pid_t reader = in_child([&] {
      Opened house;
      auto opened = house.open(state.path());
      ASSERT_TRUE(opened) << opened.error().context;
      check_everything(house, committed);
    });
    ASSERT_EQ(wait_for(reader), 0) << "round " << round;
  }
}

// The days of a zone that is not in force any more: what stands behind the last checkpoint was counted by it.
TEST(Kill, between_zones_keeps_each_record_on_its_day) {
  test::TempDir state;
  const auto days = [](Opened& house) {
    std::map<std::int32_t, std::uint64_t> out;
    const std::int32_t day = house.zone.at(test::kMorning).day;
    EXPECT_TRUE(house.store->rollups({1}, day - 2, day + 2, [&](const Rollup& row) { out[row.day] += row.requests; }));
    return out;
  };
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t writer = in_child([&] {
    Opened house;
    ASSERT_TRUE(house.open(state.path()));
    // 08:00 of the 21st in Chicago, of the 22nd in Kiritimati.
    Record record = test::page(1, "chicago.example");
    ASSERT_TRUE(house.recorder->ring(0).append(record));
    ASSERT_TRUE(house.recorder->flush());
    house.recorder->set_zone(*Zone::open("Pacific/Kiritimati"));
    record = test::page(2, "kiritimati.example");
    ASSERT_TRUE(house.recorder->ring(0).append(record));
    ASSERT_TRUE(house.recorder->flush());
    record = test::page(3, "kiritimati.example");
    ASSERT_TRUE(house.recorder->ring(0).append(record));
    ASSERT_TRUE(house.recorder->flush());
    const auto counted = days(house);
    ASSERT_EQ(counted.size(), 2u);
    ASSERT_EQ(counted.begin()->second, 1u);
    char byte = 0;
    ASSERT_EQ(::write(ends[1], &byte, 1), 1);
    ::pause();
  });
  ::close(ends[1]);
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  ::close(ends[0]);
  ::kill(writer, SIGKILL);
  wait_for(writer);
  const pid_t reader = in_child([&] {
    Opened house;  // back in Chicago
    auto opened = house.open(state.path());
    ASSERT_TRUE(opened) << opened.error().context;
    const auto counted = days(house);
    ASSERT_EQ(counted.size(), 2u);
    EXPECT_EQ(counted.begin()->second, 1u);
    EXPECT_EQ(counted.rbegin()->second, 2u);
  });
  EXPECT_EQ(wait_for(reader), 0);
}

TEST(FullDisk, records_wait_in_the_spool_and_none_is_lost) {
  test::TempDir state;
  const pid_t child = in_child([&] {
    Opened house;
    auto opened = house.open(state.path());
    ASSERT_TRUE(opened) << opened.error().context;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit tight{.rlim_cur = 64 << 10, .rlim_max = limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);

    std::set<std::uint64_t> committed;
    Result<void> flushed;
    for (int i = 0; flushed; ++i) {
      ASSERT_LT(i, 5000) << "the limit was never met";
      const std::string path = "/" + std::to_string(i);
      Record record = test::page(i, "news.example", path);
      ASSERT_TRUE(house.recorder->ring(static_cast<unsigned>(i % 2)).append(record));
      committed.insert(record.id.value);
      if (i % 20 == 19) flushed = house.recorder->flush();
    }
    EXPECT_EQ(flushed.error().kind, Error::Kind::Storage);
    EXPECT_TRUE(house.recorder->status().trouble);
    EXPECT_FALSE(house.recorder->status().trouble_text.empty());
    for (int i = 0; i < 100; ++i) {
      const std::string path = "/waiting/" + std::to_string(i);
      Record record = test::page(6000 + i, "news.example", path);
      ASSERT_TRUE(house.recorder->ring(0).append(record)) << "the spool is there for this";
      committed.insert(record.id.value);
    }

    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto again = house.recorder->flush();
    ASSERT_TRUE(again) << again.error().context;
    EXPECT_FALSE(house.recorder->status().trouble);
    check_everything(house, committed);
    ASSERT_TRUE(house.recorder->stop());
  });
  EXPECT_EQ(wait_for(child), 0);
  const pid_t reader = in_child([&] {
    Opened house;
    ASSERT_TRUE(house.open(state.path()));
    check_everything(house, {});
  });
  EXPECT_EQ(wait_for(reader), 0);
}

}  // namespace
}  // namespace citygate::records
