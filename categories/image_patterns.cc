#include "categories/image_patterns.h"

#include <fmt/format.h>

#include <set>

#include "categories/file_writer.h"
#include "categories/image_excess.h"
#include "categories/pattern_lines.h"
#include "categories/tally.h"
#include "matcher/pattern_set_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kToldRefused = 1000;

bool take_over(std::uint64_t key, std::size_t count, const fs::path& before, const fs::path& into) {
  if (before.empty()) return false;
  const auto old = read_image_manifest(before / "manifest.json");
  if (!old || old->patterns != count || old->refused_count > 0) return false;
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

Result<void> ImagePatterns::write(const fs::path& into, const BuildImage& with, ImageManifest& manifest) {
  manifest.refused.clear();
  manifest.refused_count = 0;
  refused_.assign(lines_.size(), false);
  if (!lines_.empty()) {
    const std::uint64_t key = *parse_hex16(digest_.finish_hex().substr(0, 16));
    CG_TRY_VOID(write_pattern_lines(into / "patterns.lines", key, lines_));
    if (!take_over(key, lines_.size(), with.before, into))
      CG_TRY_VOID(compile(key, into / "url.patterns", with, manifest));
  }
  manifest.patterns = 0;
  for (std::size_t id = 0; id < lines_.size(); ++id) {
    if (refused_[id]) continue;
    ++manifest.patterns;
    if (const Mark& mark = manifest.marks[lines_[id].mark - 1]; !mark.exception)
      ++manifest.categories[mark.category].second;
  }
  manifest.entries += manifest.patterns;
  return {};
}

Result<void> ImagePatterns::compile(std::uint64_t key, const fs::path& file, const BuildImage& with,
                                    ImageManifest& manifest) {
  matcher::PatternSetBuilder builder(key);
  for (std::uint32_t id = 0; id < expressions_.size(); ++id) {
    const auto& [text, exception] = expressions_[id];
    const auto undecided = exception ? matcher::Undecided::Misses : matcher::Undecided::Matches;
    const auto planned = builder.add({text, id, undecided});
    if (planned) continue;
    if (planned.error().kind == Error::Kind::TooLarge) return too_many(planned.error().context, with, manifest);
    refuse(id, text, planned.error().context, manifest);
  }
  auto built = builder.build();
  if (!built)
    return built.error().kind == Error::Kind::TooLarge ? too_many(built.error().context, with, manifest)
                                                       : std::unexpected(std::move(built).error());
  for (const auto& one : built->refused)
    for (const auto id : one.ids) refuse(id, one.expression, one.why, manifest);
  CG_TRY(writer, FileWriter::create(file));
  writer.write({reinterpret_cast<const char*>(built->bytes.data()), built->bytes.size()});
  return writer.finish();
}

void ImagePatterns::refuse(std::uint32_t id, std::string_view expression, std::string_view why,
                           ImageManifest& manifest) {
  refused_[id] = true;
  if (manifest.refused_count++ >= kToldRefused) return;
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

std::unexpected<Error> ImagePatterns::too_many(std::string_view most, const BuildImage& with,
                                               const ImageManifest& manifest) const {
  std::vector<std::set<std::pair<std::string, bool>>> of_source(manifest.sources.size());
  for (std::size_t id = 0; id < lines_.size(); ++id)
    of_source[manifest.marks[lines_[id].mark - 1].source].insert(expressions_[id]);
  std::vector<std::uint64_t> counts;
  for (const auto& one : of_source) counts.push_back(one.size());
  return too_much_together(with, manifest.sources, counts, most);
}

}  // namespace citygate::categories
