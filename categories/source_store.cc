#include "categories/source_store.h"

#include <fmt/format.h>

#include "base/file.h"
#include "categories/delta.h"
#include "categories/digest.h"
#include "categories/directories.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPackedBytes = std::size_t{4} << 30;

std::unexpected<Error> unusable(const std::string& name, const std::string& id, std::string_view why) {
  return fail(Error::Kind::Storage,
              fmt::format("version {} of source '{}' {}: import the source again, or remove it", id, name, why));
}

std::string key(const std::string& name, const std::string& id) { return name + "/" + id; }

}  // namespace

bool SourceStore::has(const std::string& name, const std::string& id) const {
  std::error_code error;
  return fs::exists(directory(name, id) / "manifest.json", error);
}

Result<SourceManifest> SourceStore::manifest(const std::string& name, const std::string& id) const {
  auto found = read_source_manifest(directory(name, id) / "manifest.json");
  if (!found) return unusable(name, id, "cannot be read (" + found.error().context + ")");
  return found;
}

Result<std::string> SourceStore::read(const std::string& name, const std::string& id) const {
  return unpack(name, id, 0);
}

Result<std::string> SourceStore::unpack(const std::string& name, const std::string& id, std::uint32_t depth) const {
  CG_TRY(about, manifest(name, id));
  if (depth > kMaxChain) return unusable(name, id, "rests on too many others");
  std::string base;
  if (!about.against.empty()) {
    auto before = unpack(name, about.against, depth + 1);
    if (!before) return unusable(name, id, "rests on another that cannot be read (" + before.error().context + ")");
    base = *std::move(before);
  }
  const fs::path file = directory(name, id) / (about.against.empty() ? "whole.zst" : "delta.zst");
  const auto packed = read_file(file, kMaxPackedBytes);
  if (!packed) return unusable(name, id, "cannot be read (" + packed.error().context + ")");
  auto text = unpack_delta(*packed, base, about.bytes);
  if (!text) return unusable(name, id, "is damaged (" + text.error().context + ")");
  Digest digest;
  digest.add(*text);
  if (digest.finish_hex() != about.entries_sha256) return unusable(name, id, "is damaged");
  return text;
}

Result<void> SourceStore::pack(const fs::path& from, SourceManifest& about, const std::string& before) const {
  CG_TRY(text, read_file(from / "entries", kMaxPackedBytes));
  about.bytes = text.size();
  about.against.clear();
  about.chain = 0;
  std::string base;
  if (!before.empty() && before != about.id) {
    const auto last = manifest(about.name, before);
    if (last && last->chain < kMaxChain) {
      if (auto found = read(about.name, before)) {
        base = *std::move(found);
        about.against = before;
        about.chain = last->chain + 1;
      }
    }
  }
  CG_TRY(packed, pack_delta(text, base));
  CG_TRY_VOID(replace_file(from / (about.against.empty() ? "whole.zst" : "delta.zst"), packed));
  CG_TRY_VOID(replace_file(from / "manifest.json", to_json(about)));
  std::error_code error;
  if (!fs::remove(from / "entries", error) || error)
    return fail(Error::Kind::Storage, "remove " + (from / "entries").string() + ": " + error.message());
  return {};
}

Result<void> SourceStore::keep(const fs::path& from, SourceManifest& about, const std::string& before) {
  if (has(about.name, about.id) && read(about.name, about.id)) {
    // Its date and how it is packed stay those of the first time.
    CG_TRY(there, manifest(about.name, about.id));
    if (there.input != about.input) {
      there.input = about.input;
      CG_TRY_VOID(replace_file(directory(about.name, about.id) / "manifest.json", to_json(there)));
    }
    about = std::move(there);
    return remove_directory(from);
  }
  CG_TRY_VOID(pack(from, about, before));
  CG_TRY_VOID(put_in_place(from, directory(about.name, about.id)));
  return sync_directory(root_);
}

void SourceStore::sweep(const std::set<std::string>& needed) const {
  std::set<std::string> keep;
  for (const auto& one : needed) {
    const auto slash = one.rfind('/');
    const std::string name = one.substr(0, slash);
    for (std::string id = one.substr(slash + 1); !id.empty() && keep.insert(key(name, id)).second;) {
      const auto about = manifest(name, id);
      if (!about) break;
      id = about->against;
    }
  }
  std::error_code ignored;
  for (const auto& source : directories_in(root_)) {
    for (const auto& version : directories_in(source))
      if (!keep.contains(key(source.filename().string(), version.filename().string())))
        fs::remove_all(version, ignored);
    if (fs::is_empty(source, ignored)) fs::remove(source, ignored);
  }
}

}  // namespace citygate::categories
