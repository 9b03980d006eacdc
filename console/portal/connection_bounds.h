// connection_bounds.h - the portal's connections, whose each is and since when: who has too many, and which are too slow.
//
// Owner     HttpServer, whose bounds these are. Thread: any.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>

#include "base/address.h"
#include "base/clock.h"
#include "console/portal/http_server.h"

namespace citygate::console {

class ConnectionBounds {
 public:
  // False: that client, or the server, has as many as may be.
  bool started(const void* connection, int socket, const IpAddress& client) {
    const std::lock_guard lock(mutex_);
    all_.insert_or_assign(connection, Entry{socket, client, std::chrono::steady_clock::now(), false});
    return ++of_[client] <= HttpServer::kPerAddress && all_.size() <= HttpServer::kConnections;
  }
  void closed(const void* connection) {
    const std::lock_guard lock(mutex_);
    const auto found = all_.find(connection);
    if (found == all_.end()) return;
    const auto count = of_.find(found->second.client);
    if (--count->second == 0) of_.erase(count);
    all_.erase(found);
  }
  // A request has been answered, or is being answered.
  void touch(const void* connection, bool busy) {
    const std::lock_guard lock(mutex_);
    if (const auto found = all_.find(connection); found != all_.end()) {
      found->second.since = std::chrono::steady_clock::now();
      found->second.busy = busy;
    }
  }
  // They are shut down; the library closes what its client has left.
  void end_slow() {
    const auto before = std::chrono::steady_clock::now() - HttpServer::kPatience;
    const std::lock_guard lock(mutex_);
    for (auto& [connection, entry] : all_)
      if (!entry.busy && entry.since < before) ::shutdown(entry.socket, SHUT_RDWR);
  }
  [[nodiscard]] std::size_t of(const IpAddress& client) const {
    const std::lock_guard lock(mutex_);
    const auto found = of_.find(client);
    return found == of_.end() ? 0 : found->second;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  struct Entry {
    int socket;
    IpAddress client;
    MonoTime since;
    bool busy;
  };
  mutable std::mutex mutex_;
  std::map<const void*, Entry> all_;  // guarded by mutex_
  std::map<IpAddress, unsigned> of_;  // how many of all_ are a client's
};

}  // namespace citygate::console
