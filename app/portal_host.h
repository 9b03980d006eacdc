// portal_host.h - the portal's sockets, its place among the workers, who is signed in, and the portal itself.
//
//   open()   binds portal.listen and an inner address, or takes over what the process before listened on
//   start()  once everything that its pages stand on is there
//
// Owner     Gateway; before the workers, who borrow place() and sessions(). Thread: main's, but for what says otherwise.
// Errors    open: Refused with the address, as for every listener. start: the certificate's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/state_directory.h"
#include "app/take_over.h"
#include "console/portal/portal.h"
#include "proxy/identity/session_table.h"
#include "proxy/portal_place.h"

namespace citygate::app {

class PortalHost {
 public:
  // Where portal.listen is empty there is no portal, and nothing is opened.
  [[nodiscard]] Result<void> open(const console::PortalConfig& config, std::vector<TakeOver::Socket>& offered);
  [[nodiscard]] const proxy::PortalPlace* place() const { return place_.get(); }  // null: there is no portal
  [[nodiscard]] proxy::SessionTable& sessions() { return sessions_; }

  struct Needs {
    console::Operator& op;
    proxy::Authenticator& authenticator;
    const StateDirectory& state;
    std::function<Config()> config;  // in force; any thread
  };
  [[nodiscard]] Result<void> start(const Needs& needs);
  void pause();   // another process is to take over
  void resume();  // it did not
  void let_go();  // it did: the sockets are its own
  void stop() { portal_.reset(); }
  void people_changed();                                 // any thread
  [[nodiscard]] console::Portal::Counts counts() const;  // any thread, until stop()

  // As Listeners::held(), for the next process.
  [[nodiscard]] std::vector<std::pair<std::string, int>> held() const;

 private:
  std::vector<std::string> configured_;  // of sockets_.listeners
  console::PortalSockets sockets_;
  std::unique_ptr<proxy::PortalPlace> place_;
  proxy::SessionTable sessions_;
  std::unique_ptr<console::Portal> portal_;
};

// The pair that `config` has the portal show: its own, else the gateway's, else one that is made in `keys`.
[[nodiscard]] console::CertificateChoice portal_certificate(const Config& config, const std::filesystem::path& keys);

// For `check`: what is wrong with a pair that is configured goes to `problems`.
void check_portal_certificate(const Config& config, Problems& problems);

}  // namespace citygate::app
