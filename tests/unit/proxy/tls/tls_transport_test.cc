#include "proxy/tls/tls_transport.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/unit/proxy/net/loop_fixture.h"
#include "throwaway_certificate.h"
#include "tls_client.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Kind = IoResult::Kind;
using Handshake = TlsAcceptor::Handshake;

class TlsTransportTest : public LoopFixture {
 protected:
  TlsTransportTest() { acceptor_.use(TlsContext::load(files_.files, keys_).value()); }

  std::unique_ptr<Transport> accept(TcpPair& pair, std::chrono::milliseconds timeout = 20s) {
    auto below = make_transport(*loop_, std::move(pair.near)).value();
    return acceptor_.accept(below, timeout).value();
  }

  // Full after two records or so, and yet large enough that the kernel does not wait for its own timers.
  static void make_small(TcpPair& pair) {
    const int sending = 16'384, receiving = 65'536;
    ::setsockopt(pair.near.get(), SOL_SOCKET, SO_SNDBUF, &sending, sizeof sending);
    ::setsockopt(pair.far.get(), SOL_SOCKET, SO_RCVBUF, &receiving, sizeof receiving);
  }

  // Loop and client take turns until `done`. `most`: bytes that the client puts on the wire in a turn.
  template <class Done>
  void talk(TlsClient& client, Done&& done, std::size_t most = SIZE_MAX) {
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      client.pump(most);
      run_once();
      if (!client.moved()) client.wait_a_little();  // for the kernel's own timers
      ASSERT_TRUE(std::chrono::steady_clock::now() < give_up) << "what the test waits for has not come";
    }
  }

  PairOfFiles files_;
  std::shared_ptr<TicketKeys> keys_ = std::make_shared<TicketKeys>();
  BufferPool buffers_;
  std::vector<Handshake> handshakes_;
  std::string why_;
  TlsAcceptor acceptor_{*loop_, buffers_, [this](Handshake end, std::string_view why) {
                          handshakes_.push_back(end);
                          why_ = why;
                        }};
};

class EachVersion : public TlsTransportTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Versions, EachVersion, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(EachVersion, carries_both_ways) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  client.write("request");
  talk(client, [&] { return reader.text == "request"; });
  EXPECT_EQ(write_text(*transport, "answer").bytes, 6U);
  talk(client, [&] { return client.text == "answer"; });
  EXPECT_EQ(client.protocol(), "http/1.1");
  EXPECT_EQ(handshakes_, std::vector{Handshake::Full});
  EXPECT_EQ(reader.last, Kind::WouldBlock);
  EXPECT_EQ(buffers_.lent(), 0U) << "an idle connection holds no buffer";
  EXPECT_FALSE(transport->can_splice());
}

TEST_P(EachVersion, works_however_the_bytes_are_cut) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected() && !client.has_unsent(); }, 1);
  client.write("GET http://a.test/ HTTP/1.1\r\n");
  client.write("Host: a.test\r\n\r\n");
  client.close_notify();
  talk(client, [&] { return reader.last == Kind::End; }, 1);
  EXPECT_EQ(reader.text, "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
}

TEST_P(EachVersion, what_came_with_the_handshake_is_told_of_without_another_edge) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  talk(client, [&] { return client.connected(); });
  client.write("early");
  for (int i = 0; i < 5; ++i) {
    client.pump();
    run_once();
  }
  Reader reader(*loop_, *transport);  // nobody has listened until now
  run_until([&] { return reader.text == "early"; });
}

TEST_P(EachVersion, tickets_are_taken_by_every_worker_and_outlive_a_new_certificate) {
  SSL_SESSION* session = nullptr;
  TcpPair first;
  auto transport = accept(first);
  TlsClient client(first.far, {.version = GetParam()});
  talk(client, [&] { return client.connected() && client.session() != nullptr; });
  session = client.session();

  const KeyPointer key = make_key();
  files_.write(certificate_text(key), key_text(key));
  TlsAcceptor other(*loop_, buffers_, [this](Handshake end, std::string_view) { handshakes_.push_back(end); });
  other.use(TlsContext::load(files_.files, keys_).value());
  TcpPair second;
  auto below = make_transport(*loop_, std::move(second.near)).value();
  auto again = other.accept(below, 20s).value();
  TlsClient back(second.far, {.version = GetParam(), .session = session});
  Reader reader(*loop_, *again);
  talk(back, [&] { return back.connected(); });
  back.write("hello again");
  talk(back, [&] { return reader.text == "hello again"; });
  EXPECT_TRUE(back.resumed());
  EXPECT_EQ(handshakes_.back(), Handshake::Resumed);
}

TEST_P(EachVersion, a_close_notify_is_an_end_and_leaves_writing_open) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  client.write("request");
  client.close_notify();
  talk(client, [&] { return reader.last == Kind::End; });
  EXPECT_EQ(reader.text, "request");
  char block[8];
  EXPECT_EQ(transport->read(block).kind, Kind::End) << "an end stays one";
  EXPECT_EQ(write_text(*transport, "answer").kind, Kind::Ok);
  talk(client, [&] { return client.text == "answer"; });
  close_with_reset(pair.far);
  run_until([&] { return reader.last == Kind::Failed; });
}

TEST_P(EachVersion, our_half_close_leaves_reading_open) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  ASSERT_EQ(write_text(*transport, "answer").kind, Kind::Ok);
  transport->shutdown_write();
  EXPECT_EQ(write_text(*transport, "more").kind, Kind::Failed);
  talk(client, [&] { return client.closed && client.ended; });
  EXPECT_EQ(client.text, "answer");
  client.write("the rest");
  client.close_notify();
  talk(client, [&] { return reader.last == Kind::End; });
  EXPECT_EQ(reader.text, "the rest");
}

TEST_P(EachVersion, an_end_without_close_notify_may_be_a_cut) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  client.write("half of it");
  talk(client, [&] { return reader.text == "half of it"; });
  ::shutdown(pair.far.get(), SHUT_WR);
  run_until([&] { return reader.last == Kind::Failed; });
  EXPECT_EQ(write_text(*transport, "x").kind, Kind::Failed);
}

// What an origin sends to a slow client: every write says how much moved, the rest is presented again with more, or
// with less, behind it; and the client reads just the stream.
TEST_P(EachVersion, a_slow_reader_gets_the_stream_and_nothing_else) {
  TcpPair pair;
  make_small(pair);
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});

  std::mt19937 random(7);
  std::string stream(3'000'000, '\0');
  for (char& c : stream) c = static_cast<char>(random());

  struct Writer : Transport::Handler {
    void on_readable() override {
      char block[64];
      while (transport.read(block).kind == Kind::Ok) {
      }
    }
    void on_writable() override {
      ++calls;
      push();
    }
    void push() {
      while (moved < stream.size()) {
        std::vector<iovec> pieces;
        std::size_t at = moved;
        const std::size_t count = 1 + random() % 5;
        for (std::size_t i = 0; i < count && at < stream.size(); ++i) {
          const std::size_t size =
              std::min<std::size_t>(1 + random() % (random() % 4 == 0 ? 40'000 : 300), stream.size() - at);
          pieces.push_back({const_cast<char*>(stream.data()) + at, size});
          at += size;
        }
        const IoResult result = transport.write(pieces);
        ASSERT_NE(result.kind, Kind::Failed);
        if (result.kind == Kind::WouldBlock) return;
        moved += result.bytes;
        if (moved < at) return;
      }
    }
    Writer(Transport& t, std::string& s, std::mt19937& r) : transport(t), stream(s), random(r) {
      transport.set_handler(this);
    }
    Transport& transport;
    std::string& stream;
    std::mt19937& random;
    std::size_t moved = 0;
    int calls = 0;
  } writer(*transport, stream, random);

  talk(client, [&] { return client.connected(); });
  writer.push();
  talk(client, [&] { return client.text.size() >= stream.size(); });
  EXPECT_TRUE(client.text == stream);
  EXPECT_EQ(writer.moved, stream.size());
  EXPECT_GT(writer.calls, 10) << "the socket was never full: this tested nothing";
  EXPECT_EQ(buffers_.lent(), 0U);
}

TEST_P(EachVersion, what_is_owed_goes_out_before_the_close_notify) {
  TcpPair pair;
  make_small(pair);
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  std::size_t moved = 0;
  const std::string block(16'000, 'x');
  for (IoResult result; (result = write_text(*transport, block)).kind == Kind::Ok;) {
    moved += result.bytes;
    if (result.bytes < block.size()) break;
  }
  transport->shutdown_write();
  talk(client, [&] { return client.closed; });
  EXPECT_GE(client.text.size(), moved);
  EXPECT_LE(client.text.size(), moved + 1);
}

TEST_P(EachVersion, a_big_upload_arrives_whole) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = GetParam()});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  const std::string block(100'000, 'u');
  for (int i = 0; i < 20; ++i) client.write(block);
  talk(client, [&] { return reader.text.size() == 20 * block.size(); });
}

TEST_F(TlsTransportTest, a_handshake_that_takes_too_long_fails) {
  TcpPair pair;
  auto transport = accept(pair, 1ms);
  Reader reader(*loop_, *transport);
  EXPECT_EQ(write_text(*transport, "x").kind, Kind::WouldBlock);
  run_until([&] { return reader.last == Kind::Failed; });
  EXPECT_EQ(handshakes_, std::vector{Handshake::Failed});
  EXPECT_EQ(why_, "it took too long");
}

TEST_F(TlsTransportTest, who_does_not_speak_tls_fails) {
  TcpPair pair;
  auto transport = accept(pair);
  Reader reader(*loop_, *transport);
  send_all(pair.far, "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  run_until([&] { return reader.last == Kind::Failed; });
  EXPECT_EQ(why_, "http request");
  EXPECT_EQ(reader.text, "");
}

TEST_F(TlsTransportTest, who_goes_away_in_the_handshake_fails) {
  for (const bool reset : {false, true}) {
    TcpPair pair;
    auto transport = accept(pair);
    Reader reader(*loop_, *transport);
    send_all(pair.far, "\x16\x03\x01");
    run_once();
    if (reset)
      close_with_reset(pair.far);
    else
      pair.far.reset();
    run_until([&] { return reader.last == Kind::Failed; });
    EXPECT_EQ(handshakes_.back(), Handshake::Failed);
  }
}

TEST_F(TlsTransportTest, old_versions_and_other_protocols_are_refused) {
  for (const TlsClient::Options& options :
       {TlsClient::Options{.version = TLS1_1_VERSION}, TlsClient::Options{.protocols = "\x02h2"}}) {
    TcpPair pair;
    auto transport = accept(pair);
    TlsClient client(pair.far, options);
    Reader reader(*loop_, *transport);
    talk(client, [&] { return reader.last == Kind::Failed; });
    client.pump();
    EXPECT_FALSE(client.connected());
    EXPECT_EQ(handshakes_.back(), Handshake::Failed);
  }
}

TEST_F(TlsTransportTest, a_client_without_alpn_or_with_choices_speaks_http_1) {
  for (const std::string protocols : {"", "\x02h2\x08http/1.1"}) {
    TcpPair pair;
    auto transport = accept(pair);
    TlsClient client(pair.far, {.protocols = protocols});
    talk(client, [&] { return client.connected(); });
    EXPECT_EQ(client.protocol(), protocols.empty() ? "" : "http/1.1");
  }
}

TEST_F(TlsTransportTest, there_is_no_renegotiation) {
  TcpPair pair;
  auto transport = accept(pair);
  TlsClient client(pair.far, {.version = TLS1_2_VERSION});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  SSL_renegotiate(client.native());
  SSL_do_handshake(client.native());
  for (int i = 0; i < 20; ++i) {
    client.pump();
    run_once();
  }
  EXPECT_EQ(client.failure, "no renegotiation");
}

TEST_F(TlsTransportTest, keys_are_updated_on_request_while_the_socket_is_full) {
  TcpPair pair;
  make_small(pair);
  auto transport = accept(pair);
  TlsClient client(pair.far, {});
  Reader reader(*loop_, *transport);
  talk(client, [&] { return client.connected(); });
  std::string sent;
  const std::string block(5'000, 'x');
  for (int round = 0; round < 40; ++round) {
    for (;;) {
      const IoResult result = write_text(*transport, block);
      if (result.kind != Kind::Ok) break;
      sent.append(result.bytes, 'x');
      if (result.bytes < block.size()) break;
    }
    ASSERT_EQ(SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED), 1);
    client.write("up");
    talk(client, [&] { return reader.text.size() == 2U * (static_cast<unsigned>(round) + 1); });
  }
  transport->shutdown_write();
  talk(client, [&] { return client.closed; });
  EXPECT_EQ(client.failure, "");
  EXPECT_LE(client.text.size() - sent.size(), 1U);
}

TEST_F(TlsTransportTest, a_writer_who_does_not_read_is_told_of_a_reset) {
  struct Writer final : Transport::Handler {
    void on_readable() override {}
    void on_writable() override { told = true; }
    bool told = false;
  } writer;
  TcpPair pair;
  make_small(pair);
  auto transport = accept(pair);
  transport->set_handler(&writer);
  {
    TlsClient client(pair.far, {});
    talk(client, [&] { return client.connected(); });
  }
  const std::string block(5'000, 'x');
  while (write_text(*transport, block).kind == Kind::Ok) continue;
  writer.told = false;
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(pair.far.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  pair.far.reset();
  for (int i = 0; i < 1'000 && !writer.told; ++i) run_once();
  EXPECT_TRUE(writer.told);
  EXPECT_EQ(write_text(*transport, block).kind, Kind::Failed);
}

TEST_F(TlsTransportTest, is_dropped_in_any_state_without_a_trace) {
  {
    TcpPair pair;
    auto transport = accept(pair);
    run_once();
  }
  {
    TcpPair pair;
    auto transport = accept(pair);
    TlsClient client(pair.far, {});
    talk(client, [&] { return client.connected(); });
    const std::string much(200'000, 'x');
    while (write_text(*transport, much).kind == Kind::Ok) {
    }
  }
  run_once();
  EXPECT_EQ(buffers_.lent(), 0U);
}

}  // namespace
}  // namespace citygate::proxy
