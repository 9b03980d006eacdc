// successor.h - the old process's side of an upgrade: listens for a new one, hands over to it, then obeys it.
//
//   Hello ─▶ offer() ─▶ Release ─▶ release() ─▶ Ready ─▶ commit() ─▶ orders until the new process ends: orphaned()
//              └── anything goes wrong: take_back() if released, then keep(why): as if nothing had been
//
// A new process that says nothing for kPatience after the release is killed: while it lives the store cannot be opened
// again, and records pile up in the spool. One that ends before it is answered, after whatever word, has not taken
// over.
//
// Owner     Gateway. Thread: one of its own, which is the one that calls HandOver's functions, one at a time.
// Errors    listen: Storage, naming the path. All others go to keep().
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/act.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/name_source.h"
#include "base/result.h"

namespace citygate::app {

// What a process gives away; descriptors are borrowed.
struct OwnHoldings {
  std::string words;                                 // see TakeOver::Offer
  std::vector<std::pair<std::string, int>> sockets;  // "configured text\nspec with its real port"
  int memory = -1, control = -1, lock = -1;
  std::vector<std::pair<std::string, int>> earlier;  // processes before this one that still finish connections
};

// The number of a name that this process does not know and the new one may give.
using AskName = std::function<Result<std::uint32_t>(NameKind kind, std::string_view name)>;

// An act that this process has not seen; nothing: there is none of this number yet.
using AskAct = std::function<Result<std::optional<Act>>(std::uint64_t number)>;

// What an earlier process is to take up: what people have decided, or that and the files.
enum class News : std::uint8_t { Files, Acts };
inline constexpr std::string_view kActs = "acts";  // what an order to adopt them says

// Carried out by the gateway.
class HandOver {
 public:
  virtual ~HandOver() = default;
  // Refused when this is not the time. Until keep() or commit() nothing of what is offered changes.
  [[nodiscard]] virtual Result<OwnHoldings> offer(int process) = 0;
  // The store is closed and another process may open it. On an error nothing has changed.
  [[nodiscard]] virtual Result<void> release() = 0;
  // Undoes release(); tried again when it fails.
  [[nodiscard]] virtual Result<void> take_back() = 0;
  virtual void keep(int process, const std::string& why) = 0;
  // Accepts no more; connections go on.
  virtual void commit(int successor_process) = 0;

  // Orders after commit().
  [[nodiscard]] virtual Result<void> adopt(News news, const AskName& ask_name, const AskAct& ask_act) = 0;
  virtual void sign_out(std::span<const IpAddress> addresses) = 0;
  virtual void set_time(WallTime to) = 0;
  virtual void end_connections(std::chrono::milliseconds deadline) = 0;
  [[nodiscard]] virtual std::string report() const = 0;  // "12 connections, 3 tunnels"
  // Nobody rules over what still runs: it must end.
  virtual void orphaned() = 0;
};

class SuccessorServer {
 public:
  static constexpr std::chrono::seconds kPatience{120};

  // Borrows `actions`. Listens beside `socket`, where the process that hands over may still listen, until publish().
  [[nodiscard]] static Result<std::unique_ptr<SuccessorServer>> start(const std::filesystem::path& socket,
                                                                      HandOver& actions);
  virtual ~SuccessorServer() = default;  // stops
  [[nodiscard]] virtual Result<void> publish() = 0;
  // A hand-over that is not committed is given up; the store is taken back first if it was released.
  virtual void stop() = 0;
};

}  // namespace citygate::app
