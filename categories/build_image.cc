#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/entries.h"
#include "categories/file_writer.h"
#include "categories/image.h"
#include "categories/normalise.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> unusable(const SourceManifest& source, std::string_view why) {
  return fail(Error::Kind::Storage, fmt::format("source '{}' {}: import it again, or remove it", source.name, why));
}

Result<void> feed(const SourceManifest& source, std::string_view text, std::uint16_t source_index,
                  std::uint16_t first_origin, const std::map<std::string, std::uint16_t>& marks,
                  matcher::HostTableBuilder& builder) {
  std::uint16_t origin = first_origin;
  for (const auto& file : source.files) {
    if (file.offset > text.size() || file.bytes > text.size() - file.offset) return unusable(source, "is cut short");
    const std::string_view left = text.substr(file.offset, file.bytes);
    const std::uint16_t mark = marks.at(file.category);
    EntryReader reader(left);
    for (EntryReader::Line line; reader.next(line);) {
      while (!line.items.empty()) {
        const auto item = parse_item(EntryReader::take_item(line.items));
        if (!item) return unusable(source, "holds a line that is no entry");
        if (!item->expression.empty()) continue;
        const matcher::Naming naming{
            .mark = item->exception ? static_cast<std::uint16_t>(kAllowMark | source_index) : mark,
            .origin = origin,
            .line = line.number};
        if (item->path.empty()) {
          builder.add(item->host, naming);
        } else if (!builder.add_path(item->host, item->path, naming)) {
          return unusable(source, "holds a path that is too long");
        }
      }
    }
    ++origin;
  }
  return {};
}

Result<std::vector<std::byte>> compile(const fs::path& lists, const std::vector<SourceManifest>& sources,
                                       const std::map<std::string, std::uint16_t>& marks) {
  matcher::HostTableBuilder builder(matcher::random_table_key());
  std::uint16_t source_index = 0;
  std::size_t origin = 0;
  for (const auto& source : sources) {
    auto mapped = MappedFile::open_read_only(source_directory(lists, source) / "entries");
    if (!mapped) return unusable(source, "cannot be read (" + mapped.error().context + ")");
    const auto bytes = mapped->bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    Digest digest;
    digest.add(text);
    if (digest.finish_hex() != source.entries_sha256) return unusable(source, "is damaged");
    if (origin + source.files.size() > 0xffff) return fail(Error::Kind::TooLarge, "more than 65,535 files of lists");
    CG_TRY_VOID(feed(source, text, source_index++, static_cast<std::uint16_t>(origin), marks, builder));
    origin += source.files.size();
  }
  return builder.build();
}

// Names that carry a category, in all and by category.
void count_entries(const matcher::HostTable& table, ImageManifest& manifest) {
  std::vector<std::uint64_t> per_set(table.set_count());
  table.for_each_set_used([&](std::uint16_t set) { ++per_set[set]; });
  for (std::size_t set = 1; set < per_set.size(); ++set) {
    bool named = false;
    for (const auto mark : table.marks(static_cast<std::uint16_t>(set))) {
      if (mark == matcher::kPathsBelow) continue;
      named = true;
      if (mark < kAllowMark) manifest.categories[mark - 1].second += per_set[set];
    }
    if (named) manifest.entries += per_set[set];
  }
}

}  // namespace

fs::path source_directory(const fs::path& lists, const SourceManifest& source) {
  return lists / "sources" / source.name / source.id;
}

std::string image_id(const std::vector<SourceManifest>& sources) {
  Digest digest;
  digest.add_field("citygate lists 1");
  for (const auto& source : sources) {
    digest.add_field(source.name);
    digest.add_field(source.id);
  }
  return digest.finish_hex().substr(0, 16);
}

Result<void> build_image(const fs::path& lists, std::vector<SourceManifest> sources, const fs::path& into) {
  if (sources.size() > kMaxSources)
    return fail(Error::Kind::TooLarge, "more than 64 sources of lists; join some of them");
  ImageManifest manifest;
  manifest.id = image_id(sources);
  manifest.built = utc_now();
  std::map<std::string, std::uint16_t> marks;
  for (const auto& source : sources)
    for (const auto& file : source.files) marks.try_emplace(file.category);
  for (auto& [name, mark] : marks) {
    manifest.categories.emplace_back(name, 0);
    mark = static_cast<std::uint16_t>(manifest.categories.size());
  }
  auto bytes = compile(lists, sources, marks);
  // Two names under one hash: another key tells them apart.
  for (int again = 0; again < 3 && !bytes && bytes.error().retryable; ++again) bytes = compile(lists, sources, marks);
  if (!bytes) return std::unexpected(std::move(bytes).error());
  CG_TRY(writer, FileWriter::create(into / "hosts.table"));
  writer.write({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  CG_TRY_VOID(writer.finish());
  CG_TRY(table, matcher::HostTable::from_bytes(std::move(*bytes), "the table just built"));
  count_entries(table, manifest);
  manifest.sources = std::move(sources);
  return replace_file(into / "manifest.json", to_json(manifest));
}

}  // namespace citygate::categories
