#include "proxy/limits/accept_gate.h"

namespace citygate::proxy {

AcceptGate::AcceptGate(EventLoop& loop, const ProxyConfig& config, Admission& admission, RefusalTally& tally,
                       Counters& counters, MemoryBudget::Share memory, UsedBytes used_bytes, SetListening set_listening)
    : loop_(loop),
      config_(config),
      admission_(admission),
      tally_(tally),
      counters_(counters),
      set_listening_(std::move(set_listening)),
      farewell_(loop, config.name),
      memory_(memory),
      used_bytes_(std::move(used_bytes)),
      memory_timer_(loop, [this] { look_at_memory(); }) {}

std::optional<Limited> AcceptGate::limited(const IpAddress& client, ClientClaim& claim) {
  auto why = admission_.connect(claim, client, loop_.now());
  if (why) tally_.add_connection(client, why->reason, why->status);
  return why;
}

bool AcceptGate::admit(UniqueFd& socket, const SocketAddress& peer, const ListenSpec& spec, ClientClaim& claim) {
  if (memory_state_ == Memory::Enough) look_at_memory();
  if (memory_state_ == Memory::Refused) {
    counters_.overload_refusals_total.add();
    tally_.add_connection(peer.ip, Reason::Overloaded, 503);
    farewell_.tell(std::move(socket), spec, {Reason::Overloaded, 503, std::chrono::seconds(5)});
    return false;
  }
  if (spec.proxy_protocol) return true;
  const auto why = limited(peer.ip, claim);
  if (why) farewell_.tell(std::move(socket), spec, *why);
  return !why;
}

bool AcceptGate::admit_client(std::unique_ptr<Transport>& transport, const IpAddress& client, const ListenSpec& spec,
                              ClientClaim& claim) {
  const auto why = limited(client, claim);
  if (why) farewell_.tell(std::move(transport), spec, *why);
  return !why;
}

void AcceptGate::look_at_memory() {
  memory_.report(used_bytes_());
  const auto now = loop_.now();
  switch (memory_.level()) {
    case MemoryBudget::Level::Enough: memory_state_ = Memory::Enough; break;
    case MemoryBudget::Level::Close: break;  // as before, so that it does not go back and forth at the border
    case MemoryBudget::Level::Short:
      if (memory_state_ == Memory::Enough) {
        memory_state_ = Memory::Short;
        short_since_ = now;
        counters_.memory_pauses_total.add();
      }
      break;
  }
  if (memory_state_ == Memory::Short && now - short_since_ >= kWait) memory_state_ = Memory::Refused;
  if (memory_state_ != Memory::Enough) memory_timer_.arm(kLook);
  listen_or_not();
}

void AcceptGate::set_open(std::size_t open) {
  memory_.report(used_bytes_());
  const bool full = open >= config_.connections;
  if (full && !full_) counters_.accept_pauses_total.add();
  full_ = full;
  listen_or_not();
}

void AcceptGate::out_of_descriptors() {
  counters_.descriptor_pauses_total.add();
  farewell_.close_all();
}

void AcceptGate::listen_or_not() {
  const bool pause = full_ || memory_state_ == Memory::Short;
  if (pause == paused_) return;
  paused_ = pause;
  set_listening_(pause ? Listening::Off : Listening::On);
}

}  // namespace citygate::proxy
