#include "proxy/http/bound_origin.h"

namespace citygate::proxy {

void BoundOrigin::keep(std::string_view host, std::uint16_t port, PersonId person,
                       std::unique_ptr<OriginStream> stream) {
  host_.assign(host);
  port_ = port;
  person_ = person;
  pool_.rest(std::move(stream), resting_);
}

std::unique_ptr<OriginStream> BoundOrigin::take(std::string_view host, std::uint16_t port, PersonId person) {
  if (!resting_ || host_ != host || port_ != port) return nullptr;
  if (person_ == person) return resting_.take();
  resting_.drop();
  return nullptr;
}

}  // namespace citygate::proxy
