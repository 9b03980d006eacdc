#include "proxy/identity/authenticator.h"

#include <gtest/gtest.h>

#include <future>

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

TEST(Authenticator, AddressThatGuessesHasToWaitAndOthersDoNot) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5));
  authenticator.set_rule({.free = 2, .longest = std::chrono::hours(1)});
  EXPECT_EQ(try_one(authenticator, {"mia", "a"}, hash), Found::Wrong);
  EXPECT_EQ(try_one(authenticator, {"mia", "b"}, hash), Found::Wrong);
  const auto asked = authenticator.verify({"mia", "sesame"}, hash, kDesk, [](Found) { ADD_FAILURE(); });
  EXPECT_EQ(asked.queued, Queued::Wait);
  EXPECT_GT(asked.retry_after.count(), 0);
  EXPECT_EQ(try_one(authenticator, {"mia", "sesame"}, hash, kOther), Found::Right);
  // Nor does the cache tell the guesser that this guess is the right one; whom it knows goes on.
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kDesk), Found::NotTried);
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kOther), Found::Right);
}

TEST(Authenticator, WhoHasSignedInGoesOnBesideAGuesser) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5));
  authenticator.set_rule({.free = 2, .longest = std::chrono::hours(1)});
  EXPECT_EQ(try_one(authenticator, {"mia", "sesame"}, hash), Found::Right);
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kOther), Found::Right);  // and is known there by that
  for (const SignInSource& from : {kDesk, kOther})
    for (const char* guess : {"a", "b"})
      EXPECT_EQ(try_one(authenticator, {"leo", std::string(guess) + from.address.to_string()}, "", from), Found::Wrong);
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kDesk), Found::Right);
  EXPECT_EQ(authenticator.recall({"mia", "sesame"}, hash, kOther), Found::Right);
}

TEST(Authenticator, TheSameWrongPasswordIsNoGuess) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5));
  authenticator.set_rule({.free = 2, .longest = std::chrono::hours(1)});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(try_one(authenticator, {"mia", "old password"}, hash), Found::Wrong);
  EXPECT_EQ(try_one(authenticator, {"mia", "sesame"}, hash), Found::Right);
}

}  // namespace
}  // namespace citygate::proxy
