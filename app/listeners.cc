#include "app/listeners.h"

#include <fcntl.h>

#include "proxy/net/listener.h"

namespace citygate::app {
namespace {

constexpr int kBacklog = 1024;

proxy::Destinations destinations_of(const proxy::ListenSpec& spec) {
  return spec.capture == proxy::ListenSpec::Capture::Tproxy ? proxy::Destinations::Any : proxy::Destinations::Own;
}

// What the process before has for an address that is to be listened on.
struct Found {
  std::vector<UniqueFd> same;     // listen on that very address
  std::vector<UniqueFd> covered;  // on one that this address, as the wildcard of its family, stands for
  bool beside = false;            // some listen on its port: who has it is no stranger
};

Found look_among(std::vector<TakeOver::Socket>& offered, const std::string& text, const proxy::ListenSpec& spec) {
  Found out;
  const bool wildcard = spec.address.ip == (spec.address.ip.is_v4() ? IpAddress::v4(0) : IpAddress());
  for (auto& each : offered) {
    if (!each.descriptor) continue;
    if (each.configured == text) {
      out.same.push_back(std::move(each.descriptor));
      continue;
    }
    // Configured in other words: for the same address, or for one beside it.
    const auto before = proxy::ListenSpec::parse(each.configured);
    const SocketAddress at = proxy::local_address(each.descriptor);
    if (!before || spec.address.port == 0 || at.port != spec.address.port || at.ip.is_v4() != spec.address.ip.is_v4())
      continue;
    out.beside = true;
    if (destinations_of(*before) != destinations_of(spec)) continue;
    if (at.ip == spec.address.ip)
      out.same.push_back(std::move(each.descriptor));
    else if (wildcard)
      out.covered.push_back(std::move(each.descriptor));
  }
  return out;
}

}  // namespace

Result<Listeners> Listeners::open(const TextList& configured, unsigned workers,
                                  std::vector<TakeOver::Socket>& offered) {
  Listeners out;
  out.sockets_.resize(workers);
  for (const auto& text : configured) {
    CG_TRY(spec, proxy::ListenSpec::parse(text));  // Config::read let no other text pass
    Found found = look_among(offered, text, spec);
    std::vector<UniqueFd> sockets = std::move(found.same);
    if (sockets.empty()) {
      CG_TRY(bound, found.beside ? proxy::join_sockets(spec.address, workers, kBacklog, destinations_of(spec))
                                 : proxy::listen_sockets(spec.address, workers, kBacklog, destinations_of(spec)));
      sockets = std::move(bound);
    } else if (sockets.size() < workers) {
      CG_TRY(more,
             proxy::join_sockets(proxy::local_address(sockets.front()), workers - static_cast<unsigned>(sockets.size()),
                                 kBacklog, destinations_of(spec)));
      for (auto& socket : more) sockets.push_back(std::move(socket));
    }
    spec.address = proxy::local_address(sockets.front());  // with the port that was free
    for (auto& socket : found.covered) sockets.push_back(std::move(socket));
    CG_TRY_VOID(out.add(text, std::move(sockets), spec));
  }
  return out;
}

Result<void> Listeners::add(const std::string& configured, std::vector<UniqueFd> sockets,
                            const proxy::ListenSpec& spec) {
  addresses_.push_back(spec.to_string());
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    UniqueFd copy(::fcntl(sockets[i].get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return fail_errno("copy a listening socket");
    held_.emplace_back(configured + "\n" + addresses_.back(), std::move(copy));
    sockets_[i % sockets_.size()].push_back({std::move(sockets[i]), spec});
  }
  return {};
}

std::vector<std::pair<std::string, int>> Listeners::held() const {
  std::vector<std::pair<std::string, int>> out;
  for (const auto& [text, socket] : held_) out.emplace_back(text, socket.get());
  return out;
}

}  // namespace citygate::app
