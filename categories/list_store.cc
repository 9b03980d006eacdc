#include "categories/list_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/image.h"
#include "categories/normalise.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".new";  // what is being written; of no meaning after a kill

Result<void> make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(Error::Kind::Storage, "create " + path.string() + ": " + error.message());
  return {};
}

// Makes `path` an empty directory.
Result<void> fresh_directory(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail(Error::Kind::Storage, "remove " + path.string() + ": " + error.message());
  return make_directory(path);
}

// Puts the finished directory `from` in the place of `to`, at every instant of which one of the two is whole.
Result<void> put_in_place(const fs::path& from, const fs::path& to) {
  CG_TRY_VOID(sync_directory(from));
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EEXIST) return fail_errno("rename " + from.string());
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0)
      return fail_errno("exchange " + from.string());
    std::error_code ignored;
    fs::remove_all(from, ignored);  // what was there before; swept up later if this fails
  }
  return sync_directory(to.parent_path());
}

std::vector<fs::path> directories_in(const fs::path& path) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->is_directory(error)) out.push_back(it->path());
  return out;
}

bool good_source_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// "UT1 list.tar.zst" → "ut1-list".
std::string source_name_of(fs::path path) {
  if (path.filename().empty()) path = path.parent_path();
  std::string name = path.filename().string();
  for (bool again = true; again;) {
    again = false;
    for (std::string_view ending : {".gz", ".xz", ".zst", ".tar", ".tgz", ".txt", ".domains", ".hosts", ".list"}) {
      if (name.size() <= ending.size() || !name.ends_with(ending)) continue;
      name.resize(name.size() - ending.size());
      again = true;
    }
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) c = '-';
  }
  return name;
}

class Store final : public ListStore {
 public:
  Store(fs::path directory, const Taxonomy& taxonomy, NameSource& names)
      : directory_(std::move(directory)), taxonomy_(taxonomy), names_(names) {}

  Result<ImportSummary> import(const ImportRequest& request,
                               const std::function<void(std::string_view)>& progress) override;
  Result<GenerationId> remove(std::string_view source) override;
  Result<std::shared_ptr<const Lists>> load_current(std::string& warning) override;

 private:
  [[nodiscard]] Result<UniqueFd> lock() const;
  [[nodiscard]] fs::path image(std::string_view id) const { return directory_ / "images" / id; }
  // What `current` names; "" when there is no such file.
  [[nodiscard]] Result<std::string> current_id() const;
  // Images that might be used, the one in force first, then the newest.
  [[nodiscard]] Result<std::vector<std::string>> candidates() const;
  // The sources in force: those of the first image whose manifest can be read.
  [[nodiscard]] Result<std::vector<SourceManifest>> sources_in_force() const;
  [[nodiscard]] Result<GenerationId> publish(std::vector<SourceManifest> sources,
                                             const std::function<void(std::string_view)>& progress);
  void sweep(const std::string& current, const std::string& previous) const;

  const fs::path directory_;
  const Taxonomy& taxonomy_;
  NameSource& names_;
};

Result<UniqueFd> Store::lock() const {
  const fs::path path = directory_ / "lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("open " + path.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return fail_errno("lock " + path.string());
  return fail(Error::Kind::Refused, "another import is running; wait for its end");
}

Result<std::string> Store::current_id() const {
  auto text = read_file(directory_ / "current", 4096);
  if (!text && text.error().kind == Error::Kind::NotFound) return std::string();
  if (!text) return std::unexpected(std::move(text).error());
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

Result<std::vector<std::string>> Store::candidates() const {
  CG_TRY(current, current_id());
  std::vector<std::pair<std::string, std::string>> others;  // when built, id
  for (const auto& path : directories_in(directory_ / "images")) {
    const std::string id = path.filename().string();
    if (!parse_hex16(id) || id == current) continue;
    const auto manifest = read_image_manifest(path / "manifest.json");
    others.emplace_back(manifest ? manifest->built : "", id);
  }
  std::ranges::sort(others, std::ranges::greater{});
  std::vector<std::string> out;
  if (!current.empty()) out.push_back(current);
  for (auto& [built, id] : others) out.push_back(std::move(id));
  return out;
}

Result<std::vector<SourceManifest>> Store::sources_in_force() const {
  CG_TRY(ids, candidates());
  if (ids.empty()) return std::vector<SourceManifest>();
  // The first is the one in force. What is published next is made from it: an older one would lose what came since, so a
  // manifest that cannot be read is an error, and not a reason to look further.
  CG_TRY(manifest, read_image_manifest(image(ids.front()) / "manifest.json"));
  return std::move(manifest.sources);
}

Result<std::shared_ptr<const Lists>> Store::load_current(std::string& warning) {
  CG_TRY(ids, candidates());
  std::string wrong;
  for (const auto& id : ids) {
    auto lists = parse_hex16(id) ? open_image(directory_, image(id), names_)
                                 : fail(Error::Kind::Storage, (directory_ / "current").string() + ": names no image");
    if (lists) {
      if (!wrong.empty())
        warning = wrong + "; the image " + id + " serves instead";
      else if (id != ids.front() || !fs::exists(directory_ / "current"))
        warning = (directory_ / "current").string() + ": is missing; the image " + id + " serves";
      return lists;
    }
    if (!wrong.empty()) wrong += "; ";
    wrong += lists.error().context;
  }
  if (ids.empty()) return empty_lists();
  return fail(Error::Kind::Storage, "no image of the lists can be used: " + wrong + ". Import the lists again");
}

Result<ImportSummary> Store::import(const ImportRequest& request,
                                    const std::function<void(std::string_view)>& progress) {
  CG_TRY(held, lock());
  static_cast<void>(held);
  ImportRequest full = request;
  if (full.source.empty()) full.source = source_name_of(full.path);
  if (!good_source_name(full.source))
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no name for a source: lower-case letters, digits, '-', '_' and '.'", full.source));
  const fs::path home = directory_ / "sources" / full.source;
  const fs::path unfinished = home / kUnfinished;
  CG_TRY_VOID(fresh_directory(unfinished));
  ImportSummary summary;
  auto manifest = normalise(full, taxonomy_, {}, unfinished, progress, summary);
  if (!manifest) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    if (fs::is_empty(home, ignored)) fs::remove(home, ignored);
    return std::unexpected(std::move(manifest).error());
  }
  CG_TRY(sources, sources_in_force());
  const auto same = std::ranges::find(sources, full.source, &SourceManifest::name);
  if (same != sources.end() && same->id == manifest->id) {
    CG_TRY(current, current_id());
    if (auto lists = open_image(directory_, image(current), names_);
        lists && current == image_id(sources) && fs::exists(home / manifest->id / "entries")) {
      std::error_code ignored;
      fs::remove_all(unfinished, ignored);
      summary.unchanged = true;
      summary.version = same->version;
      summary.generation = (*lists)->id();
      return summary;
    }
  }
  if (progress) progress("keeping source " + full.source + " as " + manifest->id);
  CG_TRY_VOID(put_in_place(unfinished, home / manifest->id));
  CG_TRY_VOID(sync_directory(directory_ / "sources"));
  if (same != sources.end()) {
    *same = *manifest;
  } else {
    sources.push_back(*manifest);
    std::ranges::sort(sources, {}, &SourceManifest::name);
  }
  CG_TRY(generation, publish(std::move(sources), progress));
  summary.generation = generation;
  return summary;
}

Result<GenerationId> Store::remove(std::string_view source) {
  CG_TRY(held, lock());
  static_cast<void>(held);
  CG_TRY(sources, sources_in_force());
  const auto it = std::ranges::find(sources, source, &SourceManifest::name);
  if (it == sources.end()) return fail(Error::Kind::NotFound, fmt::format("there is no source '{}'", source));
  sources.erase(it);
  return publish(std::move(sources), {});
}

Result<GenerationId> Store::publish(std::vector<SourceManifest> sources,
                                    const std::function<void(std::string_view)>& progress) {
  const auto say = [&progress](std::string_view text) {
    if (progress) progress(text);
  };
  const std::string id = image_id(sources);
  CG_TRY(before, current_id());
  const fs::path unfinished = image(id + std::string(kUnfinished));
  CG_TRY_VOID(fresh_directory(unfinished));
  say(fmt::format("building image {} of {} sources", id, sources.size()));
  if (auto built = build_image(directory_, std::move(sources), unfinished); !built) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    return std::unexpected(std::move(built).error());
  }
  say("image " + id + " is written");
  CG_TRY_VOID(put_in_place(unfinished, image(id)));
  say("image " + id + " is in place");
  CG_TRY_VOID(replace_file(directory_ / "current", id + "\n"));
  say("image " + id + " is in force");
  sweep(id, before);
  return GenerationId{*parse_hex16(id)};
}

// Takes away what neither of the two kept images needs. A failure here costs disk space and nothing else.
void Store::sweep(const std::string& current, const std::string& previous) const {
  std::error_code ignored;
  std::string keep = previous == current ? std::string() : previous;
  if (keep.empty()) {
    // The same image was built anew: the other one there is stays the one before.
    if (const auto ids = candidates())
      for (const auto& id : *ids)
        if (id != current && keep.empty()) keep = id;
  }
  std::set<fs::path> needed;
  for (const auto& path : directories_in(directory_ / "images")) {
    const std::string id = path.filename().string();
    if (id != current && id != keep) {
      fs::remove_all(path, ignored);
    } else if (const auto manifest = read_image_manifest(path / "manifest.json")) {
      for (const auto& source : manifest->sources) needed.insert(source_directory(directory_, source));
    }
  }
  for (const auto& source : directories_in(directory_ / "sources")) {
    for (const auto& kept : directories_in(source))
      if (!needed.contains(kept)) fs::remove_all(kept, ignored);
    if (fs::is_empty(source, ignored)) fs::remove(source, ignored);
  }
}

}  // namespace

std::optional<ListFormat> parse_list_format(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, ListFormat>, 5> kWords{{{"detect", ListFormat::Detect},
                                                                           {"directory", ListFormat::Directory},
                                                                           {"domains", ListFormat::Domains},
                                                                           {"hosts", ListFormat::Hosts},
                                                                           {"adblock", ListFormat::Adblock}}};
  const auto found = std::ranges::find(kWords, word, &std::pair<std::string_view, ListFormat>::first);
  if (found == kWords.end()) return std::nullopt;
  return found->second;
}

Result<std::unique_ptr<ListStore>> ListStore::open(fs::path lists_directory, const Taxonomy& taxonomy,
                                                   NameSource& names) {
  CG_TRY_VOID(make_directory(lists_directory / "images"));
  CG_TRY_VOID(make_directory(lists_directory / "sources"));
  return std::make_unique<Store>(std::move(lists_directory), taxonomy, names);
}

}  // namespace citygate::categories
