#include "categories/fetch.h"

#include <sys/resource.h>

#include <csignal>

#include "categories/fetch_staging.h"
#include "categories/part_writer.h"
#include "tests/unit/categories/fetch_support.h"
#include "tests/unit/categories/list_server.h"
#include "tests/unit/categories/minisign_signer.h"

namespace citygate::categories {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kList = "casino.example\nbets.example\npoker.example\n";  // 42 bytes

// What a careful server does with ranges and tags, for one file that the test may exchange.
struct Origin {
  std::string body{kList};
  std::string etag = "\"v1\"";
  std::size_t break_after = std::string::npos;  // of the next answer alone
  bool ranges = true;

  ListAnswer operator()(const ListRequest& request) {
    const std::string fields = "ETag: " + etag + "\r\n";
    if (request.field("If-None-Match") == etag) return {"HTTP/1.1 304 Not Modified\r\n" + fields, ""};
    ListAnswer out = ListAnswer::ok(body, fields);
    if (const auto range = request.field("Range"); ranges && !range.empty() && request.field("If-Range") == etag) {
      const std::size_t from = std::stoul(range.substr(std::string_view("bytes=").size()));
      out.body = body.substr(from);
      out.head = "HTTP/1.1 206 Partial Content\r\nContent-Length: " + std::to_string(out.body.size()) +
                 "\r\nContent-Range: bytes " + std::to_string(from) + "-" + std::to_string(body.size() - 1) + "/" +
                 std::to_string(body.size()) + "\r\n" + fields;
    }
    out.body.resize(std::min(out.body.size(), std::exchange(break_after, std::string::npos)));
    return out;
  }
};

class FetchByHttp : public FetchTest {
 protected:
  FetchByHttp() : server_([this](const ListRequest& request) { return answer_(request); }) {
    source_.url = server_.url("/lists/a.txt");
  }
  void answers(ListServer::Handler handler) { answer_ = std::move(handler); }

  Origin origin_;
  ListServer::Handler answer_ = [this](const ListRequest& request) { return origin_(request); };
  ListServer server_;
};

TEST_F(FetchByHttp, BringsTheFileAndAsksForChangesAloneOnceItIsAccepted) {
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(home() / "whole" / "a.txt", fetch()->file);
  accept();
  EXPECT_EQ(files_in_staging(), 0U);
  server_.take_requests();
  EXPECT_TRUE(unchanged());
  const auto asked = server_.take_requests().at(0);
  EXPECT_EQ(asked.path, "/lists/a.txt");
  EXPECT_EQ(asked.field("If-None-Match"), "\"v1\"");
  EXPECT_EQ(asked.field("User-Agent"), "citygate/test");
  EXPECT_EQ(asked.field("Accept-Encoding"), "identity");
  EXPECT_EQ(fetch()->version.sha256, sha256_of(kList));
  origin_.body = "new.example\n";
  origin_.etag = "\"v2\"";
  EXPECT_EQ(fetched(), "new.example\n");
}

// The update that a guard held back yesterday must not be "unchanged" today.
TEST_F(FetchByHttp, GivesAgainWhatWasNotAccepted) {
  EXPECT_EQ(fetched(), kList);
  server_.take_requests();
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("If-None-Match"), "\"v1\"") << "without loading it again";
  std::filesystem::remove(home() / "whole" / "a.txt");
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("If-None-Match"), "");
}

TEST_F(FetchByHttp, AsksByDateWhereThereIsNoTag) {
  answers([](const ListRequest& request) {
    const std::string date = "Last-Modified: Wed, 10 Jun 2026 00:00:00 GMT\r\n";
    if (request.field("If-Modified-Since") == "Wed, 10 Jun 2026 00:00:00 GMT")
      return ListAnswer::status("304 Not Modified", date);
    return ListAnswer::ok("a.example\n", date);
  });
  EXPECT_EQ(fetched(), "a.example\n");
  accept();
  EXPECT_TRUE(unchanged());
}

TEST_F(FetchByHttp, TheSameBytesUnderANewTagAreNoNewVersion) {
  EXPECT_EQ(fetched(), kList);
  accept();
  origin_.etag = "\"v2\"";
  EXPECT_TRUE(unchanged());
  EXPECT_EQ(files_in_staging(), 0U);
  EXPECT_EQ(state().accepted.etag, "\"v2\"");
  EXPECT_TRUE(unchanged());
}

TEST_F(FetchByHttp, GoesOnWhereItBrokeOff) {
  origin_.break_after = 20;
  const Error broken = error();
  EXPECT_TRUE(broken.retryable);
  EXPECT_THAT(broken.context,
              AllOf(HasSubstr("source 'a': " + source_.url + " broke off"), HasSubstr("20 bytes are here")));
  server_.take_requests();
  origin_.break_after = 10;
  EXPECT_THAT(error().context, HasSubstr("30 bytes are here"));
  const auto out = fetch();
  ASSERT_TRUE(out) << out.error().context;
  EXPECT_EQ(out->resumed_from, 30U);
  EXPECT_EQ(read_file(out->file).value(), kList);
  EXPECT_EQ(out->version.sha256, sha256_of(kList));
  EXPECT_EQ(out->version.etag, "\"v1\"");
  const auto asked = server_.take_requests();
  EXPECT_EQ(asked.at(0).field("Range"), "bytes=20-");
  EXPECT_EQ(asked.at(0).field("If-Range"), "\"v1\"");
  EXPECT_EQ(asked.at(1).field("Range"), "bytes=30-");
}

TEST_F(FetchByHttp, BeginsAnewWhenTheListChangedInBetween) {
  origin_.break_after = 20;
  error();
  origin_.etag = "\"v2\"";
  origin_.body = "another.example\n";
  EXPECT_EQ(fetched(), "another.example\n");
}

TEST_F(FetchByHttp, BeginsAnewWhereTheServerIgnoresRanges) {
  origin_.ranges = false;
  origin_.break_after = 20;
  error();
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(state().part.bytes, 0U);
}

TEST_F(FetchByHttp, AsksForAllWhenTheServerSendsAnotherPart) {
  for (const std::string range :
       {"bytes 19-41/42", "bytes 21-41/42", "bytes 20-41/20", "bytes 20-10/42", "bytes */42", "20-41/42", ""}) {
    origin_ = {};
    origin_.break_after = 20;
    options_.when = FetchOptions::When::Always;
    answers([this](const ListRequest& request) { return origin_(request); });
    error();
    options_.when = FetchOptions::When::Changed;
    answers([&](const ListRequest& request) {
      ListAnswer out = origin_(request);
      if (!request.field("Range").empty())
        out.head = "HTTP/1.1 206 Partial Content\r\nContent-Length: 22\r\nContent-Range: " + range + "\r\n";
      return out;
    });
    EXPECT_EQ(fetched(), kList) << range;
  }
  origin_.break_after = 20;
  options_.when = FetchOptions::When::Always;
  answers([this](const ListRequest& request) { return origin_(request); });
  error();
  options_.when = FetchOptions::When::Changed;
  answers([this](const ListRequest& request) {
    return request.field("Range").empty() ? origin_(request) : ListAnswer::status("416 Range Not Satisfiable");
  });
  EXPECT_EQ(fetched(), kList);
}

// Two halves of two versions make a list that nobody published: a weak tag, or a date just made, proves nothing.
TEST_F(FetchByHttp, DoesNotGoOnWithoutAProofThatItIsTheSameList) {
  for (const std::string fields :
       {"ETag: W/\"v1\"\r\n", "", "Last-Modified: Wed, 10 Jun 2026 00:00:00 GMT\r\n",
        "Last-Modified: Wed, 10 Jun 2026 00:00:00 GMT\r\nDate: Wed, 10 Jun 2026 00:00:30 GMT\r\n"}) {
    answers([&](const ListRequest&) {
      ListAnswer out = ListAnswer::ok(std::string(kList), fields);
      out.body.resize(20);
      return out;
    });
    EXPECT_THAT(error().context, Not(HasSubstr("bytes are here"))) << fields;
    EXPECT_EQ(files_in_staging(), 0U);
  }
  answers([&](const ListRequest&) {
    ListAnswer out = ListAnswer::ok(
        std::string(kList), "Last-Modified: Wed, 10 Jun 2026 00:00:00 GMT\r\nDate: Wed, 10 Jun 2026 00:01:00 GMT\r\n");
    out.body.resize(20);
    return out;
  });
  EXPECT_THAT(error().context, HasSubstr("20 bytes are here"));
  server_.take_requests();
  error();
  EXPECT_EQ(server_.take_requests().at(0).field("If-Range"), "Wed, 10 Jun 2026 00:00:00 GMT");
}

// What no state vouches for may be the torn end of a write: a kill between the two.
TEST_F(FetchByHttp, APartThatNothingIsKnownOfIsNotUsed) {
  origin_.break_after = 20;
  error();
  std::filesystem::remove(home() / "fetch.json");
  server_.take_requests();
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("Range"), "");
}

TEST_F(FetchByHttp, BytesBehindWhatIsKnownAreCutOff) {
  origin_.break_after = 20;
  error();
  std::ofstream(home() / "part", std::ios::app | std::ios::binary) << "written and never synced";
  EXPECT_EQ(fetched(), kList);
}

// A kill between a part's end and what is remembered of it. Filled up with zeros it would have been gone on with.
TEST_F(FetchByHttp, APartThatIsShorterThanWhatIsKnownIsNotUsed) {
  for (const bool missing : {true, false}) {
    origin_.break_after = 20;
    options_.when = FetchOptions::When::Always;
    error();
    options_.when = FetchOptions::When::Changed;
    if (missing)
      std::filesystem::remove(home() / "part");
    else
      std::filesystem::resize_file(home() / "part", 10);
    EXPECT_EQ(fetched(), kList);
  }
}

// kill -9 while a download that began anew is under way: its bytes stood under the tag and the length of the old ones.
TEST_F(FetchByHttp, ADownloadThatBeginsAnewForgetsTheOldPartBeforeItsFirstByte) {
  origin_.break_after = 20;
  error();
  EXPECT_EQ(state().part.bytes, 20U);
  origin_.etag = "\"v2\"";
  origin_.body = "another.example\n";
  FetchState at_first_byte;
  options_.progress = [&](const FetchProgress&) { at_first_byte = state(); };
  EXPECT_EQ(fetched(), "another.example\n");
  EXPECT_EQ(at_first_byte.part.bytes, 0U);
  EXPECT_EQ(at_first_byte.part.etag, "\"v2\"");
}

// kill -9 between the rename and what is remembered of it: the file was given under the digest and the tag of the one before.
TEST_F(FetchByHttp, AFetchedFileIsForgottenBeforeAnotherTakesItsPlace) {
  EXPECT_EQ(fetched(), kList);
  auto staging = FetchStaging::open(options_.staging, source_);
  ASSERT_TRUE(staging);
  EXPECT_FALSE(state().fetched.sha256.empty());
  std::ofstream(staging->part()) << std::string(kList.size(), 'x');
  std::filesystem::create_directories(home() / "whole" / "in-the-way" / "of-it");  // so the rename fails
  FetchedVersion next;
  next.sha256 = "new";
  EXPECT_FALSE(staging->complete(next, "in-the-way"));
  EXPECT_EQ(state().fetched.sha256, "") << "as a kill would find it";
}

// A source that is not in force yet, as at the very first download of a large list.
TEST_F(FetchByHttp, WhatIsNotInForceGoesOnWhereItBrokeOffToo) {
  options_.when = FetchOptions::When::NotInForce;
  origin_.break_after = 20;
  EXPECT_THAT(error().context, HasSubstr("the next attempt goes on behind them"));
  server_.take_requests();
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("Range"), "bytes=20-");
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("If-None-Match"), "\"v1\"") << "it is here already";
  accept();
  EXPECT_EQ(fetched(), kList) << "accepted, and not in force again: after a rollback";
}

TEST_F(FetchByHttp, ADamagedStateIsForgotten) {
  EXPECT_EQ(fetched(), kList);
  accept();
  std::string text = read_file(home() / "fetch.json").value();
  text.replace(text.find("v1"), 2, "v9");
  scratch_.write("staging/a/fetch.json", text);
  server_.take_requests();
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(server_.take_requests().at(0).field("If-None-Match"), "");
}

TEST_F(FetchByHttp, AnotherAddressOrMappingFetchesAgain) {
  EXPECT_EQ(fetched(), kList);
  accept();
  EXPECT_TRUE(unchanged());
  EXPECT_TRUE(state().last_success);
  source_.categories = {{"adult", "pornography"}};
  EXPECT_FALSE(state().last_success) << "it is due at once";
  EXPECT_EQ(fetched(), kList);
  accept();
  source_.format = "domains";
  EXPECT_EQ(fetched(), kList);
  accept();
  source_.url = server_.url("/lists/b.txt");
  EXPECT_EQ(fetched(), kList);
  accept();
  options_.when = FetchOptions::When::Always;
  EXPECT_EQ(fetched(), kList);
}

TEST_F(FetchByHttp, NamesTheStatusAndWhatToDo) {
  const auto answered = [&](const std::string& line) {
    answers([&](const ListRequest&) { return ListAnswer::status(line); });
    return error();
  };
  EXPECT_EQ(answered("404 Not Found").context,
            "source 'a': " + source_.url +
                " answered 404 Not Found: has it moved? Look at the list's own page for "
                "its address");
  EXPECT_EQ(answered("404 Not Found").kind, Error::Kind::NotFound);
  EXPECT_THAT(answered("403 Forbidden").context, HasSubstr("answered 403 Forbidden"));
  EXPECT_FALSE(answered("403 Forbidden").retryable);
  EXPECT_THAT(answered("500 Internal Server Error").context, HasSubstr("answered 500"));
  EXPECT_TRUE(answered("503 Service Unavailable").retryable);
  EXPECT_TRUE(answered("429 Too Many Requests").retryable);
  EXPECT_THAT(answered("299 Odd").context, HasSubstr("answered 299"));
  EXPECT_THAT(answered("204 No Content").context, HasSubstr("answered 204"));
  EXPECT_THAT(answered("206 Partial Content").context, HasSubstr("answered 206"));
  EXPECT_THAT(answered("304 Not Modified").context, HasSubstr("answered 304"));  // nobody asked whether it changed
  EXPECT_EQ(files_in_staging(), 0U);
}

TEST_F(FetchByHttp, RefusesAWebPageAtOnce) {
  for (const std::string page : {"<!DOCTYPE html>\n<p>Sign in", "\xEF\xBB\xBF \r\n<html lang=en>", "<!-- x -->\n<HTML>",
                                 "<?xml version=\"1.0\"?>"}) {
    // The page has no end: a client that reads on would never come back.
    answers([&](const ListRequest&) {
      return ListAnswer{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", page, ListAnswer::Then::Hold};
    });
    const Error refused = error();
    EXPECT_EQ(refused.kind, Error::Kind::Malformed);
    EXPECT_THAT(refused.context, AllOf(HasSubstr("source 'a': " + source_.url), HasSubstr(", not a list")));
    EXPECT_EQ(files_in_staging(), 0U);
  }
  answers([](const ListRequest&) { return ListAnswer::ok("! <html> stands in a comment\n||a.example^\n"); });
  EXPECT_TRUE(fetch());
}

TEST_F(FetchByHttp, ACompressedWebPageIsRefusedToo) {
  answers([](const ListRequest&) {
    return ListAnswer::ok("\x1F\x8B...", "Content-Type: text/html\r\nContent-Encoding: gzip\r\n");
  });
  EXPECT_THAT(error().context, HasSubstr("gives an HTML page"));
}

// What was signed is what the server stores: nothing is unpacked on the way.
TEST_F(FetchByHttp, DoesNotDecodeTheBody) {
  const std::string packed("\x1F\x8B\x08\x00 not really gzip", 21);
  answers([&](const ListRequest&) { return ListAnswer::ok(packed, "Content-Encoding: gzip\r\n"); });
  EXPECT_EQ(fetched(), packed);
}

TEST_F(FetchByHttp, HoldsTheLimitAnnouncedOrNot) {
  source_.max_bytes = 41;
  EXPECT_EQ(error().context, "source 'a': " + source_.url + " is 42 bytes, more than the 41 that 'max_bytes' permits");
  answers(
      [](const ListRequest&) { return ListAnswer{"HTTP/1.1 200 OK\r\n", "more.example\n", ListAnswer::Then::Repeat}; });
  const Error endless = error();
  EXPECT_EQ(endless.kind, Error::Kind::TooLarge);
  EXPECT_THAT(endless.context, HasSubstr("does not end at the 41 bytes"));
  EXPECT_EQ(files_in_staging(), 0U);
}

TEST_F(FetchByHttp, AResumedListIsHeldToTheLimitAsAWhole) {
  origin_.break_after = 20;
  error();
  source_.max_bytes = 41;
  EXPECT_EQ(error().kind, Error::Kind::TooLarge);
}

TEST_F(FetchByHttp, NothingAndHalfALineAreNoList) {
  answers([](const ListRequest&) { return ListAnswer::ok(""); });
  EXPECT_THAT(error().context, HasSubstr("is empty"));
  answers([](const ListRequest&) { return ListAnswer{"HTTP/1.0 200 OK\r\n", "casino.example\nbets.exa"}; });
  EXPECT_THAT(error().context, HasSubstr("ends within a line"));
  answers([](const ListRequest&) { return ListAnswer{"HTTP/1.0 200 OK\r\n", "casino.example\n"}; });
  const auto whole = fetch();
  ASSERT_TRUE(whole) << whole.error().context;
  EXPECT_THAT(whole->notes, ::testing::ElementsAre(HasSubstr("does not say how long")));
  answers([](const ListRequest&) {
    return ListAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "8\r\ncasino.e\r\n"};
  });
  EXPECT_THAT(error().context, HasSubstr("broke off"));
}

TEST_F(FetchByHttp, FollowsRedirectsToTheWebAlone) {
  answers([this](const ListRequest& request) {
    if (request.path == "/lists/a.txt") return ListAnswer::redirect("/moved.txt");
    return origin_(request);
  });
  EXPECT_EQ(fetched(), kList);
  answers([](const ListRequest&) { return ListAnswer::redirect("file:///etc/passwd"); });
  EXPECT_THAT(error().context, HasSubstr("redirects to file:///etc/passwd, which is not followed"));
  answers([](const ListRequest&) { return ListAnswer::redirect("/lists/a.txt"); });
  server_.take_requests();
  EXPECT_THAT(error().context, HasSubstr("redirects more than 5 times"));
  EXPECT_EQ(server_.take_requests().size(), 6U);
}

TEST_F(FetchByHttp, TakesNoPasswordToAnotherHost) {
  ListServer other([](const ListRequest&) { return ListAnswer::ok("a.example\n"); });
  answers([&](const ListRequest& request) {
    return request.path == "/in.txt" ? ListAnswer::redirect("http://" + other.address() + "/out.txt")
                                     : ListAnswer::status("404 Not Found");
  });
  source_.url = "http://user:secret@" + server_.address() + "/in.txt";
  EXPECT_EQ(fetched(), "a.example\n");
  EXPECT_NE(server_.take_requests().at(0).field("Authorization"), "");
  EXPECT_EQ(other.take_requests().at(0).field("Authorization"), "");
  source_.url = "http://user:secret@" + server_.address() + "/none.txt";
  EXPECT_THAT(error().context, AllOf(HasSubstr("404"), Not(HasSubstr("secret"))));
}

TEST_F(FetchByHttp, GoesThroughTheSourcesProxyAndNoOther) {
  ASSERT_EQ(::setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  EXPECT_EQ(fetched(), kList);
  ListServer proxy([](const ListRequest&) { return ListAnswer::ok("by.proxy.example\n"); });
  source_.url = "http://lists.invalid/a.txt";
  source_.proxy = "http://" + proxy.address();
  EXPECT_EQ(fetched(), "by.proxy.example\n");
  EXPECT_EQ(proxy.take_requests().at(0).path, "http://lists.invalid/a.txt");
  ::unsetenv("http_proxy");
}

TEST_F(FetchByHttp, GivesUpOnAServerThatSaysNoMore) {
  options_.limits.total = 100ms;
  answers([](const ListRequest&) {
    ListAnswer out = ListAnswer::ok(std::string(kList), "ETag: \"v1\"\r\n");
    out.body.resize(5);
    out.then = ListAnswer::Then::Hold;
    return out;
  });
  const Error late = error();
  EXPECT_EQ(late.kind, Error::Kind::Timeout);
  EXPECT_TRUE(late.retryable);
  EXPECT_THAT(late.context, HasSubstr("took too long"));
  EXPECT_EQ(state().failures, 1);
}

TEST_F(FetchByHttp, StopsWhenToldTo) {
  std::atomic<bool> cancel = false;
  options_.cancelled = [&] { return cancel.load(); };
  options_.progress = [&](const FetchProgress& progress) { cancel = progress.bytes > 0; };
  answers(
      [](const ListRequest&) { return ListAnswer{"HTTP/1.1 200 OK\r\n", "more.example\n", ListAnswer::Then::Repeat}; });
  EXPECT_THAT(error().context, HasSubstr("was cancelled"));
  EXPECT_EQ(state().failures, 0) << "to be told to stop is no fault of the source";
  EXPECT_EQ(files_in_staging(), 0U);
}

TEST_F(FetchByHttp, TellsHowFarItIs) {
  FetchProgress last;
  options_.progress = [&](const FetchProgress& progress) { last = progress; };
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(last.bytes, kList.size());
  EXPECT_EQ(last.total, kList.size());
}

// A bound on the size of files fails a write in its middle as a full disk does.
TEST_F(FetchByHttp, ADiskThatTakesNoMoreLeavesNothingBehind) {
  answers([](const ListRequest&) { return ListAnswer::ok(std::string(100'000, 'a'), "ETag: \"v1\"\r\n"); });
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &usual), 0);
  const rlimit small{.rlim_cur = 8192, .rlim_max = usual.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Error full = error();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &usual), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(full.kind, Error::Kind::Storage);
  EXPECT_THAT(full.context, AllOf(HasSubstr("source 'a'"), HasSubstr("part")));
  EXPECT_EQ(files_in_staging(), 0U);
  EXPECT_EQ(state().part.bytes, 0U);
  answers([this](const ListRequest& request) { return origin_(request); });
  EXPECT_EQ(fetched(), kList);
}

TEST_F(FetchByHttp, AFullDiskSaysWhatToDo) {
  auto staging = FetchStaging::open(options_.staging, source_);
  ASSERT_TRUE(staging);
  std::filesystem::create_symlink("/dev/full", staging->part());
  PartWriter writer(*staging, "https://lists.example/a.txt", 1000);
  ASSERT_TRUE(writer.begin(0));
  const auto full = writer.add("a.example\n");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, Error::Kind::Storage);
  EXPECT_THAT(full.error().context, AllOf(HasSubstr("No space left on device"),
                                          HasSubstr("make room there for https://lists.example/a.txt")));
}

TEST_F(FetchByHttp, AListThatDoesNotFitOnTheDiskIsRefusedBeforeItComes) {
  source_.max_bytes = std::uint64_t{1} << 62;
  answers([](const ListRequest&) {
    return ListAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n", "", ListAnswer::Then::Hold};
  });
  EXPECT_EQ(error().kind, Error::Kind::Storage);
}

TEST_F(FetchByHttp, NobodyThereIsSaid) {
  {
    const ListServer gone([](const ListRequest&) { return ListAnswer::ok("x\n"); });
    source_.url = gone.url("/a.txt");
  }
  const Error refused = error();
  EXPECT_THAT(refused.context, HasSubstr("cannot be reached"));
  EXPECT_TRUE(refused.retryable);
}

TEST_F(FetchByHttp, RemembersAttemptsForTheSchedule) {
  answers([](const ListRequest&) { return ListAnswer::status("503 Service Unavailable"); });
  error();
  options_.now += 1h;
  error();
  EXPECT_EQ(state().failures, 2);
  EXPECT_EQ(state().last_attempt, options_.now);
  EXPECT_FALSE(state().last_success);
  EXPECT_THAT(state().last_error, HasSubstr("503"));
  answers([this](const ListRequest& request) { return origin_(request); });
  options_.now += 1h;
  EXPECT_EQ(fetched(), kList);
  EXPECT_EQ(state().failures, 2) << "it may still turn out to be no list";
  ASSERT_TRUE(reject_fetched(source_, options_.staging, "no line of it is understood"));
  EXPECT_EQ(state().failures, 3);
  EXPECT_EQ(state().last_error, "no line of it is understood");
  EXPECT_EQ(fetched(), kList) << "it is given again";
  accept();
  EXPECT_EQ(state().failures, 0);
  EXPECT_EQ(state().last_success, options_.now);
  EXPECT_EQ(state().last_error, "");
}

TEST_F(FetchByHttp, BelievesASignedListAlone) {
  const MinisignSigner signer(7), other(8);
  std::string signature = signer.sign(kList, "list 1", MinisignSigner::Form::Hashed);
  answers([&](const ListRequest& request) {
    return request.path.ends_with(".minisig") ? ListAnswer::ok(signature) : origin_(request);
  });
  source_.minisign = signer.public_key();
  source_.signature_url = source_.url + ".minisig";
  const auto out = fetch();
  ASSERT_TRUE(out) << out.error().context;
  EXPECT_EQ(out->version.comment, "list 1");
  accept();
  EXPECT_EQ(fetch()->version.comment, "list 1");
  origin_.body += "forged.example\n";
  origin_.etag = "\"v2\"";
  EXPECT_THAT(error().context, AllOf(HasSubstr(source_.url + " does not match its signature"), HasSubstr(".minisig")));
  EXPECT_EQ(files_in_staging(), 0U);
  EXPECT_EQ(state().accepted.comment, "list 1");
  signature = other.sign(origin_.body, "list 2", MinisignSigner::Form::Hashed);
  EXPECT_THAT(error().context, HasSubstr("is signed by key"));
  signature = "<html>";
  EXPECT_THAT(error().context, HasSubstr(".minisig: is no minisign signature"));
  signature = signer.sign(origin_.body, "list 2", MinisignSigner::Form::Hashed);
  EXPECT_EQ(fetched(), origin_.body);
}

TEST_F(FetchByHttp, BelievesAListWithTheRightChecksumAlone) {
  std::string sums = sha256_of("other") + "  other.txt\n" + sha256_of(kList) + " *./lists/a.txt\n";
  answers([&](const ListRequest& request) {
    return request.path == "/SHA256SUMS" ? ListAnswer::ok(sums) : origin_(request);
  });
  source_.sha256_url = server_.url("/SHA256SUMS");
  EXPECT_EQ(fetched(), kList);
  accept();
  origin_.body = "changed.example\n";
  origin_.etag = "\"v2\"";
  const Error refused = error();
  EXPECT_THAT(refused.context,
              AllOf(HasSubstr("has the SHA-256 " + sha256_of(origin_.body)), HasSubstr(sha256_of(kList))));
  EXPECT_TRUE(refused.retryable) << "the publisher may be replacing the two right now";
  source_.sha256_url.clear();
  source_.sha256 = sha256_of(origin_.body);
  EXPECT_EQ(fetched(), origin_.body);
}

TEST_F(FetchByHttp, ForgetsSourcesThatAreNoMore) {
  EXPECT_EQ(fetched(), kList);
  forget_other_sources(options_.staging, {source_});
  EXPECT_EQ(files_in_staging(), 1U);
  forget_other_sources(options_.staging, {});
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST(StagedName, IsTheListsOwnWithoutItsDangers) {
  EXPECT_EQ(staged_name("https://a.example/lists/ut1.tar.gz?x=/y"), "ut1.tar.gz");
  EXPECT_EQ(staged_name("https://a.example/"), "list");
  EXPECT_EQ(staged_name("https://a.example/.."), "list");
  EXPECT_EQ(staged_name("https://a.example/.hidden%00x"), "hidden-00x");
  EXPECT_EQ(staged_name("lists/own list.txt"), "own-list.txt");
  EXPECT_EQ(staged_name("https://a.example/" + std::string(500, 'a') + ".txt").size(), 100U);
  EXPECT_EQ(staged_name("a." + std::string(99, 'b')), std::string(99, 'b'));
}

}  // namespace
}  // namespace citygate::categories
