// origin_place.h - a place among the connections that there may be to one origin, from before its dial until it is
// closed. Given out by the upstream pool, which outlives it; dropping it gives it back.
#pragma once

#include <utility>

namespace citygate::proxy {

struct OriginHost;  // upstream_pool.cc

class OriginPlace {
 public:
  OriginPlace() = default;
  explicit OriginPlace(OriginHost& host);
  OriginPlace(OriginPlace&& other) noexcept : host_(std::exchange(other.host_, nullptr)) {}
  OriginPlace& operator=(OriginPlace&& other) noexcept {
    if (this != &other) {
      give_back();
      host_ = std::exchange(other.host_, nullptr);
    }
    return *this;
  }
  ~OriginPlace() { give_back(); }

  explicit operator bool() const { return host_ != nullptr; }
  [[nodiscard]] OriginHost& host() const { return *host_; }  // while there is one
  void give_back();

 private:
  OriginHost* host_ = nullptr;
};

}  // namespace citygate::proxy
