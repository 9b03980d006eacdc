// h2o's fuzzing corpus of HTTP/1 connections: each file as what a client and as what an origin sent, whole and byte by
// byte. Both ways give the same heads, bodies and errors, and a message framed once is never two.
#include <gtest/gtest.h>

#include "tests/conformance/data_files.h"
#include "tests/unit/proxy/http/message_reading.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

TEST(H2oCorpus, ReadsTheSameWholeAndByteByByte) {
  int files = 0;
  std::size_t messages = 0, errors = 0;
  const bool found = test::for_each_file("conformance/corpora/http1.tar.zst",
                                         [&](const std::string& name, const std::string& contents) {
                                           ++files;
                                           for (const Kind kind : {Kind::Request, Kind::Response})
                                             for (const Method answers : {Method::Get, Method::Head, Method::Connect}) {
                                               if (kind == Kind::Request && answers != Method::Get) continue;
                                               const auto whole = test::read_whole(kind, contents, answers);
                                               ASSERT_EQ(whole, test::read_bytewise(kind, contents, answers)) << name;
                                               messages += whole.messages.size();
                                               errors += whole.error_status != 0;
                                               ASSERT_LE(whole.messages.size(), contents.size()) << name;
                                             }
                                         });
  if (!found) GTEST_SKIP() << "the data collection is not beside the repository";
  EXPECT_EQ(files, 832);
  EXPECT_GT(messages, 100u);
  EXPECT_GT(errors, 100u);
}

}  // namespace
}  // namespace citygate::proxy
