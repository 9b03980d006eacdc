// What a sources file brings: which sources are asked, what is published when, and what a rollback or a slow server does to that.
#include "categories/updater.h"

#include <gmock/gmock.h>

#include "tests/unit/categories/list_server.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using State = UpdateReport::Source::State;

class UpdaterTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    store_->set_clock(clock_);
    updater_ = std::make_unique<Updater>(*store_, clock_, scratch_.path() / "lists" / "staging", "citygate/test");
  }
  // Each of them "name url", of gambling.
  void sources(const std::vector<std::pair<std::string, std::string>>& all) {
    std::string text;
    for (const auto& [name, url] : all)
      text += "[[source]]\nname = \"" + name + "\"\nurl = \"" + url + "\"\ncategory = \"gambling\"\n";
    Problems problems;
    auto file = SourcesFile::read(scratch_.write("sources.toml", text), taxonomy_, problems);
    ASSERT_TRUE(file) << problems.to_string();
    updater_->set_sources(std::make_shared<const SourcesFile>(*std::move(file)));
  }
  UpdateReport update(const UpdateRequest& request) {
    auto done = updater_->update(request, {});
    EXPECT_TRUE(done) << done.error().context;
    return done ? *std::move(done) : UpdateReport{};
  }
  static UpdateRequest by_clock(std::vector<std::string> names) {
    return {.names = std::move(names), .by = UpdateRequest::By::Clock, .change = by_test()};
  }
  static UpdateRequest by_person(std::vector<std::string> names) {
    return {.names = std::move(names), .change = by_test()};
  }
  static std::vector<State> states(const UpdateReport& report) {
    std::vector<State> out;
    for (const auto& one : report.sources) out.push_back(one.state);
    return out;
  }

  DrivenClock clock_{WallTime(std::chrono::seconds(1'796'000'000))};
  std::unique_ptr<Updater> updater_;
};

// The clock had asked before, and gets the bad version after the rollback: it must not put it in force, nor end the hold.
TEST_F(UpdaterTest, ARollbackIsNotUndoneByAnUpdateThatWasFetchingAlready) {
  std::string body = "casino.example\n";
  bool roll_back = false;
  ListServer server([&](const ListRequest&) {
    if (roll_back) {
      const auto back = store_->rollback(GenerationId{}, {.author = "alice", .reason = "too strict"});
      EXPECT_TRUE(back) << back.error().context;
    }
    return ListAnswer::ok(body);
  });
  sources({{"bets", server.url("/bets.txt")}});
  update(by_clock({"bets"}));
  body += "town.example\n";
  update(by_clock({"bets"}));
  EXPECT_EQ(categories(*lists(), "http://town.example/"), "gambling");

  body += "village.example\n";
  roll_back = true;
  const auto report = update(by_clock({"bets"}));
  EXPECT_THAT(states(report), ElementsAre(State::Held));
  EXPECT_FALSE(report.failed());
  EXPECT_EQ(report.publication.outcome, Publication::Outcome::Unchanged);
  EXPECT_EQ(categories(*lists(), "http://town.example/"), "");
  EXPECT_TRUE(store_->waiting()->holds("bets"));
  EXPECT_EQ(store_->history()->back().verb, "rollback");

  roll_back = false;
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::Held));
  EXPECT_THAT(states(update({.names = {}, .change = by_test()})), ElementsAre(State::Held)) << "nobody named it";
  EXPECT_THAT(states(update(by_person({"bets"}))), ElementsAre(State::Read));
  EXPECT_FALSE(store_->waiting()->holds("bets"));
  EXPECT_EQ(categories(*lists(), "http://village.example/"), "gambling");
}

TEST_F(UpdaterTest, AListThatIsAsItWasDoesNotEndAHoldEither) {
  std::string body = "casino.example\n";
  bool roll_back = false;
  ListServer server([&](const ListRequest&) {
    if (roll_back) {
      EXPECT_TRUE(store_->rollback(GenerationId{}, by_test()));
    }
    return ListAnswer::ok(body);
  });
  sources({{"bets", server.url("/bets.txt")}});
  update(by_clock({"bets"}));
  const std::string first = body;
  body += "town.example\n";
  update(by_clock({"bets"}));
  body = first;  // what the rollback puts in force, comes
  roll_back = true;
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::Held));
  EXPECT_TRUE(store_->waiting()->holds("bets"));
}

// Every attempt at a first, large list began anew, though it promised to go on: on a bad line it never came to its end.
TEST_F(UpdaterTest, AFirstDownloadThatBrokeOffGoesOn) {
  const std::string body = "casino.example\nbets.example\n";
  ListServer server([&](const ListRequest& request) {
    if (!request.field("Range").empty())
      return ListAnswer{
          "HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Length: 8\r\n"
          "Content-Range: bytes 20-27/28\r\n",
          body.substr(20)};
    ListAnswer out = ListAnswer::ok(body, "ETag: \"v1\"\r\n");
    out.body.resize(20);
    return out;
  });
  ASSERT_EQ(body.size(), 28U);
  sources({{"bets", server.url("/bets.txt")}});
  const auto broken = update(by_clock({"bets"}));
  ASSERT_TRUE(broken.failed());
  EXPECT_THAT(broken.sources[0].error, HasSubstr("20 bytes are here and the next attempt goes on"));
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::Read));
  EXPECT_EQ(server.take_requests().at(1).field("Range"), "bytes=20-");
  EXPECT_EQ(categories(*lists(), "http://bets.example/"), "gambling");
}

}  // namespace
}  // namespace citygate::categories
