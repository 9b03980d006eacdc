#include "app/backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>
#include <vector>

#include "app/backup_manifest.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/local_time.h"
#include "categories/history.h"
#include "console/downloads/held_store.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConf = "conf";

Result<void> make_private(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("make " + path.string());
  return {};
}

Result<void> make_private_parents(const fs::path& root, const fs::path& relative) {
  fs::path path = root;
  for (const auto& part : relative.parent_path()) CG_TRY_VOID(make_private(path /= part));
  return {};
}

// Names of files are safe from a power cut when their directories are synced, not when they are themselves: all of
// them, before the file is written that declares the whole good.
Result<void> sync_tree(const fs::path& root) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error))
    if (it->is_directory(error)) CG_TRY_VOID(sync_directory(it->path()));
  if (error) return fail(Error::Kind::Storage, fmt::format("read {}: {}", root.string(), error.message()));
  CG_TRY_VOID(sync_directory(root));
  const fs::path above = fs::absolute(root, error).lexically_normal();
  return sync_directory((above.has_filename() ? above : above.parent_path()).parent_path());
}

Result<void> check_empty(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  if (!fs::is_directory(path, error) || !fs::is_empty(path, error))
    return fail(Error::Kind::Refused,
                fmt::format("{} is not empty; name a directory that is, or does not exist", path.string()));
  return {};
}

// The right to read the stage, or to take it away: one has it at a time, for as long as what is returned lives. Refused
// while another has it, or has just taken it away.
Result<UniqueFd> take_stage(const fs::path& stage) {
  UniqueFd held(::open(stage.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat locked{}, named{};
  if (!held && errno != ENOENT) return fail_errno("open " + stage.string());
  if (!held || ::flock(held.get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(held.get(), &locked) != 0 ||
      ::stat(stage.c_str(), &named) != 0 || locked.st_ino != named.st_ino)
    return fail(Error::Kind::Refused,
                fmt::format("another backup is being written from {}; try again when it has ended", stage.string()));
  return held;
}

Result<void> remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(Error::Kind::Storage, fmt::format("remove {}: {}", path.string(), error.message()));
  return {};
}

// The same file under another name; where the file system has no links, a copy.
Result<void> link_or_copy(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP)
    return fail_errno("link " + from.string());
  CG_TRY_VOID(copy_hashed(from, to));
  return {};
}

Result<void> link_tree(const fs::path& from, const fs::path& to) {
  CG_TRY_VOID(make_private(to));
  CG_TRY(files, files_below(from));
  for (const auto& file : files) {
    CG_TRY_VOID(make_private_parents(to, file));
    CG_TRY_VOID(link_or_copy(from / file, to / file));
  }
  return {};
}

// Programs that wait for approval, or were approved: an act in the copied database names each by its hash. What is still
// being fetched is left; what is swept meanwhile, no request speaks of any more.
Result<void> link_held(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (!fs::exists(from, error)) return {};
  CG_TRY_VOID(make_private(to));
  CG_TRY(files, files_below(from));
  for (const auto& file : files) {
    if (!is_hex(file, kSha256Digits)) continue;
    const auto linked = link_or_copy(from / file, to / file);
    if (!linked && fs::exists(from / file, error)) return linked;
  }
  return {};
}

// A publish may replace the image in force while the lists are linked: then what `current` names is not there.
bool lists_are_whole(const fs::path& lists) {
  const auto now = categories::History(lists).current();
  if (!now) return false;
  std::error_code error;
  return !*now || (*now)->image.empty() || fs::exists(lists / "images" / (*now)->image / "manifest.json", error);
}

Result<void> link_lists(const fs::path& from, const fs::path& to) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::error_code error;
    fs::remove_all(to, error);
    const auto linked = link_tree(from, to);
    if (linked && lists_are_whole(to)) return {};
    if (!linked && linked.error().kind != Error::Kind::Storage) return linked;
  }
  return fail(Error::Kind::Storage, "the lists change all the time; back up when no list is being imported");
}

// What the sources file names as its protected_file; "" without one. A file that cannot be read names nothing.
fs::path protected_file(const fs::path& sources) {
  Problems ignored;
  const auto root = read_document(sources, ignored);
  const Node* guards = root ? root->find("guards") : nullptr;
  const Node* named = guards ? guards->find("protected_file") : nullptr;
  const auto text = named ? named->text() : std::nullopt;
  return text && !text->empty() ? (sources.parent_path() / *text).lexically_normal() : fs::path();
}

// Name in the backup and file, for what the configuration is made of.
Result<std::vector<std::pair<std::string, fs::path>>> conf_files(const Config& config) {
  std::vector<std::pair<std::string, fs::path>> out;
  std::set<std::string> names;
  const auto& gateway = config.gateway;
  std::vector<fs::path> files{config.file, config.resolve(gateway.taxonomy), config.resolve(gateway.people),
                              config.resolve(gateway.policy)};
  if (!gateway.sources.empty()) {
    files.push_back(config.resolve(gateway.sources));
    if (const fs::path names_of = protected_file(files.back()); !names_of.empty()) files.push_back(names_of);
  }
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    if (!names.insert(name).second)
      return fail(
          Error::Kind::Refused,
          fmt::format("two files of the configuration are named {}; a backup keeps them in one directory", name));
    out.emplace_back(name, file);
  }
  return out;
}

Result<BackupManifest> read_manifest(const fs::path& backup) {
  auto text = read_file(backup / BackupManifest::kName, std::size_t{256} << 20);
  if (!text)
    return fail(Error::Kind::Refused,
                fmt::format("{} is no backup: it has no {}", backup.string(), BackupManifest::kName));
  CG_TRY(manifest, BackupManifest::parse(*text));
  if (manifest.state_format != StateDirectory::kFormat)
    return fail(Error::Kind::Refused,
                fmt::format("the backup holds a state directory of format {}; this citygate knows format {}",
                            manifest.state_format, StateDirectory::kFormat));
  CG_TRY(found, files_below(backup));
  std::erase(found, BackupManifest::kName);
  for (std::size_t i = 0; i < std::max(found.size(), manifest.files.size()); ++i) {
    const std::string there = i < found.size() ? found[i] : "",
                      listed = i < manifest.files.size() ? manifest.files[i].path : "";
    if (there == listed) continue;
    const bool missing = there.empty() || (!listed.empty() && listed < there);
    return fail(Error::Kind::Refused,
                missing ? fmt::format("{} is missing from the backup", listed)
                        : fmt::format("{} is in the backup, but not in its {}", there, BackupManifest::kName));
  }
  return manifest;
}

Result<void> copy_checked(const fs::path& from, const fs::path& to, const BackupManifest::File& wanted) {
  CG_TRY(copied, copy_hashed(from, to));
  if (copied.sha256 != wanted.sha256 || copied.bytes != wanted.bytes)
    return fail(Error::Kind::Refused, fmt::format("{} is damaged: its checksum is another", from.string()));
  return {};
}

Result<std::string> copy_stage(const fs::path& stage, std::uint64_t records, const Config& config,
                               const fs::path& target, std::string_view version) {
  CG_TRY_VOID(check_empty(target));
  CG_TRY(conf, conf_files(config));
  CG_TRY(files, files_below(stage));
  CG_TRY_VOID(make_private(target));
  BackupManifest manifest{.state_format = StateDirectory::kFormat,
                          .version = std::string(version),
                          .made = format_utc(SystemClock().now()),
                          .records = records,
                          .files = {}};
  std::uint64_t bytes = 0;
  const auto take = [&](const fs::path& from, const std::string& as) -> Result<void> {
    CG_TRY_VOID(make_private_parents(target, as));
    CG_TRY(file, copy_hashed(from, target / as));
    file.path = as;
    bytes += file.bytes;
    manifest.files.push_back(std::move(file));
    return {};
  };
  for (const auto& [name, file] : conf) CG_TRY_VOID(take(file, fmt::format("{}/{}", kConf, name)));
  for (const auto& file : files) CG_TRY_VOID(take(stage / file, file));
  std::ranges::sort(manifest.files, {}, &BackupManifest::File::path);
  CG_TRY_VOID(sync_tree(target));
  CG_TRY_VOID(replace_file(target / BackupManifest::kName, manifest.to_string()));
  return fmt::format("{}: {} files, {} bytes, all records up to number {}", target.string(), manifest.files.size(),
                     bytes, records);
}

}  // namespace

fs::path backup_stage(const fs::path& state) { return state / "backup"; }

Result<std::uint64_t> stage_backup(const StateDirectory& state, records::Store& store) {
  const fs::path stage = backup_stage(state.path());
  std::error_code error;
  if (fs::exists(stage, error)) {  // left by a command that did not get to its end, or in use
    CG_TRY(held, take_stage(stage));
    static_cast<void>(held);
    CG_TRY_VOID(remove_tree(stage));
  }
  // What has the stage's name is whole.
  fs::path made = stage;
  made += ".new";
  CG_TRY_VOID(remove_tree(made));
  CG_TRY_VOID(make_private(made));
  CG_TRY(records, store.copy_to(made / "db"));
  CG_TRY_VOID(link_lists(state.lists(), made / "lists"));
  for (const char* part : {"policies", "keys"}) CG_TRY_VOID(link_tree(state.path() / part, made / part));
  CG_TRY_VOID(link_held(state.held(), made / "held"));
  fs::rename(made, stage, error);
  if (error) return fail(Error::Kind::Storage, fmt::format("rename to {}: {}", stage.string(), error.message()));
  return records;
}

Result<std::string> write_backup(const fs::path& stage, std::uint64_t records, const Config& config,
                                 const fs::path& target, std::string_view version) {
  CG_TRY(held, take_stage(stage));
  static_cast<void>(held);
  auto done = copy_stage(stage, records, config, target, version);
  const auto removed = remove_tree(stage);
  if (done && !removed) return std::unexpected(removed.error());
  return done;
}

Result<std::string> restore_backup(const fs::path& backup, const fs::path& state, const std::optional<fs::path>& conf) {
  CG_TRY(manifest, read_manifest(backup));
  CG_TRY_VOID(check_empty(state));
  std::error_code error;
  if (fs::exists(state, error)) CG_TRY_VOID(StateDirectory::check_owner(state));
  if (conf) CG_TRY_VOID(check_empty(*conf));
  // Without a FORMAT file it is no state directory yet, and nothing starts on half of one.
  CG_TRY_VOID(make_private(state));
  if (conf) CG_TRY_VOID(make_private(*conf));
  const std::string prefix = std::string(kConf) + "/";
  for (const auto& file : manifest.files) {
    const bool configuration = file.path.starts_with(prefix);
    if (configuration && !conf) continue;
    const fs::path relative = configuration ? file.path.substr(prefix.size()) : file.path;
    const fs::path& root = configuration ? *conf : state;
    CG_TRY_VOID(make_private_parents(root, relative));
    CG_TRY_VOID(copy_checked(backup / file.path, root / relative, file));
  }
  if (conf) CG_TRY_VOID(sync_tree(*conf));
  CG_TRY_VOID(sync_tree(state));
  CG_TRY_VOID(StateDirectory::declare(state));
  return fmt::format("{}: {} files of the backup of {}, all records up to number {}{}", state.string(),
                     manifest.files.size(), manifest.made, manifest.records,
                     conf ? "; configuration in " + conf->string() : "; its configuration stays in the backup");
}

}  // namespace citygate::app
