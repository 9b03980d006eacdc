// portal.h - the gateway's own pages: sign in, acknowledge, see one's use, ask for permissions, dispute.
//
//   Door ─▶ HttpServer ─▶ who is asking (visit.h) ─▶ a page (pages.h) ─▶ Registrar::enact, SessionTable
//
// Owner     app; after what it needs, and stopped before that. Thread: start, pause, resume, counts from any; pages are
//           made on portal.threads threads of its own, never on a worker.
// Errors    start: what is wrong with the certificate, or the machine without descriptors.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/file.h"
#include "console/portal/certificate.h"
#include "console/portal/portal_config.h"
#include "console/portal/visit.h"

namespace citygate::console {

// Listening; they outlive the portal.
struct PortalSockets {
  std::vector<UniqueFd> listeners;
  UniqueFd inner;
};

class Portal {
 public:
  using Counts = std::vector<std::pair<std::string_view, std::uint64_t>>;

  [[nodiscard]] static Result<std::unique_ptr<Portal>> start(PortalNeeds needs, const PortalSockets& sockets,
                                                             unsigned threads,
                                                             std::function<CertificateChoice()> certificate);
  virtual ~Portal() = default;  // ends what runs
  // Ends what runs; connections wait in the sockets' queues until resume(), or until another process takes them.
  virtual void pause() = 0;
  [[nodiscard]] virtual Result<void> resume() = 0;
  // What is in force has changed: sessions of whom it bars end.
  virtual void people_changed() = 0;
  [[nodiscard]] virtual Counts counts() const = 0;  // for `status`
};

}  // namespace citygate::console
