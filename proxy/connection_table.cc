#include "proxy/connection_table.h"

namespace citygate::proxy {

ConnectionId ConnectionTable::reserve() {
  std::uint32_t index;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  return {index, ++slots_[index].generation};
}

ClientConnection& ConnectionTable::put(ConnectionId id, std::unique_ptr<ClientConnection> connection) {
  Slot& slot = slots_[id.slot];
  CG_ASSERT(!slot.connection && slot.generation == id.generation);
  slot.connection = std::move(connection);
  ++open_;
  return *slot.connection;
}

ClientConnection* ConnectionTable::find(ConnectionId id) {
  if (id.slot >= slots_.size() || slots_[id.slot].generation != id.generation) return nullptr;
  return slots_[id.slot].connection.get();
}

bool ConnectionTable::remove(ConnectionId id) {
  if (!find(id)) return false;
  loop_.defer_delete(std::move(slots_[id.slot].connection));
  free_.push_back(id.slot);
  --open_;
  return true;
}

void ConnectionTable::remove_all() {
  for (Slot& slot : slots_)
    if (slot.connection) loop_.defer_delete(std::move(slot.connection));
  open_ = 0;
}

}  // namespace citygate::proxy
