#include "categories/image_patterns.h"

#include <fmt/format.h>

#include "categories/file_writer.h"
#include "categories/pattern_lines.h"
#include "categories/tally.h"
#include "matcher/pattern_set_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

bool take_over(std::uint64_t key, std::size_t count, const fs::path& before, const fs::path& into) {
  if (before.empty()) return false;
  const auto old = read_image_manifest(before / "manifest.json");
  if (!old || old->patterns != count || !old->refused.empty()) return false;
  const auto set = matcher::PatternSet::open(before / "url.patterns");
  if (!set || set->key() != key || set->recompiled()) return false;
  std::error_code error;
  fs::create_hard_link(before / "url.patterns", into / "url.patterns", error);
  return !error;
}

}  // namespace

void ImagePatterns::add(const Item& item, const matcher::Naming& line) {
  expressions_.emplace_back(item.expression, item.exception);
  lines_.push_back(line);
  digest_.add_field(item.expression);
  digest_.add_field(item.exception ? "-" : "+");
}

Result<void> ImagePatterns::write(const fs::path& into, const fs::path& before, ImageManifest& manifest) {
  manifest.patterns = lines_.size();
  manifest.entries += lines_.size();
  manifest.refused.clear();
  for (const auto& line : lines_)
    if (const Mark& mark = manifest.marks[line.mark - 1]; !mark.exception) ++manifest.categories[mark.category].second;
  if (lines_.empty()) return {};
  const std::uint64_t key = *parse_hex16(digest_.finish_hex().substr(0, 16));
  CG_TRY_VOID(write_pattern_lines(into / "patterns.lines", key, lines_));
  if (take_over(key, lines_.size(), before, into)) return {};
  return compile(key, into / "url.patterns", manifest);
}

Result<void> ImagePatterns::compile(std::uint64_t key, const fs::path& file, ImageManifest& manifest) const {
  matcher::PatternSetBuilder builder(key);
  for (std::uint32_t id = 0; id < expressions_.size(); ++id) {
    const auto& [text, exception] = expressions_[id];
    const auto undecided = exception ? matcher::Undecided::Misses : matcher::Undecided::Matches;
    if (const auto planned = builder.add({text, id, undecided}); !planned)
      refuse(id, text, planned.error().context, manifest);
  }
  CG_TRY(built, builder.build());
  for (const auto& one : built.refused)
    for (const auto id : one.ids) refuse(id, one.expression, one.why, manifest);
  CG_TRY(writer, FileWriter::create(file));
  writer.write({reinterpret_cast<const char*>(built.bytes.data()), built.bytes.size()});
  return writer.finish();
}

void ImagePatterns::refuse(std::uint32_t id, std::string_view expression, std::string_view why,
                           ImageManifest& manifest) const {
  const matcher::Naming& line = lines_[id];
  std::size_t origin = line.origin;
  for (const auto& source : manifest.sources) {
    if (origin < source.files.size()) {
      manifest.refused.push_back(fmt::format("{} {}:{}: {}: {}", source.name, source.files[origin].name, line.line,
                                             printable(expression, 80), why));
      return;
    }
    origin -= source.files.size();
  }
}

}  // namespace citygate::categories
