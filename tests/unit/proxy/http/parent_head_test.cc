#include "proxy/http/parent_head.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

std::string absolute(std::string_view head, std::string_view authority, std::string_view authorization = "") {
  std::string out;
  append_absolute_head(head, authority, authorization, out);
  return out;
}

TEST(ParentHead, makes_the_target_absolute) {
  EXPECT_EQ(absolute("GET /a?b HTTP/1.1\r\nHost: a.test:8080\r\nVia: 1.1 x\r\n\r\n", "a.test:8080"),
            "GET http://a.test:8080/a?b HTTP/1.1\r\nHost: a.test:8080\r\nVia: 1.1 x\r\n\r\n");
}

TEST(ParentHead, a_request_about_the_whole_server_has_no_path) {
  EXPECT_EQ(absolute("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test"),
            "OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n");
}

TEST(ParentHead, credentials_stand_in_front_of_the_fields) {
  EXPECT_EQ(absolute("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "a.test", "Basic eA=="),
            "GET http://a.test/ HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\nHost: a.test\r\n\r\n");
}

TEST(ParentHead, connect_names_the_authority_twice) {
  std::string out;
  append_connect_head("[2001:db8::1]:443", "Basic eA==", "1.1 x", out);
  EXPECT_EQ(out,
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nProxy-Authorization: Basic eA==\r\n"
            "Via: 1.1 x\r\n\r\n");
}

}  // namespace
}  // namespace citygate::proxy
