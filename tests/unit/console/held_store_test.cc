#include "console/downloads/held_store.h"

#include <gtest/gtest.h>

#include "tests/unit/categories/list_server.h"

namespace citygate::console {
namespace {

class HeldStoreTest : public testing::Test {
 protected:
  HeldStoreTest() : server_([](const categories::ListRequest&) { return categories::ListAnswer::ok("MZ a program"); }) {
    std::string pattern = testing::TempDir() + "citygate-held-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    store_ = std::make_unique<HeldStore>(directory_ / "held");
  }
  ~HeldStoreTest() override { std::filesystem::remove_all(directory_); }

  Result<HeldFile> fetch() {
    const FetchPlan plan{.url = server_.url("/tool.exe"),
                         .user_agent = "test",
                         .resolve = {},
                         .may_connect = [](const IpAddress&) { return true; },
                         .may_follow = [](const std::string&) { return std::vector<std::string>(); }};
    return store_->fetch(plan, {});
  }
  static HeldStore::Names nothing() { return {}; }

  categories::ListServer server_;
  std::filesystem::path directory_;
  std::unique_ptr<HeldStore> store_;
};

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
