// The one spelling of an act.
#include <gmock/gmock.h>

#include <string>

#include "records/act_codec.h"
#include "tests/unit/records/sample_acts.h"

namespace citygate::records {
namespace {

using test::kSalt;
using test::suspension;
using testing::HasSubstr;

TEST(ActCodec, has_one_spelling) {
  const auto line = encode_act(suspension(), kSalt);
  ASSERT_TRUE(line) << line.error().context;
  EXPECT_EQ(*line,
            "{\"number\":41,\"time\":\"2026-11-21T14:00:00.000250Z\",\"kind\":\"suspend\",\"author\":\"pat.lee\","
            "\"via\":\"control socket, user root\",\"reason\":\"order of the chief, \\\"as agreed\\\"\\n\u2014 pending "
            "review\",\"subject\":\"ada\",\"fields\":{\"\":\"\\u0001\x7f\\\\\",\"from\":\"2026-11-21T14:00:00Z\","
            "\"until\":\"2026-12-01T00:00:00Z\"},\"salt\":\"00112233445566778899aabbccddeeff\"}");
  const auto again = decode_act(*line);
  ASSERT_TRUE(again) << again.error().context;
  EXPECT_EQ(*again, suspension());
}

TEST(ActCodec, every_kind_comes_back) {
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastActKind); ++value) {
    Act act;
    act.number = value + 1;
    act.kind = static_cast<ActKind>(value);
    const auto again = decode_act(*encode_act(act, make_act_salt()));
    ASSERT_TRUE(again) << again.error().context;
    EXPECT_EQ(*again, act);
  }
}

TEST(ActCodec, no_other_spelling_is_read) {
  const std::string good = *encode_act(suspension(), kSalt);
  ASSERT_TRUE(decode_act(good));
  const auto with = [&good](std::string_view old, std::string_view now) {
    std::string out = good;
    const auto at = out.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    return out.replace(at, old.size(), now);
  };
  const std::string kNumber = "\"number\":41";
  for (const auto& bad : {
           with(kNumber, "\"number\": 41"),
           with(kNumber, "\"number\":41.0"),
           with(kNumber, "\"number\":-41"),
           with(kNumber, "\"number\":0"),
           with(kNumber, "\"number\":\"41\""),
           with(kNumber, "\"number\":null"),
           with(kNumber, "\"number\":[41]"),
           with(kNumber, "\"number\":41,\"number\":41"),
           with(kNumber, "\"numbre\":41"),
           with(kNumber, "\"more\":1,\"number\":41"),
           with(",\"subject\":\"ada\"", ""),
           with("\"ada\"", "\"\\u0061da\""),
           with("\"ada\"", "\"a\\/da\""),
           with("\"ada\"", "\"a\\u000ada\""),
           with("\"ada\"", "\"a\\u001Fda\""),
           with("\"ada\"", "\"a\\u0020da\""),
           with("\"ada\"", "\"a\nda\""),
           with("T14:00:00", "T14:00:60"),
           with("-11-21T", "-11-31T"),
           with("\"ada\"", "\"\xff\""),
           with("\"ada\"", "true"),
           with("\"ada\"", "{}"),
           with(".000250Z", ".00025Z"),
           with(".000250Z", ".000250+00:00"),
           with("T14:00", "T25:00"),
           with("\"suspend\"", "\"forget\""),
           with("\"from\"", "\"zrom\""),
           with("\"from\"", "\"until\""),
           with("ddeeff\"", "DDEEFF\""),
           with("ddeeff\"", "ddee\""),
           with("ddeeff\"}", "ddeeff\"} "),
           with("ddeeff\"}", "ddeeff\"}{}"),
           with("ddeeff\"}", "ddeeff\",\"more\":\"1\"}"),
       }) {
    const auto read = decode_act(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().kind, Error::Kind::Malformed);
    EXPECT_FALSE(read.error().context.empty());
  }
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(decode_act(good.substr(0, length)));
}

// RFC 3629, section 4: what is shorter otherwise, half of a surrogate pair, or beyond U+10FFFF, is no UTF-8.
TEST(ActCodec, texts_are_utf_8) {
  Act act = suspension();
  for (const std::string_view good :
       {"\u00e9", "\u20ac", "\U0001f469", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xc2\x80"}) {
    act.reason = good;
    const auto line = encode_act(act, kSalt);
    ASSERT_TRUE(line) << line.error().context;
    EXPECT_EQ(decode_act(*line)->reason, good);
  }
  const std::string line = *encode_act(suspension(), kSalt);
  for (const std::string_view bad : {"\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
                                     "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    act.reason = "a";
    act.reason += bad;
    EXPECT_FALSE(encode_act(act, kSalt));
    std::string now = line;
    now.replace(now.find("ada"), 3, bad);
    EXPECT_FALSE(decode_act(now));
  }
}

TEST(ActCodec, what_cannot_be_spelled_is_named) {
  Act act = suspension();
  act.reason = "\xc3\x28";
  EXPECT_THAT(encode_act(act, kSalt).error().context, HasSubstr("reason"));
  act = suspension();
  act.fields["about"] = "\xff";
  EXPECT_THAT(encode_act(act, kSalt).error().context, HasSubstr("'about'"));
  act = suspension();
  act.time += std::chrono::years(9000);
  EXPECT_THAT(encode_act(act, kSalt).error().context, HasSubstr("year"));
  act = suspension();
  act.reason.assign(kMaxActBytes, 'x');
  EXPECT_EQ(encode_act(act, kSalt).error().kind, Error::Kind::TooLarge);
}

}  // namespace
}  // namespace citygate::records
