// Who may see what a named person did, and that each look leaves an act, or is none.
#include "console/record_access.h"

#include <gmock/gmock.h>

#include "console/commands.h"
#include "tests/unit/console/recorded_output.h"
#include "tests/unit/policy/support.h"

namespace citygate::console {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPeople = R"(
[[department]]
name = "clerk"
head = "rosa"
[[department]]
name = "police"
[[person]]
name = "max"
department = "clerk"
roles = ["city-manager"]
[[person]]
name = "rosa"
department = "clerk"
supervisor = "max"
[[person]]
name = "carl"
department = "clerk"
supervisor = "rosa"
[[person]]
name = "dan"
department = "clerk"
[[person]]
name = "sam"
department = "police"
roles = ["it-director"]
[[device]]
name = "kiosk"
department = "clerk"
addresses = ["10.0.0.9"]
)";
constexpr std::string_view kCity = "[city]\nname = \"Springfield\"\ntime_zone = \"America/Chicago\"\n";

template <class T>
std::shared_ptr<const T> borrowed(const T& value) {
  return {std::shared_ptr<void>(), &value};
}

class CityOperator final : public FakeOperator {
 public:
  explicit CityOperator(std::string_view policy) : city(kPeople) {
    if (!city.load(std::string(kCity) + std::string(policy))) ADD_FAILURE() << city.problems().to_string();
    snapshots.people = borrowed(city.people());
    snapshots.rules = borrowed(city.rules());
    snapshots.grants = borrowed(city.grants());
    standing = std::make_shared<policy::StandingTable>();
    snapshots.standing = standing;
    driven.set(*parse_time("2026-11-20T18:00:00Z", city.rules().zone()));
  }
  NameSource& names() override { return city.names(); }
  PersonId id(std::string_view name) const { return city.people().by_name(name)->id; }
  // By which right, or why not.
  std::string look(std::string_view by, std::string_view whom) {
    const auto right = may_view(snapshots, city.names(), by, id(whom), driven.now());
    return right ? *right : right.error().context;
  }
  void grant(std::string_view to, std::string_view about, WallTime start, WallTime end) {
    policy::Grant one;
    one.id = {1};
    one.name = "record-access/7";
    one.kind = policy::GrantKind::RecordAccess;
    one.subjects = {id(to)};
    one.about = id(about);
    one.start = start;
    one.end = end;
    snapshots.grants = std::make_shared<policy::GrantBook>(std::vector<policy::Grant>{one});
  }

  policy::City city;
  std::shared_ptr<policy::StandingTable> standing;
  RecordedOutput output;
};

TEST(RecordAccess, OpenWhereThePolicyDoesNotSay) {
  CityOperator op("");
  EXPECT_EQ(op.look("", "carl"), "open");
  EXPECT_FALSE(shows_nobody(op.snapshots, std::nullopt));
}

TEST(RecordAccess, LineIsWhoStandsAboveAndTheHead) {
  CityOperator op("[records]\npersons = \"line\"\nclause = \"S1(b)\"\n");
  EXPECT_EQ(op.look("rosa", "carl"), "supervisor");
  EXPECT_EQ(op.look("max", "carl"), "supervisor");
  EXPECT_EQ(op.look("rosa", "dan"), "head of clerk");
  EXPECT_THAT(op.look("carl", "rosa"), HasSubstr("carl may not see what rosa did"));
  EXPECT_THAT(op.look("sam", "carl"), HasSubstr("S1(b)"));
  EXPECT_THAT(op.look("", "carl"), HasSubstr("--by NAME"));
  EXPECT_THAT(op.look("nobody", "carl"), HasSubstr("no such person"));
  EXPECT_THAT(op.look("kiosk", "carl"), HasSubstr("no such person"));
  EXPECT_TRUE(shows_nobody(op.snapshots, std::nullopt));
  EXPECT_FALSE(shows_nobody(op.snapshots, op.id("carl")));
}

TEST(RecordAccess, DesignatedAreTheRolesAloneHoweverHighInTheLine) {
  CityOperator op("[records]\npersons = \"designated\"\ndesignated = [\"it-director\"]\n");
  EXPECT_EQ(op.look("sam", "carl"), "it-director");
  EXPECT_THAT(op.look("max", "carl"), HasSubstr("only these may: it-director"));
}

TEST(RecordAccess, GrantIsForItsPersonAndItsTerm) {
  CityOperator op("[records]\npersons = \"grant\"\n");
  const WallTime now = op.driven.now();
  EXPECT_THAT(op.look("max", "carl"), HasSubstr("record-access grant"));
  op.grant("sam", "carl", now, now + std::chrono::hours(1));
  EXPECT_EQ(op.look("sam", "carl"), "record-access/7");
  EXPECT_THAT(op.look("sam", "dan"), HasSubstr("may not"));
  EXPECT_THAT(op.look("max", "carl"), HasSubstr("may not"));
  op.driven.set(now + std::chrono::hours(1));
  EXPECT_THAT(op.look("sam", "carl"), HasSubstr("may not"));
  op.driven.set(now - std::chrono::microseconds(1));
  EXPECT_THAT(op.look("sam", "carl"), HasSubstr("may not"));
}

TEST(RecordAccess, AGrantIsARightBesideTheLineAndTheRoles) {
  for (const std::string who : {"\"line\"", "\"designated\"\ndesignated = [\"it-director\"]"}) {
    CityOperator op("[records]\npersons = " + who + "\n");
    const WallTime now = op.driven.now();
    EXPECT_THAT(op.look("carl", "rosa"), HasSubstr("and who has a record-access grant"));
    op.grant("carl", "rosa", now, now + std::chrono::hours(1));
    EXPECT_EQ(op.look("carl", "rosa"), "record-access/7") << who;
    EXPECT_THAT(op.look("carl", "max"), HasSubstr("may not")) << who;
  }
}

TEST(RecordAccess, SecondAgreementComesFirstAndIsRenewed) {
  CityOperator op(
      "[records]\npersons = \"line\"\n[acknowledgement]\ntitle = \"Use\"\ntext = \"Work first.\"\n"
      "[acknowledgement.access]\ntitle = \"Confidence\"\ntext = \"What I see stays here.\"\nclause = \"S4(3.1)\"\n");
  EXPECT_THAT(op.look("rosa", "carl"), testing::AllOf(HasSubstr("'Confidence' (S4(3.1))"), HasSubstr("rosa")));
  policy::Standing agreed;
  agreed.access_agreement = op.city.rules().access_agreement()->version;
  agreed.access_agreed_at = op.driven.now();
  op.standing->set(op.id("rosa"), agreed);
  EXPECT_EQ(op.look("rosa", "carl"), "supervisor");
  op.driven.set(op.driven.now() + op.city.rules().access_agreement()->renew);
  EXPECT_THAT(op.look("rosa", "carl"), HasSubstr("Confidence"));
}

TEST(RecordAccess, WhoseAccessWasEndedSeesNothing) {
  CityOperator op("[records]\npersons = \"line\"\n");
  policy::Standing barred;
  barred.barred = Reason::Suspended;
  barred.barred_from = op.driven.now();
  op.standing->set(op.id("rosa"), barred);
  EXPECT_THAT(op.look("rosa", "carl"), HasSubstr("ended by an order"));
}

TEST(RecordAccess, EachAllowedLookLeavesAnActAndOthersNone) {
  CityOperator op("[records]\npersons = \"line\"\n");
  const Look look{.what = "records search", .person = op.id("carl"), .from = op.driven.now()};
  EXPECT_FALSE(look_at(op, {{"by", "sam"}}, op.output, look));
  EXPECT_FALSE(look_at(op, {}, op.output, look));
  EXPECT_TRUE(look_at(op, {}, op.output, {.what = "explain", .person = op.id("kiosk")}));
  EXPECT_EQ(op.memory_acts.last(), 0U);
  ASSERT_TRUE(look_at(op, {{"by", "rosa"}, {"reason", "case 12"}}, op.output, look));
  ASSERT_EQ(op.memory_acts.last(), 1U);
  ASSERT_TRUE(op.memory_acts.scan(1, [](const Act& act) {
    EXPECT_EQ(act.kind, ActKind::View);
    EXPECT_EQ(act.author, "rosa");
    EXPECT_EQ(act.subject, "carl");
    EXPECT_EQ(act.reason, "case 12");
    EXPECT_EQ(act.field("what"), "records search");
    EXPECT_EQ(act.field("right"), "supervisor");
    EXPECT_EQ(act.field("from"), "2026-11-20T18:00:00.000000Z");
    return true;
  }));
}

// Through the commands themselves: each of them tells what carl did.
class RecordAccessCommand : public testing::TestWithParam<std::pair<std::string, Arguments>> {};

TEST_P(RecordAccessCommand, IsRefusedToWhomThePolicyDoesNotName) {
  CityOperator op("[records]\npersons = \"line\"\n");
  Request request{.command = GetParam().first, .args = GetParam().second};
  request.args["by"] = "sam";
  EXPECT_EQ(run_command(op, request, op.output), kFailed);
  EXPECT_THAT(op.output.errors, testing::ElementsAre(HasSubstr("sam may not see what carl did")));
  EXPECT_EQ(op.memory_acts.last(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, RecordAccessCommand,
                         testing::Values(std::pair("records search", Arguments{{"user", "carl"}}),
                                         std::pair("access show", Arguments{{"name", "carl"}})));

TEST(RecordAccess, RowsOfNobodyHaveNeitherPersonNorAddressNorGrant) {
  Record record;
  record.person = {7};
  record.client = IpAddress::v4(0x0a000001);
  record.grant = {12};  // suspend/12
  record.status = 200;
  const Record shown = without_person(record);
  EXPECT_FALSE(shown.grant);
  EXPECT_FALSE(shown.person);
  EXPECT_EQ(shown.client, IpAddress());
  EXPECT_EQ(shown.status, 200);
}

}  // namespace
}  // namespace citygate::console
