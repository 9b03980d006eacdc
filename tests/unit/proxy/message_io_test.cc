// What moves between two sockets, over a transport whose every read and write the test decides.
#include "proxy/http/message_io.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace citygate::proxy {
namespace {

class ScriptedTransport final : public Transport {
 public:
  std::deque<std::string> incoming;  // one element per read; then would-block, or the end
  bool ended = false;
  std::string outgoing;
  std::deque<std::size_t> room;  // how much each write takes; then everything

  void set_handler(Handler*) override {}
  IoResult read(std::span<char> into) override {
    if (incoming.empty()) return {.kind = ended ? IoResult::Kind::End : IoResult::Kind::WouldBlock};
    std::string& front = incoming.front();
    const std::size_t n = std::min(front.size(), into.size());
    std::copy_n(front.begin(), n, into.begin());
    front.erase(0, n);
    if (front.empty()) incoming.pop_front();
    return {.kind = IoResult::Kind::Ok, .bytes = n};
  }
  IoResult write(std::span<const iovec> from) override {
    std::size_t left = SIZE_MAX;
    if (!room.empty()) {
      left = room.front();
      room.pop_front();
    }
    if (left == 0) return {};
    std::size_t moved = 0;
    for (const iovec& piece : from) {
      const std::size_t n = std::min(left, piece.iov_len);
      outgoing.append(static_cast<const char*>(piece.iov_base), n);
      moved += n;
      left -= n;
    }
    return {.kind = IoResult::Kind::Ok, .bytes = moved};
  }
  void want_read_again() override {}
  bool may_be_readable() const override { return !incoming.empty(); }
  void shutdown_write() override {}
  void reset_on_close() override {}
  SocketAddress peer() const override { return {}; }
  SocketAddress local() const override { return {}; }
};

class MessageIo : public testing::Test {
 protected:
  ScriptedTransport from_, to_;
  BufferPool pool_{1024, 8};
};

TEST_F(MessageIo, AHeadInPiecesThenItsBodyThenTheNextRequest) {
  from_.incoming = {"POST http://a.example/ HT", "TP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhe",
                    "lloGET http://b.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"};
  MessageReader reader(from_, pool_, MessageParser::Kind::Request, {});
  ASSERT_EQ(reader.read_head().value(), MessageReader::HeadStatus::Complete);
  EXPECT_EQ(reader.head().target, "http://a.example/");
  reader.release_head();
  std::string body;
  for (;;) {
    auto batch = reader.peek().value();
    for (auto piece : batch.pieces) body += piece;
    reader.take(batch.bytes());
    if (batch.last) break;
  }
  EXPECT_EQ(body, "hello");
  EXPECT_TRUE(reader.complete());
  EXPECT_TRUE(reader.leftover());
  reader.next_message();
  ASSERT_EQ(reader.read_head().value(), MessageReader::HeadStatus::Complete);
  EXPECT_EQ(reader.head().target, "http://b.example/");
  reader.next_message();
  EXPECT_EQ(reader.read_head().value(), MessageReader::HeadStatus::NeedMore);
  reader.release_if_empty();
  EXPECT_EQ(pool_.lent(), 0u) << "an idle connection holds no buffer";
}

TEST_F(MessageIo, AFullBufferStopsReading) {
  const std::string body(5000, 'x');
  from_.incoming = {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body};
  MessageReader reader(from_, pool_, MessageParser::Kind::Response, {.head_bytes = 1024});
  reader.expect_response_to(Method::Get);
  ASSERT_EQ(reader.read_head().value(), MessageReader::HeadStatus::Complete);
  auto batch = reader.peek().value();
  const auto first = batch.bytes();
  EXPECT_LT(first, 1024u);
  EXPECT_EQ(reader.peek().value().bytes(), first) << "what was not taken stays, and nothing more is read";
  EXPECT_FALSE(from_.incoming.empty());
  reader.release_head();
  std::uint64_t total = 0;
  while (!reader.complete()) {
    const auto now = reader.peek().value().bytes();
    total += now;
    reader.take(now);
  }
  EXPECT_EQ(total, 5000u);
}

// Whatever the reads bring, however little the writes take, and wherever a limit falls, the bytes that come out are
// those that went in.
TEST_F(MessageIo, ChunkedGoesThroughAnyCutAndAnyLimit) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 300; ++round) {
    std::string wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", content;
    for (int chunk = 0; chunk < 5; ++chunk) {
      const std::string text(1 + random() % 700, static_cast<char>('a' + chunk));
      char prefix[20];
      wire.append(prefix, chunk_prefix(text.size(), prefix)).append(text).append("\r\n");
      content += text;
    }
    wire += "0\r\nX-Sum: 1\r\n\r\n";
    ScriptedTransport in, out;
    for (std::size_t at = 0; at < wire.size();) {
      const std::size_t n = 1 + random() % 400;
      in.incoming.push_back(wire.substr(at, n));
      at += n;
    }
    MessageReader reader(in, pool_, MessageParser::Kind::Response, {.head_bytes = 1024});
    reader.expect_response_to(Method::Get);
    while (reader.read_head().value() != MessageReader::HeadStatus::Complete) {
    }
    reader.release_head();
    MessageWriter writer(out);
    writer.begin_head() = "HEAD";
    writer.begin_body(Framing::Chunked);
    for (int i = 0; i < 400; ++i) out.room.push_back(random() % 300);
    bool done = false;
    std::uint64_t payload = 0;
    for (int turn = 0; turn < 100'000 && !done; ++turn) {
      auto batch = reader.peek().value();
      const Sent sent = writer.send(batch, 1 + random() % 500);
      payload += sent.payload;
      reader.take(sent.payload);
      done = sent.done && batch.last;
    }
    ASSERT_TRUE(done);
    EXPECT_EQ(payload, content.size());
    ASSERT_TRUE(out.outgoing.starts_with("HEAD"));
    // Read back by a parser of its own.
    ScriptedTransport back;
    back.incoming = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + out.outgoing.substr(4)};
    BufferPool large(1 << 16, 1);
    MessageReader check(back, large, MessageParser::Kind::Response, {});
    check.expect_response_to(Method::Get);
    ASSERT_EQ(check.read_head().value(), MessageReader::HeadStatus::Complete);
    check.release_head();
    std::string got;
    for (;;) {
      auto batch = check.peek().value();
      for (auto piece : batch.pieces) got += piece;
      check.take(batch.bytes());
      if (!batch.last) continue;
      ASSERT_EQ(batch.trailers->size(), 1u);
      EXPECT_EQ(batch.trailers->front().name, "X-Sum");
      break;
    }
    EXPECT_EQ(got, content);
    EXPECT_FALSE(check.leftover());
  }
}

TEST_F(MessageIo, AnEndWithoutPayloadIsDoneOnlyWhenTheQueueIsOut) {
  MessageWriter writer(to_);
  writer.begin_head() = "0123456789";
  writer.begin_body(Framing::None);
  to_.room = {4, 0};
  const Batch end{.pieces = {}, .last = true, .trailers = nullptr};
  Sent sent = writer.send(end, 0);
  EXPECT_TRUE(sent.blocked);
  EXPECT_FALSE(sent.done);
  EXPECT_TRUE(writer.send(end, 0).blocked);
  EXPECT_TRUE(writer.send(end, 0).done);
  EXPECT_EQ(to_.outgoing, "0123456789");
}

TEST_F(MessageIo, AHeadIsTakenBackWithoutWhatIsQueuedBeforeIt) {
  MessageWriter writer(to_);
  to_.room = {3, 0};
  writer.begin_head() += "interim";
  writer.begin_body(Framing::None);
  EXPECT_TRUE(writer.send({}, 0).blocked);
  writer.begin_head() += "final";
  writer.begin_body(Framing::Length);
  EXPECT_TRUE(writer.send({}, 0).blocked);
  ASSERT_TRUE(writer.take_back_head());
  EXPECT_FALSE(writer.take_back_head());
  writer.begin_head() += "other";
  writer.begin_body(Framing::None);
  EXPECT_TRUE(writer.send({.pieces = {}, .last = true, .trailers = nullptr}, 0).done);
  EXPECT_EQ(to_.outgoing, "interimother");
  EXPECT_FALSE(writer.take_back_head());
}

TEST_F(MessageIo, AHeadThatHasLeftIsNotTakenBackForTheFramingBehindIt) {
  MessageWriter writer(to_);
  writer.begin_head() += "head";
  writer.begin_body(Framing::Chunked);
  const std::string_view payload = "payload";
  to_.room = {std::string_view("head7\r\npayload").size()};  // full just before the chunk's end
  const Sent sent = writer.send({.pieces = {&payload, 1}, .last = false, .trailers = nullptr}, UINT64_MAX);
  EXPECT_EQ(sent.payload, payload.size());
  EXPECT_TRUE(sent.blocked);
  EXPECT_FALSE(writer.take_back_head()) << "another answer here would be read as part of the body";
}

TEST_F(MessageIo, ABodyCutShortByItsPeerIsAnError) {
  from_.incoming = {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"};
  from_.ended = true;
  MessageReader reader(from_, pool_, MessageParser::Kind::Response, {.head_bytes = 1024});
  reader.expect_response_to(Method::Get);
  ASSERT_EQ(reader.read_head().value(), MessageReader::HeadStatus::Complete);
  reader.release_head();
  EXPECT_EQ(reader.peek().value().bytes(), 5u);
  reader.take(5);
  EXPECT_FALSE(reader.peek());
}

}  // namespace
}  // namespace citygate::proxy
