// parser_bench - what reading and forwarding one head costs. llhttp alone on the same bytes is the floor; what stands
// above it is our second reading (head_rules.h).
//
// The request is a browser's GET through a proxy, 577 bytes with 10 fields. That none of this allocates in the steady
// state is a test (message_parser_allocation_test).
#include <benchmark/benchmark.h>
#include <llhttp.h>

#include <string>

#include "proxy/http/forward_head.h"
#include "proxy/http/message_parser.h"

namespace {

using namespace citygate;
using namespace citygate::proxy;

std::string browser_get() {
  std::string text =
      "GET http://www.news.test/politics/2026/11/a-long-enough-headline.html?ref=front&n=3 HTTP/1.1\r\n"
      "Host: www.news.test\r\n"
      "Proxy-Connection: keep-alive\r\n"
      "Upgrade-Insecure-Requests: 1\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
      "Safari/537.36\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
      "Referer: http://www.news.test/\r\n"
      "Accept-Encoding: gzip, deflate\r\n"
      "Accept-Language: en-US,en;q=0.9\r\n"
      "If-None-Match: \"5f1c-61d2\"\r\n"
      "Cookie: ";
  text.append(577 - text.size() - 4, 'c');
  return text + "\r\n\r\n";
}

const std::string& response_head() {
  static const std::string text =
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sat, 21 Nov 2026 22:00:00 GMT\r\nContent-Type: text/html; "
      "charset=utf-8\r\n"
      "Content-Length: 10240\r\nLast-Modified: Sat, 21 Nov 2026 20:00:00 GMT\r\nConnection: keep-alive\r\nVary: "
      "Accept-Encoding\r\nETag: \"5f1c-61d2\"\r\nCache-Control: max-age=60\r\nAccept-Ranges: bytes\r\n\r\n";
  return text;
}

void llhttp_alone(benchmark::State& state) {
  const std::string text = browser_get();
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  llhttp_t machine;
  for (auto _ : state) {
    llhttp_init(&machine, HTTP_REQUEST, &settings);
    benchmark::DoNotOptimize(llhttp_execute(&machine, text.data(), text.size()));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(llhttp_alone);

void read_head(benchmark::State& state, MessageParser::Kind kind, const std::string& text) {
  MessageParser parser(kind, {});
  static_cast<void>(parser.next(text));
  parser.reset();
  for (auto _ : state) {
    auto step = parser.next(text);
    if (!step) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.head().fields.data());
    parser.reset();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
void read_request(benchmark::State& state) { read_head(state, MessageParser::Kind::Request, browser_get()); }
void read_response(benchmark::State& state) { read_head(state, MessageParser::Kind::Response, response_head()); }
BENCHMARK(read_request);
BENCHMARK(read_response);

void forward_request(benchmark::State& state) {
  const std::string text = browser_get();
  MessageParser parser(MessageParser::Kind::Request, {});
  static_cast<void>(parser.next(text));
  std::string out, scratch;
  for (auto _ : state) {
    out.clear();
    append_request_head(parser.head(),
                        {.origin_form = origin_form(parser.head().target, Method::Get, scratch),
                         .host_field = "www.news.test",
                         .via = "1.1 citygate"},
                        out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(forward_request);

void read_chunks(benchmark::State& state) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto size = static_cast<std::size_t>(state.range(0));
  char prefix[20];
  for (int i = 0; i < 16; ++i) {
    text.append(prefix, chunk_prefix(size, prefix));
    text.append(size, 'x').append("\r\n");
  }
  text += "0\r\n\r\n";
  MessageParser parser(MessageParser::Kind::Response, {});
  for (auto _ : state) {
    std::string_view rest = text;
    for (;;) {
      auto step = parser.next(rest);
      if (!step) {
        state.SkipWithError("refused");
        break;
      }
      rest.remove_prefix(step->consumed);
      if (step->what == MessageParser::Step::What::MessageComplete) break;
    }
    parser.reset();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(read_chunks)->Arg(64)->Arg(4096);

}  // namespace
