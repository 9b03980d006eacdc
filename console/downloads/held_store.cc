#include "console/downloads/held_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/hex.h"
#include "categories/http_get.h"
#include "console/downloads/part_sink.h"

namespace citygate::console {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartSuffix = ".part";
// Room is made in so large steps where a site does not say how much there is to come.
constexpr std::uint64_t kStep = std::uint64_t{16} << 20;

// One of the few fetches that may run at once.
class Turn {
 public:
  explicit Turn(std::atomic<unsigned>& count) : count_(count), mine_(count.fetch_add(1) < HeldStore::kFetches) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { count_.fetch_sub(1); }
  [[nodiscard]] explicit operator bool() const { return mine_; }

 private:
  std::atomic<unsigned>& count_;
  const bool mine_;
};

// Removes its file unless that was kept.
struct PartFile {
  fs::path path;
  bool kept = false;
  ~PartFile() {
    std::error_code error;
    if (!kept) fs::remove(path, error);
  }
};

}  // namespace

HeldStore::HeldStore(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == kPartSuffix) {
      std::error_code ignored;
      fs::remove(it->path(), ignored);
    }
}

fs::path HeldStore::path_of(std::string_view sha256) const { return directory_ / sha256; }

std::uint64_t HeldStore::stored_bytes() const {
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const auto size = it->file_size(ignored);
    if (!ignored && is_hex(it->path().filename().native(), kSha256Digits)) total += size;
  }
  return total;
}

std::uint64_t HeldStore::held_bytes() const {
  std::lock_guard lock(mutex_);
  return stored_bytes() + promised_;
}

// What one fetch has of `held_bytes`; until its end, when its file counts.
class HeldStore::Room {
 public:
  Room(HeldStore& store, const Bounds& bounds) : store_(store), bounds_(bounds) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    std::lock_guard lock(store_.mutex_);
    store_.promised_ -= mine_;
  }

  Result<void> grow_to(std::uint64_t bytes) {
    if (bytes > 0 && bytes <= mine_) return {};
    std::lock_guard lock(store_.mutex_);
    const std::uint64_t others = store_.stored_bytes() + store_.promised_ - mine_;
    if (others >= bounds_.held_bytes || bytes > bounds_.held_bytes - others)
      return fail(Error::Kind::Refused,
                  fmt::format("{} are held already, and {} may be (downloads.held_bytes); decide about them first",
                              megabytes(others), megabytes(bounds_.held_bytes)));
    store_.promised_ -= mine_;
    if (bytes > 0) mine_ = std::min(mine_ == 0 ? bytes : bytes + kStep, bounds_.held_bytes - others);
    store_.promised_ += mine_;
    return {};
  }

 private:
  HeldStore& store_;
  const Bounds& bounds_;
  std::uint64_t mine_ = 0;
};

Result<HeldFile> HeldStore::fetch(const FetchPlan& plan, const Bounds& bounds) {
  CG_CHECK(plan.may_connect && plan.may_follow);
  const Turn turn(fetching_);
  if (!turn)
    return fail(Error::Kind::Refused,
                fmt::format("{} files are being fetched already; try again in a minute", kFetches));
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return fail(Error::Kind::Storage, fmt::format("{}: {}", directory_.string(), error.message()));
  Room room(*this, bounds);
  CG_TRY_VOID(room.grow_to(0));
  PartFile part{.path = directory_ / fmt::format("{}-{}{}", ::getpid(), parts_.fetch_add(1), kPartSuffix)};
  UniqueFd file(::open(part.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(part.path.string());
  PartSink sink(std::move(file), plan.url, bounds.file_bytes,
                [&room](std::uint64_t bytes) { return room.grow_to(bytes); });
  const categories::HttpRequest request{.url = plan.url,
                                        .proxy = {},
                                        .user_agent = plan.user_agent,
                                        .headers = {},
                                        .limits = {},
                                        .cancelled = plan.cancelled,
                                        .resolve = plan.resolve,
                                        .may_follow = plan.may_follow,
                                        .may_connect = plan.may_connect};
  CG_TRY(head, categories::http_get(request, sink));
  static_cast<void>(head);
  CG_TRY(out, sink.finish());
  std::lock_guard lock(mutex_);
  fs::rename(part.path, path_of(out.sha256), error);
  if (error) return fail(Error::Kind::Storage, fmt::format("{}: {}", part.path.string(), error.message()));
  part.kept = true;
  out.in_hand = take_in_hand(out.sha256);
  CG_TRY_VOID(sync_directory(directory_));
  return out;
}

bool HeldStore::holds(std::string_view sha256) const {
  std::error_code error;
  return is_hex(sha256, kSha256Digits) && fs::is_regular_file(path_of(sha256), error);
}

Result<HeldReader> HeldStore::open(std::string_view sha256) const {
  if (!is_hex(sha256, kSha256Digits)) return fail(Error::Kind::Malformed, "a held file is named by 64 hex digits");
  UniqueFd file(::open(path_of(sha256).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return fail(Error::Kind::NotFound, fmt::format("no file {} is held; it may have been swept: ask again", sha256));
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) return fail_errno(std::string(sha256));
  return HeldReader(std::move(file), static_cast<std::uint64_t>(facts.st_size), std::string(sha256));
}

std::shared_ptr<const void> HeldStore::take_in_hand(const std::string& sha256) {
  in_hand_.insert(sha256);
  return {this, [this, sha256](const void*) {
            std::lock_guard lock(mutex_);
            in_hand_.erase(in_hand_.find(sha256));
          }};
}

// What is fetched after the first look has its request after the second, perhaps: it is left for the next sweep.
std::size_t HeldStore::sweep(const std::function<Names()>& wanted) {
  std::map<std::string, ino_t> there;
  const auto inode = [](const fs::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_ino : ino_t{};
  };
  {
    std::lock_guard lock(mutex_);
    std::error_code error;
    for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
      if (const std::string name = it->path().filename(); is_hex(name, kSha256Digits) && !in_hand_.contains(name))
        there.emplace(name, inode(it->path()));
  }
  const Names names = wanted();
  std::lock_guard lock(mutex_);
  std::size_t removed = 0;
  for (const auto& [name, was] : there) {
    const fs::path path = path_of(name);
    std::error_code failed;
    if (!names.contains(name) && !in_hand_.contains(name) && inode(path) == was && fs::remove(path, failed)) ++removed;
  }
  return removed;
}

}  // namespace citygate::console
