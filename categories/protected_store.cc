#include "categories/protected_store.h"

#include "base/file.h"
#include "categories/digest.h"
#include "categories/directories.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

}  // namespace

Result<void> ProtectedStore::keep(const ProtectedNames& names) const {
  if (names.digest().empty()) return {};
  const fs::path file = root_ / names.digest();
  std::string text;
  for (const auto& host : names.hosts()) text += host + "\n";
  if (const auto there = read_file(file); there && *there == text) return {};
  CG_TRY_VOID(make_directory(root_));
  return replace_file(file, text);
}

Result<ProtectedNames> ProtectedStore::read(const std::string& digest, const Taxonomy& taxonomy) const {
  if (digest.empty()) return ProtectedNames({}, taxonomy);
  const fs::path file = root_ / digest;
  CG_TRY(text, read_file(file));
  std::vector<std::string> hosts;
  for (std::string_view left = text; !left.empty();) {
    const auto end = std::min(left.find('\n'), left.size());
    if (end > 0) hosts.emplace_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  ProtectedNames out(std::move(hosts), taxonomy);
  if (out.digest() != digest) return fail(Error::Kind::Storage, file.string() + ": is damaged");
  return out;
}

void ProtectedStore::sweep(const std::set<std::string>& needed) const {
  std::error_code ignored;
  for (fs::directory_iterator file(root_, ignored), end; !ignored && file != end; file.increment(ignored))
    if (!needed.contains(file->path().filename().string())) fs::remove(file->path(), ignored);
}

}  // namespace citygate::categories
