// portal_service.h - sends on to the portal who has asked for it without TLS.
#pragma once

#include "proxy/local_service.h"
#include "proxy/portal_place.h"

namespace citygate::proxy {

// To the same path over TLS: 302 for what only reads, 307 for what a form sends. What follows '?' is left behind.
[[nodiscard]] LocalAnswer portal_redirect(const PortalPlace& portal, Method method, std::string_view target);

class PortalService final : public LocalService {
 public:
  // Borrowed. `portal` is null where there is none; what is not the portal's is asked of `next`.
  PortalService(const PortalPlace* portal, const LocalService& next) : portal_(portal), next_(next) {}
  [[nodiscard]] std::optional<LocalAnswer> answer(const LocalRequest& request) const override;

 private:
  const PortalPlace* portal_;
  const LocalService& next_;
};

}  // namespace citygate::proxy
