#include "app/state_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormatPrefix = "citygate state ";

std::unexpected<Error> refuse(std::string text) { return fail(Error::Kind::Refused, std::move(text)); }

Result<void> make_private(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return fail_errno("make " + path.string());
  return {};
}

Result<void> keep(const fs::path& file, std::string_view text) {
  std::error_code error;
  if (fs::exists(file, error)) return {};
  return replace_file(file, text);
}

fs::path text_file(const fs::path& state, std::string_view sha256) {
  return state / "policies" / (std::string(sha256) + ".txt");
}

std::string user_name(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  char text[4096];
  if (::getpwuid_r(user, &entry, text, sizeof text, &found) == 0 && found) return entry.pw_name;
  return fmt::format("user {}", user);
}

// What is there may be someone's home directory: only an empty directory becomes a state directory.
Result<void> check_empty(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename();
    if (name != "lock" && name != "lost+found")
      return refuse(fmt::format("{} is no state directory: it holds '{}' and no FORMAT file; name an empty directory",
                                path.string(), name.string()));
  }
  if (error) return fail(Error::Kind::Storage, fmt::format("read {}: {}", path.string(), error.message()));
  return {};
}

Result<void> check_format(const fs::path& path, const std::string& text) {
  std::string_view rest = text;
  int format = 0;
  const bool ours = rest.starts_with(kFormatPrefix);
  if (ours) rest.remove_prefix(kFormatPrefix.size());
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), format);
  if (!ours || error != std::errc() || format < 1)
    return refuse(fmt::format("{} is damaged or of another program: expected '{}{}'", (path / "FORMAT").string(),
                              kFormatPrefix, StateDirectory::kFormat));
  if (format > StateDirectory::kFormat)
    return refuse(
        fmt::format("state directory {} is of format {}, made by a newer citygate; this one knows formats up to {}",
                    path.string(), format, StateDirectory::kFormat));
  return {};
}

Result<void> sign_lock(const fs::path& path, const UniqueFd& lock, std::string_view command) {
  const std::string text = fmt::format("citygate {} (process {})\n", command, ::getpid());
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return fail_errno("write " + (path / "lock").string());
  return {};
}

Result<UniqueFd> take_lock(const fs::path& path, std::string_view command) {
  const fs::path file = path / "lock";
  UniqueFd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail_errno("open " + file.string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno("lock " + file.string());
    char text[256] = {};
    const ssize_t length = ::pread(lock.get(), text, sizeof text - 1, 0);
    std::string_view holder(text, length > 0 ? static_cast<std::size_t>(length) : 0);
    while (holder.ends_with('\n')) holder.remove_suffix(1);
    // Else its socket had answered.
    const bool deaf = holder.starts_with("citygate serve") && command != "serve";
    return refuse(fmt::format("state directory {} is in use by {}{}", path.string(),
                              holder.empty() ? std::string_view("another process") : holder,
                              deaf ? ", which is starting or stopping and takes no commands; ask again" : ""));
  }
  CG_TRY_VOID(sign_lock(path, lock, command));
  return lock;
}

}  // namespace

Result<void> StateDirectory::check_owner(const fs::path& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return fail_errno("look at " + path.string());
  if (about.st_uid == ::geteuid()) return {};
  const auto owner = user_name(about.st_uid), self = user_name(::geteuid());
  return refuse(
      fmt::format("state directory {0} belongs to {1}, and {2} would leave files there that {1} cannot open; "
                  "run this as {1} (runuser -u {1} -- citygate ...), or give the directory to {2} with all "
                  "that is in it (chown -R)",
                  path.string(), owner, self));
}

Result<StateDirectory> StateDirectory::open(const fs::path& given, std::string_view command) {
  std::error_code error;
  const fs::path path = fs::absolute(given, error).lexically_normal();
  if (error || path.empty()) return fail(Error::Kind::Storage, fmt::format("{}: {}", given.string(), error.message()));
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error)
    return fail(Error::Kind::Storage, fmt::format("make {}: {}", path.parent_path().string(), error.message()));
  CG_TRY_VOID(make_private(path));
  CG_TRY_VOID(check_owner(path));
  const fs::path format = path / "FORMAT";
  if (!fs::exists(format, error)) CG_TRY_VOID(check_empty(path));

  CG_TRY(lock, take_lock(path, command));
  if (fs::exists(format, error)) {
    CG_TRY(text, read_file(format, 4096));
    CG_TRY_VOID(check_format(path, text));
  } else {
    CG_TRY_VOID(declare(path));
  }
  for (const char* part : {"lists", "policies", "spool", "db", "keys"}) CG_TRY_VOID(make_private(path / part));
  return StateDirectory(path, std::move(lock));
}

Result<void> StateDirectory::declare(const fs::path& path) {
  return replace_file(path / "FORMAT", fmt::format("{}{}\n", kFormatPrefix, kFormat));
}

Result<StateDirectory> StateDirectory::take_over(const fs::path& given, UniqueFd lock) {
  std::error_code error;
  const fs::path path = fs::absolute(given, error).lexically_normal();
  struct stat locked{}, named{};
  if (::fstat(lock.get(), &locked) != 0 || ::stat((path / "lock").c_str(), &named) != 0)
    return fail_errno("look at " + (path / "lock").string());
  if (locked.st_dev != named.st_dev || locked.st_ino != named.st_ino)
    return refuse(fmt::format("{} is not the state directory of the process that hands over", path.string()));
  CG_TRY_VOID(check_owner(path));
  CG_TRY(text, read_file(path / "FORMAT", 4096));
  CG_TRY_VOID(check_format(path, text));
  return StateDirectory(path, std::move(lock));
}

Result<void> StateDirectory::claim(std::string_view command) const { return sign_lock(path_, lock_, command); }

Result<void> StateDirectory::keep_policy(std::string_view sha256, std::string_view text) const {
  return keep(path_ / "policies" / (std::string(sha256) + ".toml"), text);
}

Result<void> StateDirectory::keep_text(std::string_view sha256, std::string_view text) const {
  return keep(text_file(path_, sha256), text);
}

Result<std::string> StateDirectory::kept_text(std::string_view sha256) const {
  if (sha256.find('/') != std::string_view::npos) return fail(Error::Kind::Malformed, "no SHA-256");
  return read_file(text_file(path_, sha256));
}

}  // namespace citygate::app
