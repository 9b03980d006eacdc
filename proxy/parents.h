// parents.h - the proxies that some names are reached through, and which names those are.
//
//   [parents]
//   north = "10.1.1.1:3128"
//   south = ["proxy.county.example:3128", "credentials /etc/citygate/south.credentials", "proxy-protocol v2"]
//
//   [routes]
//   default = ["north", "south"]           in this order; another hop only when a connection to the one before failed
//   "*.city.example" = "direct"            all names below; the longest wins, an exact name before any
//   "partner.example" = ["south", "direct"]
//
// A name that no route names is reached directly, as all are without [routes]. No way leads around a parent unless its
// route says "direct". Names are resolved by the parent: the rule on private addresses then holds for literals only.
// A captured connection (listeners with the words redirect and tproxy) takes the way of the name that it gives, or of
// its address without one: to a parent by that name, directly to the address that its client chose.
// Thread    immutable. create() reads the files of credentials: not on a loop.
// Errors    Malformed, with the key and what would be right. Credentials are never printed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "proxy/net/proxy_protocol.h"

namespace citygate::proxy {

struct Parent {
  std::string name;
  std::string pool_key{};  // what its connections are shared by: no host name looks like this
  std::string host;        // canonical
  std::uint16_t port = 0;
  std::string authorization{};  // "Basic ..."; "" where the parent asks for none
  std::optional<ProxyHeader::Version> proxy_protocol{};
};

class Parents {
 public:
  using Way = std::vector<const Parent*>;  // hops to try in order; null stands for none, "direct"

  // Null where nothing is configured.
  [[nodiscard]] static Result<std::shared_ptr<const Parents>> create(const TextTable& parents, const TextTable& routes);
  // Never empty. One hash look-up for the name and one for each name above it.
  [[nodiscard]] const Way& way_to(std::string_view host) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <class T>
  using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  ByName<std::unique_ptr<Parent>> parents_;
  ByName<Way> exact_, below_;
  Way default_{nullptr};
};

// Which parents could not be reached lately: they are tried last for a while. One for each worker.
class ParentHealth {
 public:
  void failed(const Parent& parent, MonoTime now) { down_until_[parent.name] = now + kDownFor; }
  [[nodiscard]] bool is_down(const Parent& parent, MonoTime now) const {
    const auto found = down_until_.find(parent.name);
    return found != down_until_.end() && now < found->second;
  }
  // True once a second at most.
  [[nodiscard]] bool may_complain(MonoTime now) {
    if (now < quiet_until_) return false;
    quiet_until_ = now + std::chrono::seconds(1);
    return true;
  }

 private:
  static constexpr std::chrono::seconds kDownFor{10};
  std::map<std::string, MonoTime, std::less<>> down_until_;
  MonoTime quiet_until_{};
};

// The hops of one request, as they are tried. Keeps the table that they stand in alive.
class Hops {
 public:
  void begin(std::shared_ptr<const Parents> parents, std::string_view host, const ParentHealth& health, MonoTime now);
  // False: none is left.
  [[nodiscard]] bool next(const ParentHealth& health, MonoTime now);
  [[nodiscard]] const Parent* parent() const { return parent_; }           // of this hop; null: directly
  [[nodiscard]] bool through_parents() const { return through_parents_; }  // so far

 private:
  std::shared_ptr<const Parents> parents_;
  const Parents::Way* way_ = nullptr;
  const Parent* parent_ = nullptr;
  std::uint32_t tried_ = 0;  // a bit for each hop
  bool through_parents_ = false;
};

}  // namespace citygate::proxy
