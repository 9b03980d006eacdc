// gated_registrar.h - the registrar of a gateway: while an upgrade hands over, and for ever after it in the process
// before, nothing is enacted, since another process may have the journal.
//
// Owner     Gateway. Thread, errors: see policy/registrar.h; enact: also Refused, by a gate that is closed.
#pragma once

#include "app/change_gate.h"
#include "policy/registrar.h"

namespace citygate::app {

class GatedRegistrar final : public policy::Registrar {
 public:
  // Both borrowed.
  GatedRegistrar(ChangeGate& gate, policy::Registrar& registrar) : gate_(gate), registrar_(registrar) {}

  State state() const override { return registrar_.state(); }
  Result<Act> enact(Act act) override {
    CG_TRY(pass, gate_.enter());
    static_cast<void>(pass);
    return registrar_.enact(std::move(act));
  }
  Result<std::vector<Act>> enact(std::vector<Act> acts) override {
    CG_TRY(pass, gate_.enter());
    static_cast<void>(pass);
    return registrar_.enact(std::move(acts));
  }
  void on_change(std::function<void(Effect)> callback) override { registrar_.on_change(std::move(callback)); }
  void grants(const std::function<bool(const policy::GrantCase&)>& visit) const override { registrar_.grants(visit); }
  std::optional<policy::GrantCase> grant(std::string_view name) const override { return registrar_.grant(name); }
  void disputes(const std::function<bool(const policy::Dispute&)>& visit) const override { registrar_.disputes(visit); }
  std::optional<policy::Dispute> dispute(std::uint64_t number) const override { return registrar_.dispute(number); }

 private:
  ChangeGate& gate_;
  policy::Registrar& registrar_;
};

}  // namespace citygate::app
