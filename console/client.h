// client.h - the other end of control.sock: asks a running gateway and passes its answer on.
//
// Errors    NotFound: no gateway listens there. Refused: the socket belongs to another user. Malformed: what answers is
//           no gateway, or it died in the middle of its answer.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// The command's exit status.
[[nodiscard]] Result<int> ask_gateway(const std::filesystem::path& socket, const Request& request, Output& output);

// Lines to standard output and standard error.
class Terminal final : public Output {
 public:
  std::string via() const override;
  void out(std::string_view line) override;
  void err(std::string_view line) override;
  bool ended() override;
  bool ended_after(std::chrono::milliseconds wait) override;
};

}  // namespace citygate::console
