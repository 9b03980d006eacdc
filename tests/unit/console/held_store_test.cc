#include "console/downloads/held_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/unit/categories/list_server.h"

namespace citygate::console {
namespace {

constexpr std::string_view kProgram = "MZ a program";

class HeldStoreTest : public testing::Test {
 protected:
  HeldStoreTest() {
    std::string pattern = testing::TempDir() + "citygate-held-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    store_ = std::make_unique<HeldStore>(directory_ / "held");
  }
  ~HeldStoreTest() override { std::filesystem::remove_all(directory_); }

  static categories::ListAnswer answer(const categories::ListRequest& request) {
    using categories::ListAnswer;
    const std::string& path = request.path;
    if (path == "/page") return ListAnswer::ok("<!doctype html><title>No program</title>");
    if (path == "/unsaid") return {"HTTP/1.1 200 OK\r\n", "MZ" + std::string(98, 'x')};
    // Its head is there, and the last of its 100 bytes never comes.
    if (path == "/slow")
      return {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n", "MZ" + std::string(97, 'x'), ListAnswer::Then::Hold};
    return ListAnswer::ok(std::string(kProgram));
  }

  Result<HeldFile> fetch(const std::string& path = "/tool.exe", const HeldStore::Bounds& bounds = {}) {
    return fetch_url(server_.url(path), bounds);
  }
  Result<HeldFile> fetch_url(const std::string& url, const HeldStore::Bounds& bounds) {
    const FetchPlan plan{.url = url,
                         .user_agent = "test",
                         .resolve = {},
                         .may_connect = [](const IpAddress&) { return true; },
                         .may_follow = [](const std::string&) { return std::vector<std::string>(); }};
    return store_->fetch(plan, bounds);
  }
  static HeldStore::Names nothing() { return {}; }
  static Result<std::string> all_of(HeldReader& file, std::size_t piece) {
    std::string out, block(piece, '\0');
    for (;;) {
      CG_TRY(got, file.read(block));
      if (got == 0) return out;
      out.append(block, 0, got);
    }
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator it(directory_ / "held");
    return static_cast<std::size_t>(std::distance(begin(it), end(it)));
  }

  categories::ListServer server_{&answer};
  std::filesystem::path directory_;
  std::unique_ptr<HeldStore> store_;
};

TEST_F(HeldStoreTest, IsReadToTheEndWhereItIsWhatWasApproved) {
  const auto file = fetch();
  ASSERT_TRUE(file) << file.error().context;
  EXPECT_EQ(file->kind, "Windows program");
  EXPECT_EQ(file->name, "tool.exe");
  for (const std::size_t piece : {1, 5, 4096}) {
    auto reader = store_->open(file->sha256);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->bytes(), kProgram.size());
    EXPECT_EQ(*all_of(*reader, piece), kProgram) << piece;
  }
  EXPECT_EQ(store_->open(std::string(64, '0')).error().kind, Error::Kind::NotFound);
  EXPECT_EQ(store_->open("../held/" + file->sha256).error().kind, Error::Kind::Malformed);
}

TEST_F(HeldStoreTest, ItsLastPieceIsNotGivenWhereAByteIsAnother) {
  const auto file = fetch();
  ASSERT_TRUE(file);
  for (const std::string_view other : {"MZ A program", "MZ a progra", "MZ a program!"}) {
    auto before = store_->open(file->sha256);
    std::ofstream(directory_ / "held" / file->sha256, std::ios::trunc) << other;
    auto after = store_->open(file->sha256);
    EXPECT_EQ(all_of(*after, 5).error().kind, Error::Kind::Malformed) << other;
    const bool longer = other.starts_with(kProgram);  // whoever had it open reads the bytes that were approved
    EXPECT_EQ(all_of(*before, 1).has_value(), longer) << other;
    std::ofstream(directory_ / "held" / file->sha256, std::ios::trunc) << kProgram;
  }
}

TEST_F(HeldStoreTest, NothingStaysOfWhatIsNoProgram) {
  const auto file = fetch("/page");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, Error::Kind::Refused);
  EXPECT_NE(file.error().context.find("'page' is no program"), std::string::npos) << file.error().context;
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(store_->held_bytes(), 0U);
}

TEST_F(HeldStoreTest, SeveralAtOnceDoNotPassTheBoundTogether) {
  const HeldStore::Bounds bounds{.file_bytes = 1'000, .held_bytes = 110};
  auto slow = std::make_unique<categories::ListServer>(&answer);
  Result<HeldFile> first = fail(Error::Kind::Bug, "not ended");
  std::jthread fetching([&, url = slow->url("/slow")] { first = fetch_url(url, bounds); });
  while (store_->held_bytes() < 100) std::this_thread::yield();
  const auto second = fetch("/tool.exe", bounds);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().context.find("downloads.held_bytes"), std::string::npos) << second.error().context;
  slow.reset();
  fetching.join();
  EXPECT_FALSE(first);
  EXPECT_EQ(store_->held_bytes(), 0U) << "what was given up needs no room";
  EXPECT_TRUE(fetch("/tool.exe", bounds));
  EXPECT_EQ(store_->held_bytes(), kProgram.size());
}

TEST_F(HeldStoreTest, WhatDoesNotSayHowLargeItIsKeepsTheBoundsToo) {
  EXPECT_FALSE(fetch("/unsaid", {.file_bytes = 1'000, .held_bytes = 99}));
  EXPECT_EQ(fetch("/unsaid", {.file_bytes = 99, .held_bytes = 1'000}).error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(files(), 0U);
  EXPECT_TRUE(fetch("/unsaid", {.file_bytes = 100, .held_bytes = 100}));
  EXPECT_FALSE(fetch("/tool.exe", {.file_bytes = 100, .held_bytes = 100})) << "it is full";
}

TEST_F(HeldStoreTest, WhatIsInHandIsNotSwept) {
  auto file = fetch();
  ASSERT_TRUE(file) << file.error().context;
  EXPECT_EQ(store_->sweep(&nothing), 0U) << "its request is not made yet";
  EXPECT_TRUE(store_->holds(file->sha256));
  EXPECT_EQ(store_->sweep([&] { return HeldStore::Names{file->sha256}; }), 0U);
  file->in_hand.reset();
  EXPECT_EQ(store_->sweep([&] { return HeldStore::Names{file->sha256}; }), 0U);
  EXPECT_EQ(store_->sweep(&nothing), 1U);
  EXPECT_FALSE(store_->holds(file->sha256));
}

TEST_F(HeldStoreTest, WhatCameWhileRequestsWereLookedThroughIsNotSwept) {
  ASSERT_TRUE(fetch());  // nobody wants it any more
  std::string sha256;
  EXPECT_EQ(store_->sweep([&] {
    const auto again = fetch();
    sha256 = again->sha256;
    return HeldStore::Names();  // looked through before the request was made
  }),
            0U);
  EXPECT_TRUE(store_->holds(sha256));
  EXPECT_EQ(store_->sweep(&nothing), 1U);
}

}  // namespace
}  // namespace citygate::console
