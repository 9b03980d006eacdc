#include "app/hand_over_outcome.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

namespace citygate::app {
namespace {

using What = HandOverOutcome::Answer::What;

constexpr pid_t kChild = 1'001, kOther = 1'002;

std::optional<std::string> runs(pid_t) { return std::nullopt; }
std::optional<std::string> ends(pid_t) { return "exit status 1"; }

TEST(HandOverOutcome, WhatBecomesOfAnotherProcessIsNotTheAnswer) {
  HandOverOutcome outcome;
  outcome.expect();
  outcome.begins(kOther);
  outcome.failed(kOther, "killed");
  outcome.begins(kChild);
  outcome.failed(kChild, "the lists are damaged");
  const auto answer = outcome.wait(kChild, runs);
  EXPECT_EQ(answer.what, What::Failed);
  EXPECT_EQ(answer.why, "the lists are damaged");
  EXPECT_FALSE(answer.ended);
}

TEST(HandOverOutcome, AnotherThatHasTakenOverIsNamed) {
  HandOverOutcome outcome;
  outcome.expect();
  outcome.begins(kOther);
  outcome.succeeded(kOther);
  const auto answer = outcome.wait(kChild, runs);
  EXPECT_EQ(answer.what, What::Another);
  EXPECT_EQ(answer.successor, kOther);
}

TEST(HandOverOutcome, AFailureBeforeTheUpgradeWasAskedForIsForgotten) {
  HandOverOutcome outcome;
  outcome.begins(kChild);
  outcome.failed(kChild, "of a process that had the number before");
  outcome.expect();
  outcome.begins(kChild);
  outcome.succeeded(kChild);
  EXPECT_EQ(outcome.wait(kChild, ends).what, What::TookOver);
}

TEST(HandOverOutcome, OneThatEndsWithoutAskingIsDescribedByItsEnd) {
  HandOverOutcome outcome;
  outcome.expect();
  const auto answer = outcome.wait(kChild, ends);
  EXPECT_EQ(answer.what, What::Ended);
  EXPECT_EQ(answer.why, "exit status 1");
  EXPECT_TRUE(answer.ended);
}

TEST(HandOverOutcome, OneThatEndsInTheMiddleIsDescribedByWhatWentWrong) {
  HandOverOutcome outcome;
  outcome.expect();
  outcome.begins(kChild);
  std::jthread old;
  const auto answer = outcome.wait(kChild, [&](pid_t process) {
    old = std::jthread([&outcome, process] { outcome.failed(process, "it ended with the store in hand"); });
    return ends(process);
  });
  EXPECT_EQ(answer.what, What::Failed);
  EXPECT_EQ(answer.why, "it ended with the store in hand");
  EXPECT_TRUE(answer.ended);
}

TEST(HandOverOutcome, NobodyWaitsForAGatewayThatStops) {
  HandOverOutcome outcome;
  outcome.expect();
  outcome.no_more();
  EXPECT_EQ(outcome.wait(kChild, runs).what, What::Stopping);
}

}  // namespace
}  // namespace citygate::app
