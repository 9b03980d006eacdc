// Lists that are read, asked and explained while others are published: what always was listed always is, with its line.
#include <atomic>
#include <thread>

#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

class ListsRaceTest : public StoreTest {};

TEST_F(ListsRaceTest, WhatIsListedIsFoundAndExplainedThroughoutPublishing) {
  imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
  imported(scratch_.write("other.txt", "first.example\n"), "news");
  const CategoryId gambling = taxonomy_.find("gambling")->id;
  const Target asked = target("http://www.casino.example/");
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, rounds = 0;
  const auto read = [&] {
    Workspace workspace;
    Classification found;
    std::shared_ptr<const Lists> kept;  // an older generation answers as before while it is held
    while (!done.load()) {
      std::string warning;
      const auto loaded = store_->load_current(warning);
      bool right = loaded && warning.empty();
      for (const auto& lists : {loaded ? *loaded : nullptr, kept}) {
        if (!lists) continue;
        lists->classify(asked, workspace, found);
        right = right && found.categories.contains(gambling) && lists->evidence(found, gambling).line == 1;
      }
      if (loaded && rounds.load() % 3 == 0) kept = *loaded;
      right = right && store_->history() && store_->overrides() && store_->waiting();
      if (!right) ++wrong;
      ++rounds;
    }
  };
  std::thread one(read), two(read);
  for (int i = 0; i < 20; ++i) {
    const auto file = scratch_.write("other.txt", "h" + std::to_string(i) + ".example\n");
    EXPECT_TRUE(import(file, "news"));
    if (i % 5 != 0) continue;
    Override made;
    made.host = "o" + std::to_string(i) + ".example";
    made.category = kBlockedCategory;
    EXPECT_TRUE(store_->add_override(made, by_test()));
  }
  while (rounds.load() < 10) std::this_thread::yield();
  done = true;
  one.join();
  two.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(categories(*lists(), "http://o15.example/"), "city-blocked");
}

}  // namespace
}  // namespace citygate::categories
