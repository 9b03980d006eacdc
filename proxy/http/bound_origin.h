// bound_origin.h - the origin connection that belongs to one client connection, because somebody signed in on it.
//
// NTLM and Negotiate sign in the connection: whoever sends on it next is that person to the origin. So it goes to no
// pool; the same client's next request to that origin finds it, and nobody else's ever does. It closes with the
// client's connection, and before that when the origin ends it, another one takes its place, or another person uses the
// client's. Owner     Exchange. Thread: the worker's loop. Idle: holds no buffer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "proxy/http/upstream_pool.h"

namespace citygate::proxy {

class BoundOrigin final : public OriginStream::Listener {
 public:
  explicit BoundOrigin(UpstreamPool& pool) : pool_(pool) {}  // borrowed
  ~BoundOrigin() override { drop(); }

  // Closes the one before; this one too, if it cannot serve another request.
  void keep(std::string_view host, std::uint16_t port, PersonId person, std::unique_ptr<OriginStream> stream);
  // Null when there is none for this origin; one of another person is closed.
  [[nodiscard]] std::unique_ptr<OriginStream> take(std::string_view host, std::uint16_t port, PersonId person);
  void drop();

 private:
  void on_origin_readable() override;
  void on_origin_writable() override {}

  UpstreamPool& pool_;
  std::string host_;
  std::uint16_t port_ = 0;
  PersonId person_;
  std::unique_ptr<OriginStream> stream_;
};

}  // namespace citygate::proxy
