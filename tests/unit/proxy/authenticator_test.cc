#include "proxy/identity/authenticator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "proxy/identity/password_hash.h"

namespace citygate::proxy {
namespace {

TEST(ParseBasic, TakesNameAndPassword) {
  // "mia.lopez:sesame:street": only the first colon divides (RFC 7617 section 2).
  auto credentials = parse_basic("Basic bWlhLmxvcGV6OnNlc2FtZTpzdHJlZXQ=");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "mia.lopez");
  EXPECT_EQ(credentials->password, "sesame:street");
  EXPECT_TRUE(parse_basic("bAsIc   dTpw"));
}

TEST(ParseBasic, RefusesWhatIsNot) {
  for (const char* field :
       {"", "Basic", "Basic ", "Bearer dTpw", "Basic dTp", "Basic !!!!", "Basic dXVw", "Basic OnB3"})
    EXPECT_FALSE(parse_basic(field)) << field;  // the last two: no colon, no name
}

using Found = Authenticator::Found;
using Queued = Authenticator::Queued;

const SignInSource kDesk{*IpAddress::parse("10.0.0.7")}, kOther{*IpAddress::parse("10.0.0.8")};

Found try_one(Authenticator& authenticator, const Credentials& credentials, const std::string& hash,
              const SignInSource& from = kDesk) {
  std::promise<Found> answer;
  EXPECT_EQ(authenticator.verify(credentials, hash, from, [&answer](Found found) { answer.set_value(found); }).queued,
            Queued::Yes);
  return answer.get_future().get();
}

TEST(Authenticator, VerifiesAndRemembersTheVeryPairAndHash) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5));
  const Credentials right{"mia", "sesame"}, wrong{"mia", "Sesame"};
  EXPECT_EQ(authenticator.recall(right, hash, kDesk), Found::NotTried);
  EXPECT_EQ(try_one(authenticator, wrong, hash), Found::Wrong);
  EXPECT_EQ(try_one(authenticator, right, hash), Found::Right);
  EXPECT_EQ(authenticator.recall(right, hash, kDesk), Found::Right);
  EXPECT_EQ(authenticator.recall(wrong, hash, kDesk), Found::Wrong);
  // A new hash of the same password is another one: a changed password must not pass on an old proof.
  EXPECT_EQ(authenticator.recall(right, hash_password("sesame").value(), kDesk), Found::NotTried);
}

TEST(Authenticator, NobodyOfThatNameIsRefusedAndNotRemembered) {
  Authenticator authenticator(std::chrono::minutes(5));
  EXPECT_EQ(try_one(authenticator, {"nobody", ""}, ""), Found::Wrong);
  EXPECT_NE(authenticator.recall({"nobody", ""}, "", kDesk), Found::Right);
}

TEST(Authenticator, AnswersWhatIsQueuedWhenItGoes) {
  std::atomic<int> answers = 0;
  {
    Authenticator authenticator(std::chrono::minutes(5));
    for (int i = 0; i < 8; ++i)
      ASSERT_EQ(authenticator
                    .verify({"nobody", "x"}, "", kDesk,
                            [&answers](Found found) {
                              EXPECT_NE(found, Found::Right);
                              ++answers;
                            })
                    .queued,
                Queued::Yes);
  }
  EXPECT_EQ(answers, 8);
}

TEST(Authenticator, WhatIsInUseStaysRemembered) {
  const std::string hash = hash_password("sesame").value();
  std::atomic<MonoTime> now{MonoTime{std::chrono::hours(1)}};
  Authenticator authenticator(std::chrono::minutes(5), [&now] { return now.load(); });
  EXPECT_EQ(try_one(authenticator, {"mia", "sesame"}, hash), Found::Right);
  for (int i = 0; i < 100; ++i) {
    now = now.load() + std::chrono::minutes(4);
    EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kDesk), Found::Right);
  }
  now = now.load() + std::chrono::minutes(5);
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kDesk), Found::NotTried);
}

// Two wrong ones are free, and time stands still unless a test moves it.
class GuessersTest : public testing::Test {
 protected:
  GuessersTest() { authenticator_.set_rule({.free = 2, .longest = std::chrono::hours(1)}); }

  // The authenticator's thread has somebody to answer, and looks at nothing else.
  class Busy {
   public:
    explicit Busy(Authenticator& authenticator) {
      std::promise<void> begun;
      EXPECT_EQ(authenticator
                    .verify({"somebody", "x"}, "", {*IpAddress::parse("10.9.9.9")},
                            [this, &begun](Found) {
                              auto over = over_.get_future();
                              begun.set_value();
                              over.wait();
                            })
                    .queued,
                Queued::Yes);
      begun.get_future().wait();
    }
    ~Busy() {
      if (!ended_) end();
    }
    void end() {
      ended_ = true;
      over_.set_value();
    }

   private:
    std::promise<void> over_;
    bool ended_ = false;
  };

  const std::string hash_ = hash_password("sesame").value();
  std::atomic<MonoTime> now_{MonoTime{std::chrono::hours(1)}};
  Authenticator authenticator_{std::chrono::minutes(5), [this] { return now_.load(); }};
};

TEST_F(GuessersTest, AddressThatGuessesHasToWaitAndOthersDoNot) {
  EXPECT_EQ(try_one(authenticator_, {"mia", "a"}, hash_), Found::Wrong);
  EXPECT_EQ(try_one(authenticator_, {"mia", "b"}, hash_), Found::Wrong);
  const auto asked = authenticator_.verify({"mia", "sesame"}, hash_, kDesk, [](Found) { ADD_FAILURE(); });
  EXPECT_EQ(asked.queued, Queued::Wait);
  EXPECT_EQ(asked.retry_after, std::chrono::seconds(1));
  EXPECT_EQ(try_one(authenticator_, {"mia", "sesame"}, hash_, kOther), Found::Right);
  // Nor does the cache tell the guesser that this guess is the right one; whom it knows goes on.
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kDesk), Found::NotTried);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kOther), Found::Right);
  now_ = now_.load() + std::chrono::seconds(1);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kDesk), Found::Right);
}

TEST_F(GuessersTest, CacheAnswersNoSecondGuessBeforeTheFirstIsDecided) {
  EXPECT_EQ(try_one(authenticator_, {"mia", "sesame"}, hash_, kOther), Found::Right);
  Busy busy(authenticator_);
  std::promise<Found> guess;
  ASSERT_EQ(authenticator_.verify({"mia", "a"}, hash_, kDesk, [&guess](Found found) { guess.set_value(found); }).queued,
            Queued::Yes);
  const SignInSource third{*IpAddress::parse("10.0.0.9")};
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kDesk), Found::NotTried);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, third), Found::NotTried) << "the name is being guessed at";
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kOther), Found::Right) << "known there";
  std::promise<Found> own;
  ASSERT_EQ(
      authenticator_.verify({"mia", "sesame"}, hash_, third, [&own](Found found) { own.set_value(found); }).queued,
      Queued::Yes);
  busy.end();
  EXPECT_EQ(guess.get_future().get(), Found::Wrong);
  EXPECT_EQ(own.get_future().get(), Found::Right) << "in its turn, and from the cache";
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kDesk), Found::Right);
}

TEST_F(GuessersTest, AddressesOfOneIpv6PrefixWaitInOneLine) {
  std::vector<std::string> order;  // written by the one thread that answers
  std::promise<void> all;
  {
    Busy busy(authenticator_);
    const auto ask = [&](const char* address, const char* what) {
      const SignInSource from{*IpAddress::parse(address), 64};
      EXPECT_EQ(authenticator_
                    .verify({what, "x"}, "", from,
                            [&order, &all, what](Found) {
                              order.emplace_back(what);
                              if (order.size() == 4) all.set_value();
                            })
                    .queued,
                Queued::Yes);
    };
    ask("2001:db8::1", "first");
    ask("2001:db8::2", "second");
    ask("2001:db8::3", "third");
    ask("2001:db8:0:1::1", "neighbour");
  }
  all.get_future().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"first", "neighbour", "second", "third"}));
}

TEST_F(GuessersTest, WhoHasSignedInGoesOnBesideAGuesser) {
  EXPECT_EQ(try_one(authenticator_, {"mia", "sesame"}, hash_), Found::Right);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kOther), Found::Right);  // and is known there by that
  for (const SignInSource& from : {kDesk, kOther})
    for (const char* guess : {"a", "b"})
      EXPECT_EQ(try_one(authenticator_, {"leo", std::string(guess) + from.address.to_string()}, "", from),
                Found::Wrong);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kDesk), Found::Right);
  EXPECT_EQ(authenticator_.recall({"mia", "sesame"}, hash_, kOther), Found::Right);
}

TEST_F(GuessersTest, TheSameWrongPasswordIsNoGuess) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(try_one(authenticator_, {"mia", "old password"}, hash_), Found::Wrong);
  EXPECT_EQ(try_one(authenticator_, {"mia", "sesame"}, hash_), Found::Right);
}

TEST_F(GuessersTest, TheSamePairWaitsInOnePlaceAndAllAreAnswered) {
  std::atomic<int> right = 0;
  std::promise<void> all;
  constexpr int kConnections = static_cast<int>(Authenticator::kQueue) + 100;  // more than there are places
  {
    Busy busy(authenticator_);
    for (int i = 0; i < kConnections; ++i)
      EXPECT_EQ(authenticator_
                    .verify({"mia", "sesame"}, hash_, kDesk,
                            [&](Found found) {
                              EXPECT_EQ(found, Found::Right);
                              if (++right == kConnections) all.set_value();
                            })
                    .queued,
                Queued::Yes);
  }
  all.get_future().wait();
}

TEST(SeveralThreads, OneThatIsBusyKeepsNobodyWaiting) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5), std::chrono::steady_clock::now, 2);
  std::promise<void> begun, over;
  ASSERT_EQ(authenticator
                .verify({"somebody", "x"}, "", kOther,
                        [&](Found) {
                          auto wait = over.get_future();
                          begun.set_value();
                          wait.wait();
                        })
                .queued,
            Queued::Yes);
  begun.get_future().wait();
  EXPECT_EQ(try_one(authenticator, {"mia", "sesame"}, hash), Found::Right);
  over.set_value();
}

// How many of twenty guesses at one name, which come from as many addresses and wait together, are looked at at all.
int looked_at(unsigned threads) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5), [] { return MonoTime{std::chrono::hours(1)}; }, threads);
  authenticator.set_rule({.free = 1, .longest = std::chrono::hours(1)});
  std::promise<void> over;
  std::shared_future<void> wait = over.get_future().share();
  for (unsigned i = 0; i < threads; ++i) {  // all of them have somebody to answer
    std::promise<void> begun;
    EXPECT_EQ(authenticator
                  .verify({"busy" + std::to_string(i), "x"}, "", {IpAddress::v4(0x0a090000U + i)},
                          [&begun, wait](Found) {
                            begun.set_value();
                            wait.wait();
                          })
                  .queued,
              Queued::Yes);
    begun.get_future().wait();
  }
  constexpr int kGuesses = 20;
  std::atomic<int> wrong = 0, answered = 0;
  std::promise<void> all;
  for (unsigned i = 0; i < kGuesses; ++i)
    EXPECT_EQ(authenticator
                  .verify({"mia", "guess" + std::to_string(i)}, hash, {IpAddress::v4(0x0a000000U + i)},
                          [&](Found found) {
                            wrong += found == Found::Wrong ? 1 : 0;
                            if (++answered == kGuesses) all.set_value();
                          })
                  .queued,
              Queued::Yes);
  over.set_value();
  all.get_future().wait();
  return wrong;
}

TEST(SeveralThreads, GuessAtANameNoFasterThanOne) {
  const int alone = looked_at(1);
  EXPECT_EQ(alone, 4) << "four are free, and the next one has to wait";
  EXPECT_EQ(looked_at(4), alone);
}

}  // namespace
}  // namespace citygate::proxy
