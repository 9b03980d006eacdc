#include "categories/minisign.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "tests/unit/categories/minisign_signer.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

using ::testing::HasSubstr;

class Minisign : public ::testing::Test {
 protected:
  Result<std::string> verify(std::string_view signature, std::string_view bytes) {
    const auto key = MinisignKey::parse(signer_.public_key());
    EXPECT_TRUE(key) << key.error().context;
    return verify_minisign(*key, signature, scratch_.write("list.txt", bytes));
  }
  void refused(std::string_view signature, std::string_view bytes, Error::Kind kind, std::string_view words) {
    const auto result = verify(signature, bytes);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, kind);
    EXPECT_THAT(result.error().context, HasSubstr(std::string(words)));
  }

  Scratch scratch_;
  MinisignSigner signer_{7};
};

TEST_F(Minisign, TakesBothFormsAndGivesTheTrustedComment) {
  for (const auto form : {MinisignSigner::Form::Hashed, MinisignSigner::Form::Whole}) {
    const auto comment = verify(signer_.sign("a.example\n", "timestamp:1", form), "a.example\n");
    ASSERT_TRUE(comment) << comment.error().context;
    EXPECT_EQ(*comment, "timestamp:1");
  }
  EXPECT_TRUE(verify(signer_.sign("", "", MinisignSigner::Form::Hashed), ""));
  EXPECT_TRUE(verify(signer_.sign("", "", MinisignSigner::Form::Whole), ""));
}

// Made by the minisign program, version 0.11, with a key that was made for this test and thrown away.
TEST_F(Minisign, AgreesWithTheMinisignProgram) {
  const auto key = MinisignKey::parse("RWRVgMwj68hco+jjk2PmuIiyFaf9bg6mmbO1MYs7cPQ23bEVwf5hT7r7");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->id_text(), "A35CC8EB23CC8055");
  const auto file = scratch_.write("list.txt", "gambling.example\nbets.example\n");
  const auto hashed = verify_minisign(
      *key,
      "untrusted comment: signature from minisign secret key\n"
      "RURVgMwj68hco9WxZDPUZyxRx5caI124uUvFUURrJPitS1raPJ+7DaGkqBrrdc+Su5kY5xJpnbeMF4+BpQhP4IEZo5p/wKJ/fwA=\n"
      "trusted comment: citygate test list 7\n"
      "qrOw/D7QjnIK4H54+c7phJ9E1kuJaREgmtJ885XzIwjZLvJ4mR4RHB/AQeSZEfWOP7pbYcQk5WGRYyLnwfd+DA==\n",
      file);
  ASSERT_TRUE(hashed) << hashed.error().context;
  EXPECT_EQ(*hashed, "citygate test list 7");
  const auto whole = verify_minisign(
      *key,
      "untrusted comment: signature from minisign secret key\r\n"
      "RWRVgMwj68hco8atkMrUCZjvRDLJv+HDfL5lo3qRB+dPEPKYM/tIxflhVdGIdVcvpSo+HpQs1fL0TXUwuqffUR/0SblaeZ2rugE=\r\n"
      "trusted comment: legacy\r\n"
      "yUSDFQrBJ6bjXjTbQLOlflRUZUWSU2+8nK020j9ou7vvbefrvXkuB7QqDdWM0EJg4iIQWZsCHfBNRlAg6dD2DA==",
      file);
  ASSERT_TRUE(whole) << whole.error().context;
}

TEST_F(Minisign, RefusesWhatWasNotSigned) {
  const std::string good = signer_.sign("a.example\n", "v1", MinisignSigner::Form::Hashed);
  refused(good, "a.example\nb.example\n", Error::Kind::Refused, "does not match its signature");
  refused(good, "", Error::Kind::Refused, "does not match its signature");
  std::string comment = good;
  comment.replace(comment.find("v1"), 2, "v2");
  refused(comment, "a.example\n", Error::Kind::Refused, "trusted comment that key");
  const std::string whole = signer_.sign("a.example\n", "v1", MinisignSigner::Form::Whole);
  refused(whole, "a.example", Error::Kind::Refused, "does not match its signature");
}

TEST_F(Minisign, NamesBothKeysWhenAnotherSigned) {
  const MinisignSigner other(8);
  const auto result = verify(other.sign("a\n", "v1", MinisignSigner::Form::Hashed), "a\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().context, "is signed by key " + MinisignKey::parse(other.public_key())->id_text() +
                                        ", expected " + MinisignKey::parse(signer_.public_key())->id_text());
}

// The id says whose key it is and proves nothing: the same id over another key must not pass.
TEST_F(Minisign, ABorrowedKeyIdDoesNotHelp) {
  MinisignSigner forger(8);
  forger.id = signer_.id;
  refused(forger.sign("a\n", "v1", MinisignSigner::Form::Hashed), "a\n", Error::Kind::Refused,
          "does not match its signature");
}

TEST_F(Minisign, NamesTheLineThatIsNotOfThisForm) {
  const std::string good = signer_.sign("a\n", "v1", MinisignSigner::Form::Hashed);
  refused("", "a\n", Error::Kind::Malformed, "line 1");
  refused("<!doctype html>\n<p>Not found", "a\n", Error::Kind::Malformed, "line 1");
  refused("untrusted comment: x\nRUQ=\n", "a\n", Error::Kind::Malformed, "line 2");
  refused("untrusted comment: x\n!!!!\n", "a\n", Error::Kind::Malformed, "line 2");
  refused(good.substr(0, good.find("trusted comment: v1")), "a\n", Error::Kind::Malformed, "line 3");
  refused(good.substr(0, good.find("v1") + 3), "a\n", Error::Kind::Malformed, "line 4");
  std::string other = good;
  other.replace(other.find('\n') + 1, 2, "AA");
  refused(other, "a\n", Error::Kind::Malformed, "another algorithm");
}

TEST_F(Minisign, EveryCutAndEveryFlippedBitIsRefused) {
  const std::string good = signer_.sign("a.example\n", "v1", MinisignSigner::Form::Hashed);
  const std::size_t signed_from = good.find('\n') + 1;  // line 1 is anybody's words
  for (std::size_t length = 0; length + 1 < good.size(); ++length)
    EXPECT_FALSE(verify(good.substr(0, length), "a.example\n")) << length;
  for (std::size_t at = signed_from; at + 1 < good.size(); ++at) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(verify(flipped, "a.example\n")) << at;
  }
}

TEST_F(Minisign, KeysThatAreNoneAreRefused) {
  const std::string good = signer_.public_key();
  EXPECT_TRUE(MinisignKey::parse(good));
  for (const std::string& bad : {std::string(), std::string("RWQ"), good.substr(4), good + "AAAA",
                                 "AA" + good.substr(2), std::string(5000, 'A')})
    EXPECT_FALSE(MinisignKey::parse(bad)) << bad;
}

}  // namespace
}  // namespace citygate::categories
