// Acts in the store: kept, found again, and looked at when somebody has tampered with them.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "records/database_store.h"
#include "records/keys.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/failing_database.h"
#include "tests/unit/records/sample_acts.h"

namespace citygate::records {
namespace {

using namespace std::chrono_literals;
using test::suspension;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::uint64_t> numbers_of(const ActJournal& acts, std::uint64_t from = 1) {
  std::vector<std::uint64_t> out;
  const auto read = acts.scan(from, [&](const Act& act) {
    out.push_back(act.number);
    return true;
  });
  EXPECT_TRUE(read) << read.error().context;
  return out;
}

Act hired(std::string name) {
  return {.kind = ActKind::PersonAdd, .author = "kim.o", .via = "a test", .reason = "", .subject = std::move(name)};
}

TEST(Acts, are_there_when_the_store_is_opened_again) {
  test::TempDir directory;
  DrivenClock clock(test::kMorning);
  std::vector<Act> kept;
  {
    auto store = Store::open(directory / "db");
    ASSERT_TRUE(store) << store.error().context;
    (*store)->set_clock(clock);
    ActJournal& acts = (*store)->acts();
    EXPECT_EQ(acts.last(), 0u);
    EXPECT_EQ(numbers_of(acts).size(), 0u);
    auto first = acts.append({hired("ada"), hired("bob")});
    ASSERT_TRUE(first) << first.error().context;
    kept = *first;
    clock.set(test::kMorning + 1h);
    auto second = acts.append({suspension()});
    ASSERT_TRUE(second);
    kept.push_back(second->front());
    EXPECT_EQ(kept[2].number, 3u);
    EXPECT_EQ(kept[2].time, test::kMorning + 1h);
  }
  auto store = Store::open(directory / "db");
  ASSERT_TRUE(store) << store.error().context;
  std::vector<Act> read;
  ASSERT_TRUE((*store)->acts().scan(1, [&](const Act& act) {
    read.push_back(act);
    return true;
  }));
  EXPECT_EQ(read, kept);
  EXPECT_EQ((*store)->acts().last(), 3u);
  EXPECT_THAT(numbers_of((*store)->acts(), 2), ElementsAre(2, 3));
  EXPECT_EQ(verify_acts((*store)->acts())->number, 3u);
}

TEST(Acts, all_or_none_of_an_append_is_kept) {
  test::TempDir directory;
  auto store = Store::open(directory / "db");
  ASSERT_TRUE(store);
  Act bad = hired("eve");
  bad.reason = "\xff";
  EXPECT_EQ((*store)->acts().append({hired("ada"), bad}).error().kind, Error::Kind::Malformed);
  bad = hired("eve");
  bad.author = "";
  EXPECT_EQ((*store)->acts().append({hired("ada"), bad}).error().kind, Error::Kind::Malformed);
  EXPECT_EQ((*store)->acts().last(), 0u);
  EXPECT_TRUE((*store)->acts().append({}));
  EXPECT_EQ((*(*store)->acts().append({hired("ada")}))[0].number, 1u);
  EXPECT_EQ(verify_acts((*store)->acts())->number, 1u);
}

TEST(Acts, made_while_the_clock_stands_too_early_say_so) {
  test::TempDir directory;
  DrivenClock clock(test::kMorning);
  {
    auto store = Store::open(directory / "db");
    (*store)->set_clock(clock);
    ASSERT_TRUE((*store)->acts().append({hired("ada")}));
  }
  clock.set(test::kMorning - 123min);
  auto store = Store::open(directory / "db");
  (*store)->set_clock(clock);
  const auto kept = (*store)->acts().append({hired("bob"), hired("cyd")});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->at(0).field(kClockField), "2 h 3 min before act 1");
  EXPECT_EQ(kept->at(0).time, clock.now());
  EXPECT_EQ(kept->at(1).field(kClockField), "");
  EXPECT_FALSE((*store)->acts().append({kept->at(0)})) << "the field is the journal's own";
}

TEST(Acts, a_disk_that_fails_once_is_tried_again_and_one_that_goes_on_keeps_none) {
  using Failure = test::FailingDatabase::Failure;
  test::TempDir directory;
  std::atomic<Failure> failure = Failure::None;
  {
    auto database = Database::open(directory / "db");
    ASSERT_TRUE(database);
    auto store = DatabaseStore::create(std::make_unique<test::FailingDatabase>(std::move(*database), failure));
    ASSERT_TRUE(store);
    auto& acts = (*store)->acts();
    ASSERT_TRUE(acts.append({hired("ada")}));
    for (const auto how : {Failure::BeforeWrite, Failure::AfterWrite}) {
      failure = how;
      const auto refused = acts.append({hired("eve"), hired("fay"), hired("gus")});
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, Error::Kind::Storage);
      EXPECT_EQ(acts.last(), 1u);
      EXPECT_THAT(numbers_of(acts), ElementsAre(1));
    }
    failure = Failure::None;
    ASSERT_TRUE(acts.append({hired("bob")}));
  }
  auto store = Store::open(directory / "db");
  ASSERT_TRUE(store);
  EXPECT_THAT(numbers_of((*store)->acts()), ElementsAre(1, 2));
  EXPECT_EQ(verify_acts((*store)->acts())->number, 2u);
}

TEST(Acts, are_appended_by_whoever_has_the_store) {
  test::TempDir directory;
  auto older = Store::open(directory / "db");
  ASSERT_TRUE(older);
  ASSERT_TRUE((*older)->acts().append({hired("ada")}));
  (*older)->close();
  const auto refused = (*older)->acts().append({hired("eve")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::Refused);
  EXPECT_THAT(refused.error().context, HasSubstr("taken over"));
  {
    auto newer = Store::open(directory / "db");
    ASSERT_TRUE(newer) << newer.error().context;
    ASSERT_TRUE((*newer)->acts().append({hired("bob")}));
  }
  ASSERT_TRUE((*older)->reopen());
  EXPECT_EQ((*older)->acts().last(), 2u);
  ASSERT_TRUE((*older)->acts().append({hired("cyd")}));
  EXPECT_EQ(verify_acts((*older)->acts())->number, 3u);
}

TEST(Acts, are_in_a_copy_of_the_store) {
  test::TempDir directory;
  auto store = Store::open(directory / "db");
  ASSERT_TRUE((*store)->acts().append({hired("ada"), hired("bob")}));
  ASSERT_TRUE((*store)->secrets().put("ada", "argon2id$..."));
  ASSERT_TRUE((*store)->copy_to(directory / "copy"));
  auto copy = Store::open(directory / "copy");
  ASSERT_TRUE(copy) << copy.error().context;
  EXPECT_EQ(*verify_acts((*copy)->acts()), *verify_acts((*store)->acts()));
  int secrets = 0;
  ASSERT_TRUE((*copy)->secrets().scan([&](std::string_view name, std::string_view) { secrets += name == "ada"; }));
  EXPECT_EQ(secrets, 1);
}

TEST(Acts, a_visitor_may_append) {
  test::TempDir directory;
  auto store = Store::open(directory / "db");
  auto& acts = (*store)->acts();
  ASSERT_TRUE(acts.append({hired("ada")}));
  int seen = 0;
  ASSERT_TRUE(acts.scan(1, [&](const Act&) { return ++seen < 3 && acts.append({hired("bob")}).has_value(); }));
  EXPECT_EQ(seen, 3);
}

// What somebody with the database in his hands may do to it.
class TamperedActs : public testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::open(directory / "db");
    for (int i = 0; i < 6; ++i) ASSERT_TRUE((*store)->acts().append({hired("person" + std::to_string(i))}));
  }
  // What verify says after it was done.
  std::string after(const std::function<void(Database&, Batch&)>& tamper) {
    {
      auto database = Database::open(directory / "db");
      EXPECT_TRUE(database);
      Batch batch;
      tamper(**database, batch);
      EXPECT_TRUE((*database)->write(batch, Database::Durability::PowerLoss));
    }
    auto store = Store::open(directory / "db");
    EXPECT_TRUE(store) << "it must open, to be looked at";
    const auto read = (*store)->acts().scan(1, [](const Act&) { return true; });
    EXPECT_FALSE(read) << "nothing is folded from it";
    const auto found = verify_acts((*store)->acts());
    EXPECT_FALSE(found);
    return found ? "" : found.error().context;
  }
  static std::string value(Database& database, std::uint64_t number) {
    return database.get(Family::Acts, keys::act(number)).value().value();
  }
  test::TempDir directory;
};

// As RocksDB leaves it, without a word, when the disk has changed a byte of its log.
TEST_F(TamperedActs, the_last_ones_gone_and_the_head_with_them) {
  EXPECT_THAT(after([](Database& database, Batch& batch) {
                const std::string hash = value(database, 4).substr(0, 32);
                ActHead head{.number = 4, .hash = {}};
                std::ranges::copy(hash, head.hash.begin());
                for (const std::uint64_t number : {5, 6}) batch.remove(Family::Acts, keys::act(number));
                batch.put(Family::Acts, std::string(keys::kActHead), head_text(head));
              }),
              HasSubstr("act 4 is the last that is there, and act 6 had been answered for"));
}

TEST_F(TamperedActs, all_gone_after_a_backup_was_put_back) {
  ASSERT_TRUE(std::filesystem::remove(directory / "db" / "ACTS"));
  ASSERT_TRUE(Store::open(directory / "db")) << "it begins with the acts that are in it";
  EXPECT_THAT(after([](Database&, Batch& batch) {
                for (std::uint64_t number = 1; number <= 6; ++number) batch.remove(Family::Acts, keys::act(number));
                batch.remove(Family::Acts, std::string(keys::kActHead));
              }),
              HasSubstr("act 6 had been answered for"));
}

TEST_F(TamperedActs, all_gone) {
  EXPECT_THAT(after([](Database&, Batch& batch) {
                for (std::uint64_t number = 1; number <= 6; ++number) batch.remove(Family::Acts, keys::act(number));
                batch.remove(Family::Acts, std::string(keys::kActHead));
              }),
              HasSubstr("act 0 is the last that is there, and act 6 had been answered for"));
}

TEST(ActsMark, says_what_was_written_and_nothing_where_half_of_it_was) {
  test::TempDir directory;
  const auto path = directory / "ACTS";
  ActHead head{.number = 41, .hash = {}};
  head.hash.fill(0xab);
  {
    auto mark = ActsMark::open(path);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->read(), std::nullopt);
    ASSERT_TRUE(mark->write(head));
  }
  EXPECT_EQ(ActsMark::open(path)->read(), head);
  auto file = MappedFile::open_shared(path, 512);
  ASSERT_TRUE(file);
  file->writable()[1] = std::byte{'2'};
  EXPECT_EQ(ActsMark::open(path)->read(), std::nullopt);
}

TEST_F(TamperedActs, changed) {
  EXPECT_THAT(after([](Database& database, Batch& batch) {
                std::string now = value(database, 3);
                now.replace(now.find("person2"), 7, "person9");
                batch.put(Family::Acts, keys::act(3), now);
              }),
              HasSubstr("act 3 was changed"));
}
TEST_F(TamperedActs, dropped) {
  EXPECT_THAT(after([](Database&, Batch& batch) { batch.remove(Family::Acts, keys::act(4)); }),
              HasSubstr("act 4 is missing"));
}
TEST_F(TamperedActs, swapped) {
  EXPECT_THAT(after([](Database& database, Batch& batch) {
                const std::string a = value(database, 2), b = value(database, 3);
                batch.put(Family::Acts, keys::act(2), b);
                batch.put(Family::Acts, keys::act(3), a);
              }),
              HasSubstr("act 3 is out of order: it stands in the place of act 2"));
}
TEST_F(TamperedActs, cut_short) {
  EXPECT_THAT(after([](Database& database, Batch& batch) {
                std::string now = value(database, 5);
                now.pop_back();
                batch.put(Family::Acts, keys::act(5), now);
              }),
              HasSubstr("act 5 is not as it was kept"));
}
TEST_F(TamperedActs, emptied) {
  EXPECT_THAT(after([](Database&, Batch& batch) { batch.put(Family::Acts, keys::act(5), ""); }),
              HasSubstr("act 5 is not as it was kept"));
}
TEST_F(TamperedActs, without_its_end) {
  EXPECT_THAT(after([](Database&, Batch& batch) {
                batch.remove(Family::Acts, keys::act(5));
                batch.remove(Family::Acts, keys::act(6));
              }),
              HasSubstr("is the last that is there"));
  auto store = Store::open(directory / "db");
  EXPECT_EQ((*store)->acts().append({hired("eve")}).error().kind, Error::Kind::Refused);
}
TEST_F(TamperedActs, without_its_head) {
  EXPECT_THAT(after([](Database&, Batch& batch) { batch.remove(Family::Acts, std::string(keys::kActHead)); }),
              HasSubstr("which act is the last"));
}
TEST_F(TamperedActs, longer_than_its_head_says) {
  EXPECT_THAT(
      after([](Database& database, Batch& batch) { batch.put(Family::Acts, keys::act(7), value(database, 6)); }),
      HasSubstr("act 6"));
}

TEST(Secrets, are_kept_and_removed_by_name) {
  test::TempDir directory;
  {
    auto store = Store::open(directory / "db");
    auto& secrets = (*store)->secrets();
    ASSERT_TRUE(secrets.put("ada", "one"));
    ASSERT_TRUE(secrets.put("bob", "two"));
    ASSERT_TRUE(secrets.put("ada", "three"));
    ASSERT_TRUE(secrets.remove("bob"));
    ASSERT_TRUE(secrets.remove("nobody"));
  }
  auto store = Store::open(directory / "db");
  std::vector<std::string> found;
  ASSERT_TRUE((*store)->secrets().scan([&](std::string_view name, std::string_view secret) {
    found.push_back(std::string(name) + "=" + std::string(secret));
  }));
  EXPECT_THAT(found, ElementsAre("ada=three"));
  EXPECT_EQ((*store)->acts().last(), 0u);
}

// One that a program before acts has left.
TEST(Acts, find_room_in_a_state_that_was_made_before_them) {
  test::TempDir directory;
  const auto db = directory / "db";
  {
    auto store = Store::open(db);
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->names().intern(NameKind::Person, "ada"));
  }
  test::forget_family(db, "acts");
  ASSERT_TRUE(replace_file(db / "FORMAT", "citygate records 2\n"));
  {
    auto store = Store::open(db);
    ASSERT_TRUE(store) << store.error().context;
    EXPECT_EQ((*store)->names().find(NameKind::Person, "ada"), 1u);
    ASSERT_TRUE((*store)->acts().append({hired("ada")}));
  }
  EXPECT_EQ(*read_file(db / "FORMAT"), "citygate records 3\n");
  auto store = Store::open(db);
  ASSERT_TRUE(store) << store.error().context;
  EXPECT_EQ(verify_acts((*store)->acts())->number, 1u);
}

// A successor of a newer version has added a family, and then did not take over.
TEST(Acts, a_family_of_a_newer_program_is_left_alone) {
  test::TempDir directory;
  const auto db = directory / "db";
  auto store = Store::open(db);
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->acts().append({hired("ada")}));
  (*store)->close();
  test::add_family(db, "visits of the future");
  const auto again = (*store)->reopen();
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(verify_acts((*store)->acts())->number, 1u);
}

}  // namespace
}  // namespace citygate::records
