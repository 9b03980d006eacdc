#include "categories/image_terms.h"

#include "categories/file_writer.h"
#include "categories/search_terms.h"

namespace citygate::categories {

void ImageTerms::add(const Item& item, const matcher::Naming& line) {
  if (files_.empty() || files_.back().mark != line.mark || files_.back().origin != line.origin)
    files_.push_back({line.mark, line.origin, "", 1});
  File& file = files_.back();
  for (; file.next_line < line.line; ++file.next_line) file.text += '\n';
  file.text += item.phrase;
}

Result<void> ImageTerms::write(const std::filesystem::path& into, ImageManifest& manifest) const {
  if (files_.empty()) return {};
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
