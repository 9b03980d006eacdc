#include "proxy/decide_again.h"

#include <algorithm>

namespace citygate::proxy {
namespace {

// 4,000 in one turn did not yet make it a slow one (5 ms).
constexpr std::size_t kTunnelsATurn = 256;
// Most are somebody else's, and passed over.
constexpr std::size_t kSlotsATurn = 4'096;

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

void DecideAgain::from(std::span<const IpAddress> clients) {
  const bool under_way = !clients_.empty();
  clients_.insert(clients_.end(), clients.begin(), clients.end());
  std::ranges::sort(clients_);
  const auto twice = std::ranges::unique(clients_);
  clients_.erase(twice.begin(), twice.end());
  slots_left_ = connections_.slots();
  if (!under_way && !clients_.empty()) some_clients();
}

void DecideAgain::some_clients() {
  for (std::size_t i = 0; i < kSlotsATurn && slots_left_ > 0; ++i, --slots_left_) {
    if (next_slot_ >= connections_.slots()) next_slot_ = 0;
    ClientConnection* connection = connections_.at(next_slot_++);
    if (connection && std::ranges::binary_search(clients_, connection->client())) connection->exchange().decide_again();
  }
  if (slots_left_ > 0) return loop_.post([this] { some_clients(); });
  clients_.clear();
}

}  // namespace citygate::proxy
