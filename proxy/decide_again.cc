#include "proxy/decide_again.h"

namespace citygate::proxy {
namespace {

// 4,000 in one turn did not yet make it a slow one (5 ms).
constexpr std::size_t kTunnelsATurn = 256;

bool is_tunnel(ClientConnection& connection) { return connection.exchange().state() == Exchange::State::Tunnel; }

}  // namespace

void DecideAgain::all() {
  connections_.for_each([](ClientConnection& connection) {
    if (!is_tunnel(connection)) connection.exchange().decide_again();
  });
  left_ = connections_.slots();
  if (!going_on_) some_tunnels();
}

void DecideAgain::some_tunnels() {
  std::size_t this_turn = kTunnelsATurn;
  for (; left_ > 0 && this_turn > 0; --left_) {
    if (next_ >= connections_.slots()) next_ = 0;
    ClientConnection* connection = connections_.at(next_++);
    if (!connection || !is_tunnel(*connection)) continue;
    connection->exchange().decide_again();
    --this_turn;
  }
  going_on_ = left_ > 0;
  if (going_on_) loop_.post([this] { some_tunnels(); });
}

}  // namespace citygate::proxy
