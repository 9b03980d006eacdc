// state_directory.h - the directory that holds all that must outlive the process, and the right to use it.
//
//   FORMAT        "citygate state 1"            lock     flock'd by the owner; holds "citygate serve (process 1234)"
//   lists/ policies/ spool/ db/ keys/           control.sock, listening: of a running gateway
//
// One process owns it; the lock ends with the process, however that ends. In an upgrade the lock itself is handed over:
// the new process holds it before the old one lets go.
// All in it belongs to one user: root would leave files there that the gateway cannot open.
// Errors    open: Refused when another process has it (named with its command and number), when it belongs to another
//           user, when a newer version made it, or when the directory holds something else; Storage when it cannot be
//           made or read.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace citygate::app {

class StateDirectory {
 public:
  static constexpr int kFormat = 1;

  // Makes what is missing, readable by its owner alone. `command` is what a second process is told: "serve".
  [[nodiscard]] static Result<StateDirectory> open(const std::filesystem::path& path, std::string_view command);

  // Refused: it exists and is another user's.
  [[nodiscard]] static Result<void> check_owner(const std::filesystem::path& path);

  // Makes a directory that was filled by other means, a restored backup, a state directory.
  [[nodiscard]] static Result<void> declare(const std::filesystem::path& path);

  // With the lock of the process that owns it now. What the lock says stays as it is until claim().
  [[nodiscard]] static Result<StateDirectory> take_over(const std::filesystem::path& path, UniqueFd lock);
  [[nodiscard]] const UniqueFd& lock() const { return lock_; }
  [[nodiscard]] Result<void> claim(std::string_view command) const;  // the lock names this process from now on
  void let_go() { lock_.reset(); }                                   // another process has it

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path lists() const { return path_ / "lists"; }
  [[nodiscard]] std::filesystem::path held() const { return path_ / "held"; }  // programs that wait for approval
  [[nodiscard]] std::filesystem::path spool() const { return path_ / "spool"; }
  [[nodiscard]] std::filesystem::path database() const { return path_ / "db"; }
  [[nodiscard]] std::filesystem::path listening() const { return path_ / "listening"; }
  [[nodiscard]] static std::filesystem::path control_socket(const std::filesystem::path& state) {
    return state / "control.sock";
  }
  // Where a new process asks the running one to hand over.
  [[nodiscard]] static std::filesystem::path hand_over_socket(const std::filesystem::path& state) {
    return state / "hand-over.sock";
  }

  // Keeps the text of a policy under its hash, for records that name it. Does nothing when it is there.
  [[nodiscard]] Result<void> keep_policy(std::string_view sha256, std::string_view text) const;
  // The same of what people acknowledge; receipts name it.
  [[nodiscard]] Result<void> keep_text(std::string_view sha256, std::string_view text) const;
  [[nodiscard]] Result<std::string> kept_text(std::string_view sha256) const;  // NotFound

 private:
  StateDirectory(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  UniqueFd lock_;
};

}  // namespace citygate::app
