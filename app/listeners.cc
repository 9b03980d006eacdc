#include "app/listeners.h"

#include <fcntl.h>

#include "proxy/net/listener.h"

namespace citygate::app {
namespace {

constexpr int kBacklog = 1024;

proxy::Destinations destinations_of(const proxy::ListenSpec& spec) {
  return spec.capture == proxy::ListenSpec::Capture::Tproxy ? proxy::Destinations::Any : proxy::Destinations::Own;
}

}  // namespace

Result<Listeners> Listeners::open(const TextList& configured, unsigned workers,
                                  std::vector<TakeOver::Socket>& offered) {
  Listeners out;
  out.sockets_.resize(workers);
  for (const auto& text : configured) {
    CG_TRY(spec, proxy::ListenSpec::parse(text));  // Config::read let no other text pass
    std::vector<UniqueFd> sockets;
    for (auto& each : offered)
      if (each.configured == text && each.descriptor) sockets.push_back(std::move(each.descriptor));
    if (sockets.empty()) {
      CG_TRY(bound, proxy::listen_sockets(spec.address, workers, kBacklog, destinations_of(spec)));
      sockets = std::move(bound);
    } else if (sockets.size() < workers) {
      CG_TRY(more,
             proxy::join_sockets(proxy::local_address(sockets.front()), workers - static_cast<unsigned>(sockets.size()),
                                 kBacklog, destinations_of(spec)));
      for (auto& socket : more) sockets.push_back(std::move(socket));
    }
    spec.address = proxy::local_address(sockets.front());  // with the port that was free
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
