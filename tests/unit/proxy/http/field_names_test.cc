#include <gtest/gtest.h>

#include "proxy/http/message.h"

namespace citygate::proxy {
namespace {

TEST(FieldNames, KnowsNamesInAnyCase) {
  EXPECT_EQ(field_name("Host"), FieldName::Host);
  EXPECT_EQ(field_name("hOST"), FieldName::Host);
  EXPECT_EQ(field_name("TE"), FieldName::Te);
  EXPECT_EQ(field_name("HTTP2-Settings"), FieldName::Http2Settings);
  EXPECT_EQ(field_name("TRANSFER-ENCODING"), FieldName::TransferEncoding);
  EXPECT_EQ(field_name("Proxy-Authentication-Info"), FieldName::ProxyAuthenticationInfo);
  EXPECT_EQ(field_name("upgrade-insecure-requests"), FieldName::UpgradeInsecureRequests);
}

TEST(FieldNames, TakesNothingForANeighbour) {
  EXPECT_EQ(field_name(""), FieldName::Other);
  EXPECT_EQ(field_name("Hos"), FieldName::Other);
  EXPECT_EQ(field_name("Hosts"), FieldName::Other);
  EXPECT_EQ(field_name("Content_Length"), FieldName::Other);
  EXPECT_EQ(field_name("Content-Length "), FieldName::Other);
  EXPECT_EQ(field_name("Transfer\rEncoding"), FieldName::Other);  // '\r' | 0x20 is '-'
  EXPECT_EQ(field_name(std::string(300, 'a')), FieldName::Other);
}

// Two names of one id would make one of them unreachable to a rule that asks for it.
TEST(FieldNames, EveryIdHasItsName) {
  const std::string_view names[] = {"Accept",
                                    "Authorization",
                                    "Connection",
                                    "Content-Disposition",
                                    "Content-Length",
                                    "Content-Type",
                                    "Expect",
                                    "Forwarded",
                                    "Host",
                                    "HTTP2-Settings",
                                    "Keep-Alive",
                                    "Location",
                                    "Max-Forwards",
                                    "Proxy-Authenticate",
                                    "Proxy-Authentication-Info",
                                    "Proxy-Authorization",
                                    "Proxy-Connection",
                                    "Purpose",
                                    "Range",
                                    "Referer",
                                    "Sec-Fetch-Dest",
                                    "Sec-Fetch-Mode",
                                    "Sec-Fetch-User",
                                    "Sec-Purpose",
                                    "TE",
                                    "Trailer",
                                    "Transfer-Encoding",
                                    "Upgrade",
                                    "Upgrade-Insecure-Requests",
                                    "Via",
                                    "WWW-Authenticate",
                                    "X-Forwarded-For",
                                    "X-Forwarded-Host",
                                    "X-Moz",
                                    "X-Requested-With"};
  int id = 0;
  for (std::string_view name : names) EXPECT_EQ(static_cast<int>(field_name(name)), ++id) << name;
}

TEST(MessageHead, ValueIsTheFirstOfThatName) {
  MessageHead head;
  head.fields = {{FieldName::Via, "Via", "1.0 a"}, {FieldName::Other, "X", "y"}, {FieldName::Via, "via", "1.1 b"}};
  EXPECT_EQ(head.value(FieldName::Via), "1.0 a");
  EXPECT_EQ(head.value(FieldName::Host), "");
}

TEST(MessageHead, ClearKeepsNoFieldButItsCapacity) {
  MessageHead head;
  head.fields.resize(40);
  head.status = 200;
  head.keep_alive = false;
  head.framing = Framing::Chunked;
  head.clear();
  EXPECT_TRUE(head.fields.empty());
  EXPECT_GE(head.fields.capacity(), 40u);
  EXPECT_EQ(head.status, 0);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.framing, Framing::None);
}

}  // namespace
}  // namespace citygate::proxy
