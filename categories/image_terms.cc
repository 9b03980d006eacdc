#include "categories/image_terms.h"

#include <fmt/format.h>

#include "categories/file_writer.h"
#include "categories/image_excess.h"
#include "categories/search_terms.h"

namespace citygate::categories {

void ImageTerms::add(const Item& item, const matcher::Naming& line) {
  if (files_.empty() || files_.back().mark != line.mark || files_.back().origin != line.origin)
    files_.push_back({line.mark, line.origin, "", 1});
  File& file = files_.back();
  for (; file.next_line < line.line; ++file.next_line) file.text += '\n';
  file.text += item.phrase;
  if (SearchTerms::joins(item.phrase)) ++file.joined;
}

Result<void> ImageTerms::check_bounds(const BuildImage& with, const ImageManifest& manifest) const {
  std::vector<std::uint64_t> lists(manifest.sources.size()), joined(manifest.sources.size());
  std::uint64_t all_joined = 0;
  for (const auto& file : files_) {
    const std::size_t source = manifest.marks[file.mark - 1].source;
    ++lists[source];
    joined[source] += file.joined;
    all_joined += file.joined;
  }
  if (files_.size() > SearchTerms::kMaxFiles)
    return too_much_together(with, manifest.sources, lists,
                             fmt::format("{} lists of search terms", SearchTerms::kMaxFiles));
  if (all_joined > SearchTerms::kMaxAllOf)
    return too_much_together(with, manifest.sources, joined,
                             fmt::format("{} lines of search terms with '+'", SearchTerms::kMaxAllOf));
  return {};
}

Result<void> ImageTerms::write(const std::filesystem::path& into, const BuildImage& with,
                               ImageManifest& manifest) const {
  if (files_.empty()) return {};
  CG_TRY_VOID(check_bounds(with, manifest));
  std::vector<TermFile> files;
  for (const auto& file : files_) {
    manifest.term_files.emplace_back(file.mark, file.origin);
    files.push_back({"search terms", file.text, file.mark});
  }
  CG_TRY(terms, SearchTerms::compile(files));
  manifest.entries += terms.rules();
  CG_TRY(writer, FileWriter::create(into / "search.terms"));
  writer.write(terms.serialise());
  return writer.finish();
}

}  // namespace citygate::categories
