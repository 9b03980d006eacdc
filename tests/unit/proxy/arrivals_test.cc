#include "proxy/arrivals.h"

#include <dlfcn.h>
#include <openssl/ssl.h>

#include "tests/unit/proxy/net/loop_fixture.h"
#include "tests/unit/proxy/tls/throwaway_certificate.h"

namespace {

bool no_more_connections = false;

}  // namespace

// The program's own stands before OpenSSL's: what it says when memory is short.
extern "C" SSL* SSL_new(SSL_CTX* context) {
  static const auto real = reinterpret_cast<SSL* (*)(SSL_CTX*)>(::dlsym(RTLD_NEXT, "SSL_new"));
  return no_more_connections ? nullptr : real(context);
}

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

class ArrivalsTest : public LoopFixture {
 protected:
  ArrivalsTest() {
    config_.proxy_protocol_from = {"127.0.0.1"};
    arrivals_.adopt(config_, TlsContext::load(files_.files, keys_).value());
  }
  ~ArrivalsTest() override { no_more_connections = false; }

  void take(TcpPair& pair, const ListenSpec& spec) {
    arrivals_.take(make_transport(*loop_, std::move(pair.near), Activity::Client).value(), spec, {});
  }

  test::PairOfFiles files_;
  std::shared_ptr<TicketKeys> keys_ = std::make_shared<TicketKeys>();
  ProxyConfig config_;
  BufferPool buffers_;
  Counters counters_;
  std::vector<std::unique_ptr<Transport>> arrived_;
  std::vector<SocketAddress> clients_;
  std::vector<std::size_t> waiting_then_;  // as somebody sees it who has arrived
  int changes_ = 0;
  Arrivals arrivals_{
      *loop_, buffers_, counters_,
      [this](std::unique_ptr<Transport> transport, const ListenSpec&, SocketAddress client, ClientClaim) {
        arrived_.push_back(std::move(transport));
        clients_.push_back(client);
        waiting_then_.push_back(arrivals_.waiting());
        noted();
      },
      [this] {
        ++changes_;
        noted();
      }};
};

TEST_F(ArrivalsTest, WhoHasArrivedIsNotCountedAmongThoseWhoWait) {
  TcpPair first, second;
  take(first, {.address = {}, .proxy_protocol = true});
  take(second, {.address = {}, .proxy_protocol = true});
  EXPECT_EQ(arrivals_.waiting(), 2u);
  send_all(first.far, "PROXY TCP4 192.0.2.7 192.0.2.1 50000 3128\r\n");
  run_until([&] { return changes_ == 1; });
  ASSERT_EQ(clients_.size(), 1u);
  EXPECT_EQ(clients_[0], *SocketAddress::parse("192.0.2.7:50000"));
  EXPECT_EQ(waiting_then_[0], 1u);
  EXPECT_EQ(arrivals_.waiting(), 1u);
}

TEST_F(ArrivalsTest, ConnectionThatTlsCannotTakeIsClosedWhenItsCallbackIsOver) {
  TcpPair pair;
  take(pair, {.address = {}, .tls = true, .proxy_protocol = true});
  no_more_connections = true;
  send_all(pair.far, "PROXY TCP4 192.0.2.7 192.0.2.1 50000 3128\r\n");
  run_until([&] { return changes_ == 1; });
  EXPECT_TRUE(arrived_.empty());
  EXPECT_EQ(arrivals_.waiting(), 0u);
  run_once();
  char byte;
  EXPECT_EQ(::recv(pair.far.get(), &byte, 1, 0), 0) << "closed";
}

}  // namespace
}  // namespace citygate::proxy
