#include "proxy/http/connection_sign_in.h"

#include <gtest/gtest.h>

#include "proxy/http/forward_head.h"
#include "proxy/http/message_parser.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

bool challenged(std::string_view fields) {
  const std::string text = "HTTP/1.1 401 Unauthorized\r\n" + std::string(fields) + "\r\n";
  MessageParser parser(Kind::Response, {});
  auto step = parser.next(text);
  EXPECT_TRUE(step) << text;
  return signs_in_connection(parser.head(), FieldName::WwwAuthenticate);
}

TEST(ConnectionSignIn, IsFoundInAnyFieldAndPlace) {
  EXPECT_TRUE(challenged("WWW-Authenticate: NTLM\r\n"));
  EXPECT_TRUE(challenged("WWW-Authenticate: negotiate YII=\r\n"));
  EXPECT_TRUE(challenged("WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Ntlm\r\n"));
  EXPECT_TRUE(challenged("WWW-Authenticate: Digest realm=\"x, y\", nonce=\"z\", Negotiate\r\n"));
}

TEST(ConnectionSignIn, IsNoOtherSchemeAndNoOtherField) {
  EXPECT_FALSE(challenged(""));
  EXPECT_FALSE(challenged("WWW-Authenticate: Basic realm=\"NTLM\"\r\n"));
  EXPECT_FALSE(challenged("WWW-Authenticate: NTLMv9\r\n"));
  EXPECT_FALSE(challenged("Proxy-Authenticate: NTLM\r\n"));
}

TEST(ConnectionSignIn, IsToldToTheClient) {
  MessageParser parser(Kind::Response, {});
  ASSERT_TRUE(parser.next("HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"));
  std::string out;
  append_response_head(parser.head(), {.framing = Framing::Length, .via = "1.1 x"}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n"
            "Proxy-Support: Session-Based-Authentication\r\nConnection: Proxy-Support\r\nVia: 1.1 x\r\n\r\n");
}

}  // namespace
}  // namespace citygate::proxy
