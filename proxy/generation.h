// generation.h - all that a worker decides and acts by at one time; a reload replaces it whole, between two events.
//
// Made by app, which numbers them; copied to each worker's loop. A worker says which number it runs (Worker::running).
#pragma once

#include <cstdint>
#include <memory>

#include "proxy/proxy_config.h"
#include "proxy/snapshots.h"
#include "proxy/tls/tls_context.h"

namespace citygate::proxy {

struct Generation {
  std::uint64_t number = 0;  // counts from 1 in each process
  ProxyConfig config;
  Snapshots snapshots;
  std::shared_ptr<const TlsContext> tls{};        // null where no listener speaks TLS
  // What a worker's connections, to clients and to origins, may have of the process's descriptors: two for each of
  // config.connections, and the rest for origins that are kept.
  std::size_t descriptors = SIZE_MAX;
};

}  // namespace citygate::proxy
