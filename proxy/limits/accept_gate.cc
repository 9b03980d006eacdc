#include "proxy/limits/accept_gate.h"

namespace citygate::proxy {

AcceptGate::AcceptGate(EventLoop& loop, const ProxyConfig& config, Admission& admission, RefusalTally& tally,
                       Counters& counters, SetListening set_listening)
    : loop_(loop),
      config_(config),
      admission_(admission),
      tally_(tally),
      counters_(counters),
      set_listening_(std::move(set_listening)),
      farewell_(loop, config.name) {}

std::optional<Limited> AcceptGate::admit_client(const IpAddress& client, ClientClaim& claim) {
  auto limited = admission_.connect(claim, client, loop_.now());
  if (limited) tally_.add_connection(client, limited->reason, limited->status);
  return limited;
}

bool AcceptGate::admit(UniqueFd& socket, const SocketAddress& peer, const ListenSpec& spec, ClientClaim& claim) {
  if (spec.proxy_protocol) return true;
  const auto limited = admit_client(peer.ip, claim);
  if (limited) farewell_.tell(std::move(socket), spec, *limited);
  return !limited;
}

void AcceptGate::set_open(std::size_t open) {
  const bool full = open >= config_.connections;
  if (full == paused_) return;
  paused_ = full;
  if (full) counters_.accept_pauses_total.add();
  set_listening_(full ? Listening::Off : Listening::On);
}

}  // namespace citygate::proxy
