// local_service.h - what the gateway answers itself: requests that were sent to it and name no other host.
//
// Such a request is nobody's browsing: it is answered before anyone is asked who he is and before policy, counted
// (local_answers_total), and leaves no record. A service must therefore give away nothing that not everybody on the
// city's network may know.
//
// Owner     Worker. Thread: its loop; at once, or not at all.
#pragma once

#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/vocabulary.h"
#include "proxy/http/streams.h"

namespace citygate::proxy {

struct LocalRequest {
  Method method = Method::Other;
  std::string_view target;  // begins with '/'
  std::string_view host{};  // the Host field, as it came
  SocketAddress local;      // where the client has reached the gateway
  bool tls = false;
};

class LocalService {
 public:
  virtual ~LocalService() = default;
  // Nothing: this is not one of its own.
  [[nodiscard]] virtual std::optional<LocalAnswer> answer(const LocalRequest& request) const = 0;
};

}  // namespace citygate::proxy
