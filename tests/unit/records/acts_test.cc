// Acts on the disk: their one spelling, the chain that ties them, and a store that gives them back.
#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "records/act_chain.h"
#include "records/act_codec.h"
#include "records/database_store.h"
#include "records/keys.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/failing_database.h"
#include "tests/unit/records/sample_records.h"

namespace citygate::records {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kSalt = "00112233445566778899aabbccddeeff";

Act suspension() {
  return {.number = 41,
          .time = test::kMorning + 250us,
          .kind = ActKind::Suspend,
          .author = "pat.lee",
          .via = "control socket, user root",
          .reason = "order of the chief, \"as agreed\"\n\u2014 pending review",
          .subject = "ada",
          .fields = {{"until", "2026-12-01T00:00:00Z"}, {"from", "2026-11-21T14:00:00Z"}, {"", "\x01\x7f\\"}}};
}

TEST(ActCodec, has_one_spelling) {
  const auto line = encode_act(suspension(), kSalt);
  ASSERT_TRUE(line) << line.error().context;
  EXPECT_EQ(*line,
            "{\"number\":41,\"time\":\"2026-11-21T14:00:00.000250Z\",\"kind\":\"suspend\",\"author\":\"pat.lee\","
            "\"via\":\"control socket, user root\",\"reason\":\"order of the chief, \\\"as agreed\\\"\\n\u2014 pending "
            "review\",\"subject\":\"ada\",\"fields\":{\"\":\"\\u0001\x7f\\\\\",\"from\":\"2026-11-21T14:00:00Z\","
            "\"until\":\"2026-12-01T00:00:00Z\"},\"salt\":\"00112233445566778899aabbccddeeff\"}");
  const auto again = decode_act(*line);
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(*again, suspension());
}

TEST(ActCodec, every_kind_comes_back) {
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastActKind); ++value) {
    Act act;
    act.number = value + 1;
    act.kind = static_cast<ActKind>(value);
    const auto again = decode_act(*encode_act(act, make_act_salt()));
    ASSERT_TRUE(again) << again.error().context;
    EXPECT_EQ(*again, act);
  }
}

TEST(ActCodec, no_other_spelling_is_read) {
  const std::string good = *encode_act(suspension(), kSalt);
  ASSERT_TRUE(decode_act(good));
  const auto with = [&good](std::string_view old, std::string_view now) {
    std::string out = good;
    const auto at = out.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return out.replace(at, old.size(), now);
  };
  const std::string kNumber = "\"number\":41";
  for (const auto& bad : {
           with(kNumber, "\"number\": 41"),
           with(kNumber, "\"number\":41.0"),
           with(kNumber, "\"number\":-41"),
           with(kNumber, "\"number\":0"),
           with(kNumber, "\"number\":\"41\""),
           with(kNumber, "\"number\":null"),
           with(kNumber, "\"number\":[41]"),
           with(kNumber, "\"number\":41,\"number\":41"),
           with(kNumber, "\"numbre\":41"),
           with(kNumber, "\"more\":1,\"number\":41"),
           with(",\"subject\":\"ada\"", ""),
           with("\"ada\"", "\"\\u0061da\""),
           with("\"ada\"", "\"a\\/da\""),
           with("\"ada\"", "\"\xff\""),
           with("\"ada\"", "true"),
           with("\"ada\"", "{}"),
           with(".000250Z", ".00025Z"),
           with(".000250Z", ".000250+00:00"),
           with("T14:00", "T25:00"),
           with("\"suspend\"", "\"forget\""),
           with("\"from\"", "\"zrom\""),
           with("\"from\"", "\"until\""),
           with("ddeeff\"", "DDEEFF\""),
           with("ddeeff\"", "ddee\""),
           with("ddeeff\"}", "ddeeff\"} "),
           with("ddeeff\"}", "ddeeff\"}{}"),
           with("ddeeff\"}", "ddeeff\",\"more\":\"1\"}"),
       }) {
    const auto read = decode_act(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, Error::Kind::Malformed);
    EXPECT_FALSE(read.error().context.empty());
  }
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(decode_act(good.substr(0, length)));
}

TEST(ActCodec, what_cannot_be_spelled_is_named) {
  Act act = suspension();
  act.reason = "\xc3\x28";
  EXPECT_THAT(encode_act(act, kSalt).error().context, HasSubstr("reason"));
  act = suspension();
  act.fields["about"] = "\xff";
  EXPECT_THAT(encode_act(act, kSalt).error().context, HasSubstr("'about'"));
  act = suspension();
  act.reason.assign(kMaxActBytes, 'x');
  EXPECT_EQ(encode_act(act, kSalt).error().kind, Error::Kind::TooLarge);
}

// --- the chain

std::vector<ActLink> chain_of(std::uint64_t count) {
  std::vector<ActLink> out;
  ActHash before{};
  for (std::uint64_t number = 1; number <= count; ++number) {
    Act act = suspension();
    act.number = number;
    ActLink link{.number = number, .line = *encode_act(act, make_act_salt()), .line_hash = {}, .hash = {}};
    link.line_hash = hash_of_act(link.line);
    link.hash = before = next_in_chain(before, link.line_hash);
    out.push_back(std::move(link));
  }
  return out;
}

Result<ActHead> check(const std::vector<ActLink>& links, std::optional<ActHead> head) {
  ChainCheck check;
  for (const auto& link : links) check.take(link);
  return check.finish(head);
}

constexpr std::uint64_t kActs = 12;

TEST(ActChain, is_whole_also_where_lines_are_left_out) {
  auto links = chain_of(kActs);
  const ActHead head{.number = kActs, .hash = links.back().hash};
  EXPECT_EQ(*check(links, head), head);
  EXPECT_EQ(*check({}, ActHead()), ActHead());
  for (auto& link : links) {
    link.line.clear();
    EXPECT_EQ(*check(links, head), head);
  }
}

TEST(ActChain, names_the_first_act_that_was_tampered_with) {
  const auto links = chain_of(kActs);
  const ActHead head{.number = kActs, .hash = links.back().hash};
  const auto told = [&head](const std::vector<ActLink>& now) {
    const auto found = check(now, head);
    EXPECT_FALSE(found);
    return found ? std::string() : found.error().context;
  };
  for (std::uint64_t number = 1; number <= kActs; ++number) {
    const std::size_t at = number - 1;
    const std::string name = "act " + std::to_string(number) + " ";
    auto now = links;
    now[at].line.replace(now[at].line.find("ada"), 3, "bob");
    now[at].line_hash = hash_of_act(now[at].line);
    EXPECT_THAT(told(now), testing::StartsWith(name + "was changed"));
    now = links;
    now[at].hash[7] ^= 1;
    EXPECT_THAT(told(now), testing::StartsWith(name + "was changed"));
    now = links;
    now[at].line.pop_back();
    EXPECT_THAT(told(now), testing::StartsWith(name + "is not as it was kept"));
    now = links;
    now.erase(now.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_THAT(told(now), testing::StartsWith(name + "is missing"));
    now = links;
    now.insert(now.begin() + static_cast<std::ptrdiff_t>(at), links[at]);
    EXPECT_THAT(told(now), testing::StartsWith(name + "is there twice"));
    now = links;
    now.resize(at);
    EXPECT_THAT(told(now), testing::AllOf(HasSubstr(std::to_string(number)), HasSubstr("missing at the end")));
    if (number == kActs) continue;
    now = links;
    std::swap(now[at], now[at + 1]);
    EXPECT_THAT(told(now), testing::StartsWith(name + "is out of order"));
    // In each other's places, under each other's numbers.
    std::swap(now[at].number, now[at + 1].number);
    EXPECT_THAT(told(now), HasSubstr("stands in the place of " + name.substr(0, name.size() - 1)));
  }
}

TEST(ActChain, a_rewritten_tail_is_another_head) {
  const auto links = chain_of(kActs);
  auto other = chain_of(kActs);  // other salts
  EXPECT_TRUE(check(other, std::nullopt));
  EXPECT_THAT(check(other, ActHead{.number = kActs, .hash = links.back().hash}).error().context,
              HasSubstr("act 12 has another hash"));
  EXPECT_THAT(check(other, ActHead{.number = 5, .hash = links[4].hash}).error().context, HasSubstr("act 12"));
}

TEST(ActChain, hashes_are_read_as_they_are_written) {
  const ActHash hash = hash_of_act("abc");  // FIPS 180-4, appendix
  EXPECT_EQ(to_hex(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(parse_act_hash(to_hex(hash)), hash);
  EXPECT_EQ(parse_act_hash(to_hex(hash).substr(1)), std::nullopt);
  EXPECT_EQ(parse_act_hash("BA" + to_hex(hash).substr(2)), std::nullopt);
}

// --- the store

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
  EXPECT_EQ((*store)->acts().append({hired("eve")}).error().kind, Error::Kind::Malformed);
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
