// connection_table.h - the client connections of a worker, each in a slot that its ConnectionId names.
//
// Owner     Worker. Thread: its loop. A connection is freed at the end of the turn in which it is removed; its slot is
//           used again under the next generation, so that whatever comes late for the old one finds nobody.
// Cost      O(1); a slot is allocated when more connections are open than ever before.
#pragma once

#include <memory>
#include <vector>

#include "proxy/http/client_connection.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {

class ConnectionTable {
 public:
  explicit ConnectionTable(EventLoop& loop) : loop_(loop) {}

  // A slot of its own for a connection that is about to be made; put() must follow.
  [[nodiscard]] ConnectionId reserve();
  ClientConnection& put(ConnectionId id, std::unique_ptr<ClientConnection> connection);
  // Null: it is gone.
  [[nodiscard]] ClientConnection* find(ConnectionId id);
  [[nodiscard]] bool remove(ConnectionId id);  // false: it had gone before
  void remove_all();

  [[nodiscard]] std::size_t open() const { return open_; }
  // For who goes through them piece by piece; null where a slot is free.
  [[nodiscard]] std::size_t slots() const { return slots_.size(); }
  [[nodiscard]] ClientConnection* at(std::size_t slot) { return slots_[slot].connection.get(); }

  template <class Visit>
  void for_each(Visit&& visit) {
    // By index: a visit may close connections, and closing one may open none.
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].connection) visit(*slots_[i].connection);
  }

 private:
  struct Slot {
    std::unique_ptr<ClientConnection> connection;
    std::uint32_t generation = 0;
  };

  EventLoop& loop_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t open_ = 0;
};

}  // namespace citygate::proxy
