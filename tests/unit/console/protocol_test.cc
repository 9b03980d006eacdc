#include "console/protocol.h"

#include <gtest/gtest.h>

namespace citygate::console {
namespace {

TEST(Protocol, RequestComesBackAsItWasSent) {
  const Request sent{.command = "records search", .args = {{"host", "a\"b\n\xc3\xa4"}, {"limit", "3"}}};
  const auto line = encode(sent);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = parse_request(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, sent.command);
  EXPECT_EQ(read->args, sent.args);
}

TEST(Protocol, NumbersAndTruthValuesAreTakenAsTheirText) {
  const auto read = parse_request(R"({"command": "x", "args": {"limit": 12, "deep": true}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->args.at("limit"), "12");
  EXPECT_EQ(read->args.at("deep"), "true");
}

TEST(Protocol, WhatIsNoRequestIsRefusedWithTheRightForm) {
  for (const char* text : {"", "report", "[]", "{", "{}", R"({"command": 3})", R"({"command": "x", "args": []})",
                           R"({"command": "x", "args": {"a": [1]}})", R"({"command": "x", "more": 1})", "\xff\xfe"}) {
    const auto read = parse_request(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind, Error::Kind::Malformed);
    EXPECT_FALSE(read.error().context.empty());
  }
}

TEST(Protocol, RepliesComeBackAsTheyWereSent) {
  for (const Reply& sent :
       {Reply{.kind = Reply::Kind::Out, .text = "a\tb"}, Reply{.kind = Reply::Kind::Err, .text = "no"},
        Reply{.kind = Reply::Kind::Exit, .text = "", .exit = 2}}) {
    const auto read = parse_reply(encode(sent));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, sent.kind);
    EXPECT_EQ(read->text, sent.text);
    EXPECT_EQ(read->exit, sent.exit);
  }
}

TEST(Protocol, BytesThatAreNoTextDoNotBreakTheLine) {
  const auto read = parse_reply(encode(Reply{.kind = Reply::Kind::Out,
                                             .text = "a\xff"
                                                     "b"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text,
            "a\xef\xbf\xbd"
            "b");
}

TEST(Protocol, WhatIsNoReplyIsRefused) {
  for (const char* text : {"", "HTTP/1.1 200 OK", "{}", R"({"exit": "0"})", R"({"out": "a", "err": "b"})"})
    EXPECT_FALSE(parse_reply(text)) << text;
}

}  // namespace
}  // namespace citygate::console
