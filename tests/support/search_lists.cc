#include "tests/support/search_lists.h"

#include <algorithm>

#include "base/file.h"

namespace citygate::categories {

namespace fs = std::filesystem;

Result<SearchLists> SearchLists::read(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".txt") paths.push_back(it->path());
  if (error) return fail(Error::Kind::Storage, folder.string() + ": cannot be read: " + error.message());
  if (paths.empty()) return fail(Error::Kind::Storage, folder.string() + ": holds no file that ends in .txt");
  std::ranges::sort(paths);
  SearchLists out;
  std::vector<std::string> names;
  for (const fs::path& path : paths) {
    CG_TRY(text, read_file(path));
    out.lists_.push_back({path.stem().string(), std::move(text)});
    names.push_back(path.string());
  }
  std::vector<TermFile> files;
  for (std::size_t i = 0; i < names.size(); ++i)
    files.push_back({names[i], out.lists_[i].text, static_cast<std::uint16_t>(i)});
  CG_TRY(terms, SearchTerms::compile(files));
  out.terms_ = std::move(terms);
  return out;
}

std::string_view SearchLists::line(const TermHit& hit) const {
  if (hit.file >= lists_.size()) return {};
  std::string_view rest = lists_[hit.file].text;
  for (std::uint32_t line = 1; line < hit.line; ++line) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

}  // namespace citygate::categories
