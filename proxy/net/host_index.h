// host_index.h - the [hosts] table as it is asked: names, and "*.name" for all names below one.
//
// An exact name goes before a wildcard, a longer wildcard before a shorter one. Names under "localhost" that the table
// does not list are the loopback addresses and never go to DNS (RFC 6761 section 6.3). Thread: any, after construction.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/net/resolver.h"

namespace citygate::proxy {

class HostIndex {
 public:
  explicit HostIndex(Resolver::HostTable table);
  // Null when the table says nothing; an empty list when it says that the name has no address.
  [[nodiscard]] std::shared_ptr<const Addresses> find(std::string_view host) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Map = std::unordered_map<std::string, std::shared_ptr<const Addresses>, Hash, std::equal_to<>>;
  Map exact_, below_;
  std::shared_ptr<const Addresses> loopback_;
};

}  // namespace citygate::proxy
