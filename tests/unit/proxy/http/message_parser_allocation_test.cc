// The codec must not allocate per message once its buffers have grown: counted here by replacing operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "proxy/http/forward_head.h"
#include "proxy/http/message_parser.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

// Not inlined: GCC would else take malloc and delete in one function for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* block = std::malloc(size)) return block;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace citygate::proxy {
namespace {

// Reads `text` whole, message by message; returns whether all of it was understood.
bool read_all(MessageParser& parser, std::string_view text) {
  while (!text.empty()) {
    parser.reset();
    for (;;) {
      auto step = parser.next(text);
      if (!step || step->what == MessageParser::Step::What::NeedMore) return false;
      text.remove_prefix(step->consumed);
      if (step->what == MessageParser::Step::What::MessageComplete) break;
    }
  }
  return true;
}

TEST(Allocation, NoneInTheSteadyState) {
  const std::string requests =
      "GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\nUser-Agent: some browser of today\r\nAccept: */*\r\nCookie: "
      "a=b\r\n\r\n"
      "POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Long-Trailer: yes\r\n\r\n";
  const std::string responses =
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nabc"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  MessageParser client(MessageParser::Kind::Request, {});
  MessageParser origin(MessageParser::Kind::Response, {});
  const std::string get = requests.substr(0, requests.find("POST"));
  MessageParser forwarded(MessageParser::Kind::Request, {});
  ASSERT_TRUE(forwarded.next(get));
  std::string out, scratch;
  const auto round = [&] {
    out.clear();
    append_request_head(forwarded.head(),
                        {.origin_form = origin_form(forwarded.head().target, Method::Get, scratch),
                         .host_field = "a.test",
                         .via = "1.1 citygate"},
                        out);
    append_last_chunk(client.trailers(), out);
    return read_all(client, requests) && read_all(origin, responses);
  };
  ASSERT_TRUE(round());
  ASSERT_TRUE(round());
  const std::size_t before = allocations;
  bool all = true;
  for (int i = 0; i < 100; ++i) all = round() && all;
  const std::size_t after = allocations;
  EXPECT_TRUE(all);
  EXPECT_EQ(after - before, 0u);
  EXPECT_GT(before, 0u);  // the counter counts
}

}  // namespace
}  // namespace citygate::proxy
