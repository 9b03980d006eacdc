#include "console/lists_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "console/lists_json.h"

namespace citygate::console {
namespace {

using namespace categories;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using State = UpdateReport::Source::State;

constexpr const char* kUrl = "http://lists.example/ut1.tar.gz";

std::string standing_of(FetchState past) {
  return standing_lines({{.name = "ut1", .where = kUrl, .past = std::move(past)}}).at(1);
}

TEST(ListsText, ASourceIsGoodOnceItHasSucceeded) {
  FetchState past;
  EXPECT_THAT(standing_of(past), HasSubstr("never       -"));
  past.last_attempt = WallTime(std::chrono::hours(1));
  EXPECT_THAT(standing_of(past), HasSubstr("not fetched yet")) << "it was cancelled";
  past.last_success = past.last_attempt;
  EXPECT_THAT(standing_of(past), HasSubstr("good"));
  past.failures = 2;
  EXPECT_THAT(standing_of(past), HasSubstr("failed 2 times"));
}

TEST(ListsText, AnErrorNamesItsSourceOnceAndWhereItComesFrom) {
  EXPECT_EQ(error_of("ut1", kUrl, "source 'ut1': /state/lists/staging/ut1/whole/ut1.tar.gz: cannot be unpacked"),
            "http://lists.example/ut1.tar.gz: cannot be unpacked");
  EXPECT_EQ(error_of("ut1", kUrl, "read '/a b/lists/staging/ut1/whole/x': short; /s/staging/ut1/whole/x/y"),
            "read '/a http://lists.example/ut1.tar.gz': short; http://lists.example/ut1.tar.gz/y");
  EXPECT_EQ(error_of("ut1", "", "/s/staging/ut1/whole/x: short"), "/s/staging/ut1/whole/x: short");
  EXPECT_EQ(error_of("ut1", kUrl, "domains:3: no name"), "domains:3: no name");
  FetchState past;
  past.last_attempt = WallTime{};
  past.failures = 1;
  past.last_error = "/s/lists/staging/ut1/whole/ut1.tar.gz: is empty";
  EXPECT_EQ(standing_lines({{.name = "ut1", .where = kUrl, .past = past}}).back(),
            "  ut1: " + std::string(kUrl) + ": is empty");
}

TEST(ListsText, AFailureSaysWhetherALastVersionStays) {
  UpdateReport::Source source{
      .name = "ut1", .state = State::Failed, .error = "source 'ut1': gone", .notes = {}, .summary = {}};
  EXPECT_THAT(update_lines(source, {.where = kUrl, .in_force = true}),
              ElementsAre("source      ut1: FAILED, its last version stays: gone"));
  EXPECT_THAT(update_lines(source, {.where = kUrl}),
              ElementsAre("source      ut1: FAILED, nothing of it is in force: gone"));
}

TEST(ListsText, WhatWasLeftWaitingIsTold) {
  const Waiting::Version version{
      .name = "ut1", .id = "1", .version = "2026-11-30 68d6b3ef", .since = "then", .why = {"a loss"}};
  const UpdateReport::Source source{.name = "ut1", .error = "", .notes = {}, .summary = {}};
  EXPECT_THAT(
      update_lines(source, {.where = kUrl, .in_force = true, .waits = &version}),
      ElementsAre("source      ut1: not modified",
                  "            its version 2026-11-30 68d6b3ef waits for a person, since then:", "            a loss"));
  EXPECT_THAT(update_json(source, {.where = kUrl, .in_force = true, .waits = &version}),
              HasSubstr(R"("waits":{"name":"ut1","version":"2026-11-30 68d6b3ef","since":"then","why":["a loss"]})"));
  EXPECT_EQ(drop_line({version}, GenerationId{1}),
            "dropped ut1 (2026-11-30 68d6b3ef); generation 0000000000000001 stays in force");
}

Publication waiting(std::vector<std::string> names, std::vector<Finding> findings) {
  Publication out;
  out.outcome = Publication::Outcome::Waiting;
  for (const auto& name : names)
    out.changes.push_back(
        {.source = name, .from_version = "1", .to_version = "2", .categories = {}, .not_compared = {}});
  out.findings = std::move(findings);
  out.waiting = std::move(names);
  return out;
}

constexpr auto kLoss = Finding::Kind::Loss, kAllow = Finding::Kind::MustAllow, kBlock = Finding::Kind::MustBlock;

TEST(ListsText, PublishingIsAdvisedWhereItWouldHelp) {
  EXPECT_THAT(publication_lines(waiting({"a"}, {{kLoss, "a", "less"}})),
              Contains(HasSubstr("`citygate lists publish` puts it in force,")));
  for (const auto& finding : {Finding{kAllow, "a", "no"}, Finding{kBlock, "", "no"}}) {
    const auto said = publication_lines(waiting({"a"}, {finding}));
    EXPECT_THAT(said, Contains("STOPPED: no"));
    EXPECT_THAT(said, Each(Not(HasSubstr("puts it in force"))));
    EXPECT_THAT(said, Contains(HasSubstr("nobody can confirm what is STOPPED")));
  }
  const auto both = publication_lines(waiting({"a", "b"}, {{kLoss, "a", "less"}, {kAllow, "b", "no"}}));
  EXPECT_THAT(both, Contains(HasSubstr("`citygate lists publish --source a` puts it in force,")));
  EXPECT_THAT(both, Contains(HasSubstr("then `citygate lists publish --source b`")));
}

TEST(ListsText, ExpressionsThatAreNotCompiledAreCountedAndTheFirstAreNamed) {
  Publication published;
  published.outcome = Publication::Outcome::InForce;
  published.refused_count = 1'200;
  for (int i = 0; i < 7; ++i)
    published.refused.push_back("ads list:" + std::to_string(i) + ": (x: is no regular expression");
  published.too_large = {{"huge", "all lists together may hold less"}};
  const auto said = publication_lines(published);
  EXPECT_THAT(said,
              Contains("refused     1,200 expressions that cannot be compiled; `lists status --patterns` names them:"));
  EXPECT_THAT(said, Contains("            ads list:4: (x: is no regular expression"));
  EXPECT_THAT(said, Not(Contains(HasSubstr("ads list:5"))));
  EXPECT_THAT(said, Contains("STOPPED: source 'huge' is left out: all lists together may hold less"));
}

TEST(ListsText, AnExpressionThatCouldNotBeDecidedIsToldAsSuch) {
  Lists::Reason reason;
  reason.text = {.list = "ads", .version = "1", .file = "list", .line = 7, .text = "(a+)+z"};
  EXPECT_EQ(reason_line("ads", reason), "  ads: ads 1, list:7: (a+)+z");
  reason.undecided = true;
  EXPECT_EQ(reason_line("ads", reason),
            "  ads: ads 1, list:7: (a+)+z (takes too long to tell on this URL, and so counts as a match)");
}

TEST(ListsText, WhatStandsAlreadyStopsNobody) {
  const Finding standing{.kind = kAllow, .source = "a", .text = "no", .standing = true};
  EXPECT_THAT(publication_lines(waiting({"a"}, {standing, {kLoss, "a", "less"}})),
              AllOf(Contains("as before: no"), Contains(HasSubstr("`citygate lists publish` puts it in force,")),
                    Each(Not(HasSubstr("nobody can confirm")))));
}

TEST(ListsText, OneIsNotSaidAsMany) {
  ImportSummary summary;
  summary.files = summary.duplicates = 1;
  summary.lines = 3;
  summary.entries = 2;
  EXPECT_THAT(import_lines(summary), Contains("read        1 file, 3 lines, 2 entries, 1 duplicate"));
}

TEST(ListsText, ARemovalThatIsStoppedLeavesNothingToPublish) {
  auto removal = waiting({"a"}, {{kBlock, "", "no"}});
  removal.changes[0].to_version.clear();
  removal.waiting.clear();
  // Partly: the image was compiled anew beside it.
  for (const auto outcome : {Publication::Outcome::Stopped, Publication::Outcome::Partly}) {
    removal.outcome = outcome;
    const auto said = publication_lines(removal);
    EXPECT_THAT(said, Contains("not removed: a; put right what is STOPPED, then remove it again"));
    EXPECT_THAT(said, Each(Not(HasSubstr("lists publish"))));
  }
}

// It was gone, the command said so, and the next update brought it back without a word.
TEST(ListsText, ARemovedSourceThatTheSourcesFileHasComesBackAndThatIsSaid) {
  Source source;
  source.name = "bets";
  Publication publication;
  publication.outcome = Publication::Outcome::InForce;
  const auto lines = removed_lines("bets", &source, publication);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "warning: the sources file still has source 'bets', and its next update brings it back");
  EXPECT_THAT(lines[1], HasSubstr("take [[source]] 'bets' out of that file or set `enabled = false`"));
  EXPECT_THAT(removed_lines("bets", nullptr, publication), testing::IsEmpty()) << "imported by hand";
  EXPECT_THAT(removed_lines("starter", nullptr, publication), ElementsAre(HasSubstr("lists.starter")));
  source.enabled = false;
  EXPECT_THAT(removed_lines("bets", &source, publication), testing::IsEmpty()) << "nothing brings it back";
  source.enabled = true;
  publication.outcome = Publication::Outcome::Waiting;
  EXPECT_THAT(removed_lines("bets", &source, publication), testing::IsEmpty()) << "it is there still";
}

TEST(ListsText, ASourceThatIsBeingUpdatedSaysByWhom) {
  Updater::Standing one;
  one.name = "bets";
  one.where = "https://lists.example/bets.txt";
  one.updating = "begun by alice at 2026-11-30T00:53:20Z";
  const auto lines = standing_lines({one});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], HasSubstr("updating, begun by alice at 2026-11-30T00:53:20Z"));
}

}  // namespace
}  // namespace citygate::console
