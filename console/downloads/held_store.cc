#include "console/downloads/held_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/target.h"
#include "categories/digest.h"
#include "categories/http_get.h"
#include "categories/software_kind.h"

namespace citygate::console {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartSuffix = ".part";

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

// Writes what comes to a part file, and counts and hashes it.
class PartSink final : public categories::HttpSink {
 public:
  PartSink(UniqueFd file, const FetchPlan& plan, std::uint64_t most)
      : file_(std::move(file)), plan_(plan), most_(most) {}

  Result<void> head(const categories::HttpHead& head) override {
    if (head.status != 200)
      return std::unexpected(categories::status_error(plan_.url.substr(0, plan_.url.find('?')), head.status));
    if (head.content_length && *head.content_length > most_) return too_large(*head.content_length);
    head_ = head;
    return {};
  }
  Result<void> bytes(std::string_view block) override {
    if (block.size() > most_ - size_) return too_large(size_ + block.size());
    if (first_.size() < categories::kPackedBytes) first_ += block.substr(0, categories::kPackedBytes - first_.size());
    digest_.add(block);
    size_ += block.size();
    while (!block.empty()) {
      const ssize_t written = ::write(file_.get(), block.data(), block.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return fail_errno("the held file cannot be written");
      block.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
  Result<HeldFile> finish() {
    if (::fsync(file_.get()) != 0) return fail_errno("the held file cannot be written");
    HeldFile out;
    out.sha256 = digest_.finish_hex();
    out.bytes = size_;
    out.type = head_.content_type;
    const std::string_view url = head_.url;
    const auto scheme = url.find("://");
    const auto path = url.find('/', scheme == url.npos ? 0 : scheme + 3);
    const std::string_view path_text = path == url.npos ? std::string_view() : url.substr(path);
    out.name = categories::file_name_of(head_.content_disposition, path_text);
    out.kind = categories::find_software({.content_type = head_.content_type,
                                          .content_encoding = head_.content_encoding,
                                          .content_disposition = head_.content_disposition,
                                          .path = path_text},
                                         first_)
                   .kind;
    return out;
  }

 private:
  std::unexpected<Error> too_large(std::uint64_t bytes) const {
    return fail(Error::Kind::TooLarge, fmt::format("the file has {} or more, and the gateway holds {} at most "
                                                   "(downloads.file_bytes)",
                                                   megabytes(bytes), megabytes(most_)));
  }
  UniqueFd file_;
  const FetchPlan& plan_;
  const std::uint64_t most_;
  categories::Digest digest_;
  categories::HttpHead head_;
  std::string first_;
  std::uint64_t size_ = 0;
};

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

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

HeldStore::HeldStore(fs::path directory) : directory_(std::move(directory)) {
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == kPartSuffix) {
      std::error_code ignored;
      fs::remove(it->path(), ignored);
    }
}

fs::path HeldStore::path_of(std::string_view sha256) const { return directory_ / sha256; }

std::uint64_t HeldStore::held_bytes() const {
  std::uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const auto size = it->file_size(ignored);
    if (!ignored) total += size;
  }
  return total;
}

Result<HeldFile> HeldStore::fetch(const FetchPlan& plan, const Bounds& bounds) {
  CG_CHECK(plan.may_connect && plan.may_follow);
  const Turn turn(fetching_);
  if (!turn)
    return fail(Error::Kind::Refused,
                fmt::format("{} files are being fetched already; try again in a minute", kFetches));
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return fail(Error::Kind::Storage, fmt::format("{}: {}", directory_.string(), error.message()));
  const std::uint64_t held = held_bytes();
  if (held >= bounds.held_bytes)
    return fail(Error::Kind::Refused,
                fmt::format("{} are held already (downloads.held_bytes); decide about them first", megabytes(held)));
  PartFile part{.path = directory_ / fmt::format("{}-{}{}", ::getpid(), parts_.fetch_add(1), kPartSuffix)};
  UniqueFd file(::open(part.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return fail_errno(part.path.string());
  PartSink sink(std::move(file), plan, std::min(bounds.file_bytes, bounds.held_bytes - held));
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
  return is_sha256(sha256) && fs::is_regular_file(path_of(sha256), error);
}

Result<UniqueFd> HeldStore::open(std::string_view sha256) const {
  if (!is_sha256(sha256)) return fail(Error::Kind::Malformed, "a held file is named by 64 hex digits");
  UniqueFd file(::open(path_of(sha256).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return fail(Error::Kind::NotFound, fmt::format("no file {} is held; it may have been swept: ask again", sha256));
  categories::Digest digest;
  std::array<char, 64 * 1024> block;
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(std::string(sha256));
    if (got == 0) break;
    digest.add({block.data(), static_cast<std::size_t>(got)});
  }
  if (digest.finish_hex() != sha256)
    return fail(Error::Kind::Malformed,
                fmt::format("the held file {} is not what was approved any more: it is not given out", sha256));
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail_errno(std::string(sha256));
  return file;
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
      if (const std::string name = it->path().filename(); is_sha256(name) && !in_hand_.contains(name))
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
