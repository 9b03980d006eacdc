#include "proxy/identity/fair_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace citygate::proxy {
namespace {

using Queue = FairQueue<int, std::string>;

std::string order(Queue& queue) {
  std::string out;
  while (auto job = queue.pop()) out += *job + " ";
  return out;
}

TEST(FairQueue, SourcesTakeTurns) {
  Queue queue(10);
  for (const char* job : {"a1", "a2", "a3"}) EXPECT_FALSE(queue.push(1, Standing::Good, job));
  for (const char* job : {"b1", "b2"}) EXPECT_FALSE(queue.push(2, Standing::Good, job));
  EXPECT_FALSE(queue.push(3, Standing::Good, "c1"));
  EXPECT_EQ(order(queue), "a1 b1 c1 a2 b2 a3 ");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, DoubtfulOnesComeAfterGoodOnesButNotNever) {
  Queue queue(100);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(queue.push(1, Standing::Doubtful, "bad"));
  for (int source = 2; source < 10; ++source) EXPECT_FALSE(queue.push(source, Standing::Good, "good"));
  EXPECT_EQ(order(queue), "good good good bad good good good bad good good bad bad ");
}

TEST(FairQueue, WhoMustWaitIsPassedOverAndKeepsHisPlace) {
  Queue queue(10);
  for (const char* job : {"a1", "a2"}) EXPECT_FALSE(queue.push(1, Standing::Good, job));
  for (const char* job : {"b1", "b2"}) EXPECT_FALSE(queue.push(2, Standing::Good, job));
  const auto not_first_source = [](int source, const std::string&) { return source != 1; };
  EXPECT_EQ(queue.pop(not_first_source), "b1");
  EXPECT_EQ(queue.pop([](int source, const std::string& job) { return source != 1 && job != "b2"; }), std::nullopt);
  EXPECT_EQ(queue.pop([](int, const std::string& job) { return job == "a2"; }), "a2")
      << "not even the first of its line";
  EXPECT_EQ(queue.pop(), "b2") << "the first source has just had its turn";
  EXPECT_EQ(queue.pop(not_first_source), std::nullopt);
  EXPECT_EQ(queue.pop(), "a1");
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, FindsWhatWaits) {
  Queue queue(10);
  for (const char* job : {"a1", "a2"}) EXPECT_FALSE(queue.push(1, Standing::Good, job));
  const auto second = [](const std::string& job) { return job == "a2"; };
  ASSERT_NE(queue.find(1, second), nullptr);
  EXPECT_EQ(queue.find(2, second), nullptr);
  *queue.find(1, second) = "a3";
  EXPECT_EQ(order(queue), "a1 a3 ");
}

TEST(FairQueue, FloodMakesWayForWhoComesLater) {
  Queue queue(4);
  for (int i = 1; i <= 4; ++i) EXPECT_FALSE(queue.push(1, Standing::Good, "a" + std::to_string(i)));
  EXPECT_EQ(queue.push(1, Standing::Good, "a5"), "a5") << "the flooder's own";
  EXPECT_EQ(queue.push(2, Standing::Good, "b1"), "a4");
  EXPECT_EQ(queue.push(3, Standing::Good, "c1"), "a3");
  EXPECT_EQ(queue.push(3, Standing::Good, "c2"), "c2") << "two against two: nothing is gained";
  EXPECT_EQ(order(queue), "a1 b1 c1 a2 ");
}

TEST(FairQueue, DoubtfulOneMakesWayForAGoodOne) {
  Queue queue(2);
  EXPECT_FALSE(queue.push(1, Standing::Doubtful, "x"));
  EXPECT_FALSE(queue.push(2, Standing::Doubtful, "y"));
  EXPECT_EQ(queue.push(3, Standing::Good, "z"), "x");
  EXPECT_EQ(queue.push(4, Standing::Doubtful, "w"), "w");
  EXPECT_EQ(order(queue), "z y ");
}

}  // namespace
}  // namespace citygate::proxy
