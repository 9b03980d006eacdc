// What a sources file brings: which sources are asked, what is published when, and what a rollback or a slow server does to that.
#include "categories/updater.h"

#include <gmock/gmock.h>

#include <future>

#include "tests/unit/categories/list_server.h"
#include "tests/unit/categories/slow_server.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using State = UpdateReport::Source::State;

class UpdaterTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    open_anew();
  }
  // As another process does.
  void open_anew() {
    updater_.reset();
    reopen();
    store_->set_clock(clock_);
    updater_ = std::make_unique<Updater>(*store_, clock_, scratch_.path() / "lists" / "staging", "citygate/test",
                                         /*patience=*/0ms);
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
  // A server that has `body` under `tag`, as both are when it is asked.
  static auto versions(const std::string& body, const std::string& tag) {
    return [&body, &tag](const ListRequest& request) {
      if (request.field("If-None-Match") == tag) return ListAnswer::status("304 Not Modified");
      return ListAnswer::ok(body, "ETag: " + tag + "\r\n");
    };
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

TEST_F(UpdaterTest, ASlowServerKeepsNobodyFromWhatTheOthersBrought) {
  SlowServer slow;
  ListServer quick([&](const ListRequest& request) { return ListAnswer::ok(request.path.substr(1) + ".example\n"); });
  sources({{"slow", slow.url()}, {"b", quick.url("/b")}, {"a", quick.url("/a")}});
  UpdateRequest request = by_clock({"slow", "b", "a"});
  int rounds = 0;
  std::vector<std::string> told;
  request.round = [&](const UpdateReport& round) {
    ++rounds;
    for (const auto& one : round.sources) told.push_back(one.name);
    EXPECT_TRUE(round.published());
    if (categories(*lists(), "http://a.example/") == "gambling" &&
        categories(*lists(), "http://b.example/") == "gambling")
      slow.let_go();
  };
  const auto report = update(request);
  EXPECT_GE(rounds, 2);
  EXPECT_EQ(told.back(), "slow");
  EXPECT_THAT(told, ::testing::UnorderedElementsAre("a", "b", "slow")) << "each once";
  EXPECT_THAT(states(report), ElementsAre(State::Read, State::Read, State::Read));
  EXPECT_EQ(report.sources[0].name, "slow") << "as the request names them";
  EXPECT_EQ(report.publication.outcome, Publication::Outcome::InForce);
  std::vector<std::string> changed;
  for (const auto& change : report.publication.changes) changed.push_back(change.source);
  EXPECT_THAT(changed, ElementsAre("a", "b", "slow"));
  EXPECT_EQ(report.publication.generation, lists()->id());
  for (const std::string name : {"slow", "a", "b"})
    EXPECT_EQ(categories(*lists(), "http://" + name + ".example/"), "gambling");
}

TEST_F(UpdaterTest, APersonUpdatesAnotherSourceWhileOneIsSlow) {
  SlowServer slow;
  ListServer quick([](const ListRequest&) { return ListAnswer::ok("quick.example\n"); });
  sources({{"slow", slow.url()}, {"quick", quick.url("/quick.txt")}});
  auto clock = std::async(std::launch::async, [&] { return update(by_clock({"slow"})); });
  slow.wait_until_asked();
  EXPECT_THAT(states(update(by_person({"quick"}))), ElementsAre(State::Read));
  EXPECT_EQ(categories(*lists(), "http://quick.example/"), "gambling");

  const auto twice = updater_->update(by_person({"slow"}), {});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, Error::Kind::Refused);
  EXPECT_EQ(twice.error().context,
            "another update is running of slow (begun by the clock at 2026-11-30T00:53:20Z); update after its end");
  const auto both = update(by_person({"slow", "quick"}));
  EXPECT_THAT(states(both), ElementsAre(State::Failed, State::NotModified));
  EXPECT_EQ(both.sources[0].error,
            "source 'slow': another update of it is running, begun by the clock at 2026-11-30T00:53:20Z; update after "
            "its end");

  slow.let_go();
  EXPECT_THAT(states(clock.get()), ElementsAre(State::Read));
  EXPECT_EQ(categories(*lists(), "http://slow.example/"), "gambling");
}

TEST_F(UpdaterTest, ACancelledUpdateLetsGoOfItsSources) {
  SlowServer slow;
  sources({{"slow", slow.url()}});
  UpdateRequest request = by_person({"slow"});
  request.cancelled = [] { return true; };
  const auto cancelled = updater_->update(request, {});
  ASSERT_FALSE(cancelled);
  EXPECT_THAT(cancelled.error().context, HasSubstr("was cancelled"));
  slow.let_go();
  EXPECT_TRUE(store_->history()->empty());
}

// What failed or is as it was is told too, in the one round that there is.
TEST_F(UpdaterTest, WhatBringsNothingIsToldOnceAsWell) {
  ListServer server([](const ListRequest& request) {
    return request.path == "/gone" ? ListAnswer::status("404 Not Found") : ListAnswer::ok("casino.example\n");
  });
  sources({{"gone", server.url("/gone")}, {"bets", server.url("/bets")}});
  UpdateRequest request = by_clock({"gone", "bets"});
  std::vector<State> told;
  request.round = [&](const UpdateReport& round) {
    for (const auto& state : states(round)) told.push_back(state);
  };
  update(request);
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(State::Failed, State::Read));
  told.clear();
  EXPECT_EQ(update(request).publication.outcome, Publication::Outcome::Unchanged);
  EXPECT_THAT(told, ElementsAre(State::Failed, State::NotModified));
}

// Two at once would each have written into one staging directory.
TEST_F(UpdaterTest, ASourceThatIsNamedTwiceIsAskedOnce) {
  ListServer server([](const ListRequest&) { return ListAnswer::ok("casino.example\n"); });
  sources({{"bets", server.url("/bets.txt")}});
  EXPECT_THAT(states(update(by_person({"bets", "bets"}))), ElementsAre(State::Read));
  EXPECT_EQ(server.take_requests().size(), 1U);
}

// More sources than threads, and a list of them that one can read.
TEST_F(UpdaterTest, SourcesAreAskedInTheOrderOfTheFile) {
  ListServer server([](const ListRequest& request) { return ListAnswer::ok(request.path.substr(1) + ".example\n"); });
  std::vector<std::pair<std::string, std::string>> all;
  std::vector<std::string> expected, lines;
  for (const std::string name : {"i", "h", "g", "f", "e", "d", "c", "b", "a"}) {
    all.emplace_back(name, server.url("/" + name));
    expected.push_back("asking for " + all.back().second);
  }
  sources(all);
  const auto done = updater_->update({.names = {}, .change = by_test()}, [&](std::string_view line) {
    if (line.starts_with("asking")) lines.emplace_back(line);
  });
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(lines, expected);
  for (const auto& [name, url] : all) EXPECT_EQ(categories(*lists(), "http://" + name + ".example/"), "gambling");
}

// A mirror script begins once the directory was looked at: half of a list must not pass for the whole of it from then on.
TEST_F(UpdaterTest, ADirectoryThatChangesBeforeItIsReadIsNotKept) {
  scratch_.write("mirror/gambling/domains", "casino.example\n");
  scratch_.write("mirror/games/domains", "chess.example\ngo.example\n");
  const auto text =
      "[[source]]\nname = \"ut1\"\npath = \"" + (scratch_.path() / "mirror").string() + "\"\nformat = \"domains\"\n";
  Problems problems;
  auto read = SourcesFile::read(scratch_.write("sources.toml", text), taxonomy_, problems);
  ASSERT_TRUE(read) << problems.to_string();
  const Source source = read->sources.at(0);
  updater_->set_sources(std::make_shared<const SourcesFile>(*std::move(read)));
  const auto state = [&] { return fetch_state_of(source, scratch_.path() / "lists" / "staging"); };

  bool written = false;
  UpdateRequest request = by_clock({"ut1"});
  request.cancelled = [&] {
    if (!written && !state().fetched.sha256.empty()) {  // hashed, and not read yet
      scratch_.write("mirror/games/domains", "chess.example\n");
      written = true;
    }
    return false;
  };
  const auto half = update(request);
  ASSERT_TRUE(written);
  ASSERT_THAT(states(half), ElementsAre(State::Failed));
  EXPECT_THAT(half.sources[0].error, HasSubstr("was changed while it was read"));
  EXPECT_EQ(half.publication.outcome, Publication::Outcome::Unchanged);
  EXPECT_EQ(state().failures, 1);
  EXPECT_TRUE(state().accepted.sha256.empty());

  scratch_.write("mirror/games/domains", "chess.example\ngo.example\n");
  EXPECT_THAT(states(update(by_clock({"ut1"}))), ElementsAre(State::Read));
  EXPECT_EQ(categories(*lists(), "http://go.example/"), "games");
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

// With nothing of the source in force it was downloaded again and waited again, at each update by the clock.
TEST_F(UpdaterTest, AFirstVersionThatWasDroppedComesBackWhenItIsNamedOrAnother) {
  std::string body = "casino.example\nopen.example\n", tag = "\"v1\"";
  ListServer server(versions(body, tag));
  sources({{"bets", server.url("/bets.txt")}});
  GuardRules rules;
  rules.must_allow = {"open.example"};
  store_->set_guards(rules);
  const auto by_nobody = [&] { return update({.names = {}, .change = by_test()}); };
  EXPECT_EQ(update(by_clock({"bets"})).publication.waiting, std::vector<std::string>{"bets"});
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::NotModified)) << "it waits already";
  ASSERT_TRUE(store_->waiting()->find("bets"));

  ASSERT_TRUE(store_->drop_waiting({}));
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::NotModified));
  open_anew();
  sources({{"bets", server.url("/bets.txt")}});
  store_->set_guards(rules);
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::NotModified)) << "of another process";
  EXPECT_THAT(states(by_nobody()), ElementsAre(State::NotModified));
  EXPECT_TRUE(store_->waiting()->versions.empty());
  EXPECT_EQ(update(by_person({"bets"})).publication.waiting, std::vector<std::string>{"bets"});

  ASSERT_TRUE(store_->drop_waiting({"bets"}));
  body = "casino.example\n";
  tag = "\"v2\"";
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::Read));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_FALSE(store_->waiting()->decided("bets"));
}

// A source that is removed and still in the file is brought back by the clock, also when a later version of it had been dropped.
TEST_F(UpdaterTest, WhatWasRemovedComesBackThoughAVersionWasDropped) {
  std::string body = "casino.example\n", tag = "\"v1\"";
  ListServer server(versions(body, tag));
  sources({{"bets", server.url("/bets.txt")}});
  GuardRules rules;
  rules.must_allow = {"open.example"};
  store_->set_guards(rules);
  update(by_clock({"bets"}));
  body += "open.example\n";
  tag = "\"v2\"";
  EXPECT_EQ(update(by_clock({"bets"})).publication.waiting, std::vector<std::string>{"bets"});
  ASSERT_TRUE(store_->drop_waiting({"bets"}));
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::NotModified));
  ASSERT_TRUE(store_->remove("bets", by_test()));
  store_->set_guards({});
  EXPECT_THAT(states(update(by_clock({"bets"}))), ElementsAre(State::Read));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

}  // namespace
}  // namespace citygate::categories
