#include "records/store.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "records/database_store.h"
#include "records/recorder.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/failing_database.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

using testing::HasSubstr;

TEST(Store, names_keep_their_numbers) {
  test::TempDir directory;
  {
    auto store = Store::open(directory / "db");
    ASSERT_TRUE(store) << store.error().context;
    auto& names = (*store)->names();
    EXPECT_EQ(*names.intern(NameKind::Person, "ada"), 1u);
    EXPECT_EQ(*names.intern(NameKind::Person, "bob"), 2u);
    EXPECT_EQ(*names.intern(NameKind::Person, "ada"), 1u);
    EXPECT_EQ(*names.intern(NameKind::Category, "news"), 1u);
  }
  auto store = Store::open(directory / "db");
  ASSERT_TRUE(store) << store.error().context;
  auto& names = (*store)->names();
  EXPECT_EQ(names.find(NameKind::Person, "bob"), 2u);
  EXPECT_EQ(names.name(NameKind::Category, 1), "news");
  EXPECT_EQ(names.name(NameKind::Person, 3), "");
  EXPECT_EQ(names.find(NameKind::Quota, "bob"), std::nullopt);
  EXPECT_EQ(*names.intern(NameKind::Person, "cyd"), 3u);
  for (int i = 2; i < 256; ++i) ASSERT_TRUE(names.intern(NameKind::Category, "c" + std::to_string(i)));
  EXPECT_EQ(names.intern(NameKind::Category, "one more").error().kind, Error::Kind::TooLarge);
}

TEST(Store, many_names_are_kept_together_or_none_of_them) {
  test::TempDir directory;
  {
    auto store = Store::open(directory / "db");
    ASSERT_TRUE(store) << store.error().context;
    auto& names = (*store)->names();
    ASSERT_EQ(*names.intern(NameKind::Person, "bob"), 1u);
    const std::vector<std::string_view> people{"ada", "bob", "cyd", "ada"};
    EXPECT_EQ(*names.intern_all(NameKind::Person, people), (std::vector<std::uint32_t>{2, 1, 3, 2}));
    EXPECT_EQ(*names.intern_all(NameKind::Person, {}), std::vector<std::uint32_t>{});
    std::vector<std::string> words;
    for (int i = 1; i <= 256; ++i) words.push_back("c" + std::to_string(i));
    const std::vector<std::string_view> categories(words.begin(), words.end());
    EXPECT_EQ(names.intern_all(NameKind::Category, categories).error().kind, Error::Kind::TooLarge);
    EXPECT_EQ(names.find(NameKind::Category, "c1"), std::nullopt);
  }
  auto store = Store::open(directory / "db");
  ASSERT_TRUE(store) << store.error().context;
  auto& names = (*store)->names();
  EXPECT_EQ(names.find(NameKind::Person, "cyd"), 3u);
  EXPECT_EQ(*names.intern(NameKind::Person, "dee"), 4u);
  EXPECT_EQ(*names.intern(NameKind::Category, "c256"), 1u);
}

TEST(Store, a_newer_format_is_refused_by_name_and_left_untouched) {
  test::TempDir directory;
  const auto db = directory / "db";
  ASSERT_TRUE(Store::open(db));
  ASSERT_TRUE(replace_file(db / "FORMAT", "citygate records 4\n"));
  const auto files = [&] {
    std::map<std::string, std::filesystem::file_time_type> out;
    for (const auto& each : std::filesystem::directory_iterator(db))
      out[each.path().filename()] = each.last_write_time();
    return out;
  };
  const auto before = files();
  auto refused = Store::open(db);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Error::Kind::Refused);
  EXPECT_THAT(refused.error().context, testing::AllOf(HasSubstr(db.string()), HasSubstr("format 4")));
  EXPECT_EQ(files(), before);

  ASSERT_TRUE(replace_file(db / "FORMAT", "citygate records 1\n"));
  EXPECT_EQ(Store::open(db).error().kind, Error::Kind::Refused);
  ASSERT_TRUE(replace_file(db / "FORMAT", "something else\n"));
  EXPECT_EQ(Store::open(db).error().kind, Error::Kind::Malformed);
  std::filesystem::remove(db / "FORMAT");
  EXPECT_THAT(Store::open(db).error().context, HasSubstr("FORMAT"));
}

TEST(Store, a_second_holder_is_told_why_not) {
  test::TempDir directory;
  auto first = Store::open(directory / "db");
  ASSERT_TRUE(first);
  auto second = Store::open(directory / "db");
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().context, HasSubstr("another process"));
}

TEST(RecordIds, are_sixteen_hex_digits) {
  const RecordId id{0x0001020000000abcu};
  EXPECT_EQ(to_string(id), "0001020000000abc");
  EXPECT_EQ(parse_record_id(to_string(id)), id);
  EXPECT_EQ(parse_record_id("abc"), std::nullopt);
  EXPECT_EQ(parse_record_id("0001020000000abg"), std::nullopt);
  EXPECT_EQ(parse_record_id("-001020000000abc"), std::nullopt);
}

TEST(Recorder, failed_batches_are_written_later_and_once) {
  using Failure = test::FailingDatabase::Failure;
  test::TempDir directory;
  std::atomic<Failure> failure = Failure::None;
  auto database = Database::open(directory / "db");
  ASSERT_TRUE(database);
  auto store = DatabaseStore::create(std::make_unique<test::FailingDatabase>(std::move(*database), failure));
  ASSERT_TRUE(store);
  const Zone zone = *Zone::open("America/Chicago");
  DrivenClock clock(test::kMorning);
  meter::UsageBoard board{meter::VisitRules{}};
  RecordsConfig config;
  config.spool_bytes = 1 << 20;
  auto recorder = Recorder::open(directory / "spool", config, 1, **store, board, zone, clock);
  ASSERT_TRUE(recorder);
  int i = 0;
  for (const Failure kind : {Failure::BeforeWrite, Failure::AfterWrite, Failure::Reading}) {
    // Another person each time, so that there is something to read.
    Record record = test::page(10 * i);
    record.person = {static_cast<std::uint32_t>(++i) * 5000};
    failure = kind;
    ASSERT_TRUE((*recorder)->ring(0).append(record));
    EXPECT_FALSE((*recorder)->flush());
    EXPECT_FALSE((*recorder)->flush());
    EXPECT_TRUE((*recorder)->status().trouble);
    failure = Failure::None;
    ASSERT_TRUE((*recorder)->flush());
    EXPECT_FALSE((*recorder)->status().trouble);
  }
  clock.set(test::at(1000));
  ASSERT_TRUE((*recorder)->flush());
  int records = 0, people = 0;
  ASSERT_TRUE((*store)->scan({}, [&](const Record&) { return ++records != 0; }));
  EXPECT_EQ(records, 3);
  const std::int32_t day = zone.at(clock.now()).day;
  ASSERT_TRUE((*store)->rollups({1}, day, day, [&](const Rollup& row) {
    ++people;
    EXPECT_EQ(row.requests, 1u);
    EXPECT_EQ(row.to_client_bytes, 1000u);
    EXPECT_EQ(row.attended_document, std::chrono::seconds(60));
  }));
  EXPECT_EQ(people, 3);
  EXPECT_TRUE((*recorder)->stop());
}

}  // namespace
}  // namespace citygate::records
