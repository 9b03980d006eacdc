// held_store.h - software that waits at the gateway until somebody has agreed to it: files known by their bytes.
//
//   fetch(url) ─▶ held/<sha256> ─▶ acts download-held, grant-request ─▶ approvals ─▶ open(sha256) ─▶ the very bytes
//
// A file is fetched once, when somebody asks for it; what is approved is its SHA-256, so what the site serves later makes
// no difference. Every open() reads the file again and compares.
// Owner     app, one for each state directory. Thread: any; fetch() blocks its caller for the length of the download.
// Bounds    `file_bytes` for each, `held_bytes` for all, kFetches at once; what nobody wants any more is swept.
// Errors    fetch: Refused (address, size, no room, too many at once), Timeout, Malformed with the site's answer; open:
//           NotFound, Malformed where the file is not what was approved. No file is left behind by an error.
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
#include "base/file.h"
#include "base/result.h"

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
  std::string name, type;                 // as the site calls it; the name without directories
  std::string kind;                       // "Windows program"; "" where it is none
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
  // At its beginning; its bytes have just been found to be those of `sha256`.
  [[nodiscard]] Result<UniqueFd> open(std::string_view sha256) const;
  [[nodiscard]] bool holds(std::string_view sha256) const;
  [[nodiscard]] std::uint64_t held_bytes() const;
  // Removes the files that were there before `wanted` was asked, and are not among what it names; returns how many.
  using Names = std::set<std::string, std::less<>>;
  std::size_t sweep(const std::function<Names()>& wanted);

 private:
  [[nodiscard]] std::filesystem::path path_of(std::string_view sha256) const;
  [[nodiscard]] std::shared_ptr<const void> take_in_hand(const std::string& sha256);  // under the mutex

  const std::filesystem::path directory_;
  std::atomic<unsigned> fetching_{0};
  std::atomic<std::uint64_t> parts_{0};              // numbers them
  mutable std::mutex mutex_;                         // held while files come and go, never while bytes do
  std::multiset<std::string, std::less<>> in_hand_;  // guarded by mutex_
};

// 64 lower-case hex digits: a name that is safe to look for.
[[nodiscard]] bool is_sha256(std::string_view text);

}  // namespace citygate::console
