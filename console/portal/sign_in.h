// sign_in.h - a name and a password of the sign-in form, verified off this thread, and the session that comes of them.
//
// Wrong ones slow their address and their name (proxy/identity/sign_in_guard.h), the same as in a browser's prompt.
// Owner     Portal; stop() before anything it stands on goes away. Thread: any.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "console/portal/pages.h"

namespace citygate::console {

class SignIns {
 public:
  struct Counts {
    std::uint64_t right, wrong, slowed;
  };
  SignIns(const PortalNeeds& needs, const proxy::FormTokens& tokens) : needs_(needs), tokens_(tokens) {}

  // The form of `request`, which is ours.
  void try_password(const HttpRequest& request, HttpReply reply);
  [[nodiscard]] HttpAnswer sign_out(const Visit& visit);
  void stop();  // answers that come later find nobody
  [[nodiscard]] Counts counts() const;

 private:
  // Lets an answer of the authenticator find out that nobody waits for it any more.
  struct Alive {
    std::mutex mutex;
    SignIns* self = nullptr;  // guarded by mutex
  };
  // `hash`: of the directory, against which it was found.
  [[nodiscard]] HttpAnswer decide(const HttpRequest& request, PersonId person, const std::string& hash,
                                  proxy::Authenticator::Found found);
  [[nodiscard]] HttpAnswer open_session(Visit& visit, const policy::Person& person);

  const PortalNeeds& needs_;
  const proxy::FormTokens& tokens_;
  const std::shared_ptr<Alive> alive_ = [this] {
    auto alive = std::make_shared<Alive>();
    alive->self = this;
    return alive;
  }();
  std::atomic<std::uint64_t> right_{0}, wrong_{0}, slowed_{0};
};

}  // namespace citygate::console
