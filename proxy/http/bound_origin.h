// bound_origin.h - the origin connection that belongs to one client connection, because somebody signed in on it.
//
// NTLM and Negotiate sign in the connection: whoever sends on it next is that person to the origin. So it goes to
// nobody but the same client's next request to that origin. It closes with the client's connection, and before that
// when the origin ends it, another one takes its place, or another person uses the client's; and, as it holds one of
// the places that there are to the origin, when it has been idle too long or somebody else lacks a place.
//
// Owner     Exchange. Thread: the worker's loop. Idle: holds no buffer; the pool watches over it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "proxy/http/upstream_pool.h"

namespace citygate::proxy {

class BoundOrigin {
 public:
  explicit BoundOrigin(UpstreamPool& pool) : pool_(pool) {}  // borrowed

  // Closes the one before; this one too, if it cannot serve another request.
  void keep(std::string_view host, std::uint16_t port, PersonId person, std::unique_ptr<OriginStream> stream);
  // Null when there is none for this origin; one of another person is closed.
  [[nodiscard]] std::unique_ptr<OriginStream> take(std::string_view host, std::uint16_t port, PersonId person);

 private:
  UpstreamPool& pool_;
  std::string host_;
  std::uint16_t port_ = 0;
  PersonId person_;
  UpstreamPool::Resting resting_;
};

}  // namespace citygate::proxy
