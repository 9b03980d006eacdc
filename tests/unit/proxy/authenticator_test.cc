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

bool verify(Authenticator& authenticator, const Credentials& credentials, const std::string& hash) {
  std::promise<bool> answer;
  EXPECT_TRUE(authenticator.verify(credentials, hash, [&answer](bool right) { answer.set_value(right); }));
  return answer.get_future().get();
}

TEST(Authenticator, VerifiesAndRemembersTheVeryPairAndHash) {
  const std::string hash = hash_password("sesame").value();
  Authenticator authenticator(std::chrono::minutes(5));
  const Credentials right{"mia", "sesame"}, wrong{"mia", "Sesame"};
  EXPECT_FALSE(authenticator.cached(right, hash));
  EXPECT_FALSE(verify(authenticator, wrong, hash));
  EXPECT_TRUE(verify(authenticator, right, hash));
  EXPECT_TRUE(authenticator.cached(right, hash));
  EXPECT_FALSE(authenticator.cached(wrong, hash));
  // A new hash of the same password is another one: a changed password must not pass on an old proof.
  EXPECT_FALSE(authenticator.cached(right, hash_password("sesame").value()));
}

TEST(Authenticator, NobodyOfThatNameIsRefusedAndNotRemembered) {
  Authenticator authenticator(std::chrono::minutes(5));
  EXPECT_FALSE(verify(authenticator, {"nobody", ""}, ""));
  EXPECT_FALSE(authenticator.cached({"nobody", ""}, ""));
}

TEST(Authenticator, AnswersWhatIsQueuedWhenItGoes) {
  std::atomic<int> answers = 0;
  {
    Authenticator authenticator(std::chrono::minutes(5));
    for (int i = 0; i < 8; ++i)
      ASSERT_TRUE(authenticator.verify({"nobody", "x"}, "", [&answers](bool right) {
        EXPECT_FALSE(right);
        ++answers;
      }));
  }
  EXPECT_EQ(answers, 8);
}

}  // namespace
}  // namespace citygate::proxy
