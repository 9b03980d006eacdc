// listeners.h - the sockets of gateway.listen: bound, or taken over from the process before, and given out to workers.
//
// Taken over none is closed and opened again: with SO_REUSEPORT every socket has a queue of connections of its own, and
// closing one resets those. So where there are more sockets than workers, some worker gets several; where there are
// fewer, further ones join them on the same port. An address keeps its sockets when only the words behind it change;
// the wildcard of a family takes those of its port along, which go on beside its own.
// Errors    as listen_sockets(); an address that is new is bound before anything is handed over.
#pragma once

#include <string>
#include <vector>

#include "app/take_over.h"
#include "base/config.h"
#include "proxy/listen_spec.h"

namespace citygate::app {

class Listeners {
 public:
  // `offered` are moved from where they are taken; an address that is listed no more stays with the old process, and
  // ends with it.
  [[nodiscard]] static Result<Listeners> open(const TextList& configured, unsigned workers,
                                              std::vector<TakeOver::Socket>& offered);

  // For each worker its sockets, once.
  [[nodiscard]] std::vector<std::vector<proxy::ListeningSocket>> take() { return std::move(sockets_); }
  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }  // with their real ports
  // "configured text\nspec" and a copy of each socket, for the next process.
  [[nodiscard]] std::vector<std::pair<std::string, int>> held() const;
  void let_go() { held_.clear(); }  // another process has them

 private:
  [[nodiscard]] Result<void> add(const std::string& configured, std::vector<UniqueFd> sockets,
                                 const proxy::ListenSpec& spec);

  std::vector<std::vector<proxy::ListeningSocket>> sockets_;
  std::vector<std::string> addresses_;
  std::vector<std::pair<std::string, UniqueFd>> held_;
};

}  // namespace citygate::app
