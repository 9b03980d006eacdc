// held_store.h - software that waits at the gateway until somebody has agreed to it: files known by their bytes.
//
//   fetch(url) ─▶ held/<sha256> ─▶ acts download-held, grant-request ─▶ approvals ─▶ open(sha256) ─▶ the very bytes
//
// A file is fetched once, when somebody asks for it; what is approved is its SHA-256, so what the site serves later makes
// no difference. Whoever reads it reads no other bytes to the end (held_reader.h).
// Owner     app, one for each state directory. Thread: any; fetch() blocks its caller for the length of the download.
// Bounds    `file_bytes` for each, `held_bytes` for all, kFetches at once; what nobody wants any more is swept. Fetches
//           that run hold room for what they have said or written, so that several pass no bound together.
// Errors    fetch: Refused (address, size, no room, too many at once, no program), Timeout, Malformed with the site's
//           answer; open: NotFound. No file is left behind by an error.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "console/downloads/held_reader.h"

namespace citygate::console {

struct FetchPlan {
  std::string url;
  std::string user_agent;
  std::vector<std::string> resolve;                   // categories/http_get.h
  std::function<bool(const IpAddress&)> may_connect;  // required, as may_follow
  std::function<Result<std::vector<std::string>>(const std::string& url)> may_follow;
  std::function<bool()> cancelled{};
};

struct HeldFile {
  std::string sha256;  // 64 hex digits
  std::uint64_t bytes = 0;
  std::string name, type;                 // as the site calls it; the name without directories, printable
  std::string kind;                       // "Windows program"
  std::shared_ptr<const void> in_hand{};  // as long as it lives nobody sweeps the file: no request speaks of it yet
};

class HeldStore {
 public:
  static constexpr unsigned kFetches = 4;
  struct Bounds {
    std::uint64_t file_bytes = std::uint64_t{1} << 30;
    std::uint64_t held_bytes = std::uint64_t{8} << 30;
  };

  // The directory is made when the first file is held; parts of fetches that a killed process left are removed.
  explicit HeldStore(std::filesystem::path directory);

  [[nodiscard]] Result<HeldFile> fetch(const FetchPlan& plan, const Bounds& bounds);
  [[nodiscard]] Result<HeldReader> open(std::string_view sha256) const;
  [[nodiscard]] bool holds(std::string_view sha256) const;
  [[nodiscard]] std::uint64_t held_bytes() const;  // with what fetches that run hold room for
  // Removes the files that were there before `wanted` was asked, and are not among what it names; returns how many.
  using Names = std::set<std::string, std::less<>>;
  std::size_t sweep(const std::function<Names()>& wanted);

 private:
  class Room;
  [[nodiscard]] std::uint64_t stored_bytes() const;  // under the mutex, as it is
  [[nodiscard]] std::filesystem::path path_of(std::string_view sha256) const;
  [[nodiscard]] std::shared_ptr<const void> take_in_hand(const std::string& sha256);  // under the mutex

  const std::filesystem::path directory_;
  std::atomic<unsigned> fetching_{0};
  std::atomic<std::uint64_t> parts_{0};              // numbers them
  mutable std::mutex mutex_;                         // held while files come and go, never while bytes do
  std::multiset<std::string, std::less<>> in_hand_;  // guarded by mutex_
  std::uint64_t promised_ = 0;                       // guarded by mutex_; to fetches that run
};

}  // namespace citygate::console
