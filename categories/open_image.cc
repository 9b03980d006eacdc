#include <algorithm>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/image_lists.h"
#include "categories/pattern_lines.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

Result<CategoryId> intern_category(NameSource& names, const std::string& name) {
  CG_TRY(number, names.intern(NameKind::Category, name));
  return CategoryId{static_cast<std::uint16_t>(number)};
}

// What does not come from the image: overrides, signs, groups.
Result<void> add_own(const OpenImage& with, std::vector<Override> overrides, ImageLists::Parts& parts) {
  for (const auto group : {Group::Prohibited, Group::Threat, Group::Circumvention})
    parts.strict |= with.taxonomy.in_group(group);
  CG_TRY(overrides_id, with.names.intern(NameKind::Source, "overrides/overrides"));
  parts.overrides_id = SourceId{overrides_id};
  CG_TRY(signs_id, with.names.intern(NameKind::Source, "signs/signs"));
  parts.signs_id = SourceId{signs_id};
  for (std::size_t i = 0; i < kUrlSigns; ++i)
    if (const auto* category = with.taxonomy.find(category_name(static_cast<UrlSign>(i))))
      parts.signs[i] = category->id;
  std::vector<CategoryId> categories;
  for (const auto& one : overrides) {
    CG_TRY(category, intern_category(with.names, one.category));
    categories.push_back(category);
  }
  parts.status.overrides = overrides;
  parts.overrides = OverrideIndex(std::move(overrides), std::move(categories));
  parts.texts = with.sources;
  return {};
}

Result<void> add_sources(const OpenImage& with, std::vector<SourceManifest> sources, ImageLists::Parts& parts) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const SourceManifest& source = sources[i];
    parts.status.sources.push_back(
        {source.name, source.version, source.imported, source.entries, source.not_understood});
    for (const auto& file : source.files) {
      CG_TRY(number, with.names.intern(NameKind::Source, source.name + "/" + file.name));
      parts.origins.push_back({SourceId{number}, i, file.name, file.offset, file.bytes});
    }
  }
  parts.sources = std::move(sources);
  return {};
}

}  // namespace

GenerationId generation_id(const std::string& image, const std::vector<Override>& overrides) {
  if (overrides.empty()) return GenerationId{parse_hex16(image).value_or(0)};
  Digest digest;
  digest.add_field("citygate generation 1");
  digest.add_field(image);
  for (const auto& one : overrides) digest.add_field(std::to_string(one.number));
  return GenerationId{*parse_hex16(digest.finish_hex().substr(0, 16))};
}

Result<std::shared_ptr<const Lists>> empty_lists(const OpenImage& with, std::vector<Override> overrides) {
  ImageLists::Parts parts;
  parts.id = parts.status.id = generation_id("", overrides);
  CG_TRY_VOID(add_own(with, std::move(overrides), parts));
  return std::make_shared<ImageLists>(std::move(parts));
}

Result<std::shared_ptr<const Lists>> open_image(const OpenImage& with, const fs::path& directory,
                                                std::vector<Override> overrides) {
  CG_TRY(manifest, read_image_manifest(directory / "manifest.json"));
  const auto damaged = [&](std::string_view what) {
    return fail(Error::Kind::Storage, (directory / "manifest.json").string() + ": is damaged: " + std::string(what));
  };
  if (!parse_hex16(manifest.id) || manifest.id != image_id(manifest.sources, manifest.protected_digest))
    return damaged("its id is not that of its sources");
  for (const auto& mark : manifest.marks)
    if (mark.category >= manifest.categories.size() || mark.source >= manifest.sources.size() ||
        mark.source >= kMaxSources)
      return damaged("a mark names what is not there");
  ImageLists::Parts parts;
  CG_TRY(table, matcher::HostTable::open(directory / "hosts.table"));
  CG_TRY(lines, matcher::HostLines::open(directory / "hosts.lines", table));
  parts.table = std::move(table);
  parts.lines = std::move(lines);
  parts.id = parts.status.id = with.as.value_or(generation_id(manifest.id, overrides));
  parts.status.image = manifest.id;
  parts.status.built = manifest.built;
  parts.status.entries = manifest.entries;
  parts.status.names = parts.table.names();
  parts.status.patterns = manifest.patterns;
  parts.status.refused_count = manifest.refused_count;
  parts.status.refused = std::move(manifest.refused);
  parts.status.set_aside = std::move(manifest.set_aside);
  parts.status.set_aside_count = manifest.set_aside_count;
  parts.status.protected_digest = manifest.protected_digest;
  parts.protected_labels = std::move(manifest.protected_labels);
  parts.status.mapped_bytes = parts.table.mapped_bytes();
  for (const auto& [name, entries] : manifest.categories) {
    CG_TRY(category, intern_category(with.names, name));
    parts.categories.push_back(category);
    parts.status.categories.emplace_back(category, entries);
  }
  parts.marks = std::move(manifest.marks);
  if (manifest.patterns > 0) {
    CG_TRY(patterns, matcher::PatternSet::open(directory / "url.patterns"));
    CG_TRY(pattern_lines, read_pattern_lines(directory / "patterns.lines", patterns.key()));
    for (std::size_t i = 0; i < patterns.size(); ++i)
      for (const auto id : patterns.pattern(i).ids)
        if (id >= pattern_lines.size())
          return fail(Error::Kind::Storage,
                      (directory / "url.patterns").string() +
                          ": is damaged: an expression stands on a line that patterns.lines does not have");
    parts.patterns = std::move(patterns);
    parts.pattern_lines = std::move(pattern_lines);
  }
  if (!manifest.term_files.empty()) {
    CG_TRY(bytes, read_file(directory / "search.terms"));
    CG_TRY(terms, SearchTerms::open(bytes, (directory / "search.terms").string()));
    parts.terms = std::move(terms);
    for (const auto& [mark, origin] : manifest.term_files) {
      parts.term_marks.push_back(mark);
      parts.term_origins.push_back(origin);
    }
  }
  CG_TRY_VOID(add_own(with, std::move(overrides), parts));
  CG_TRY_VOID(add_sources(with, std::move(manifest.sources), parts));
  for (const auto& [mark, origin] : manifest.term_files)
    if (mark == 0 || mark > parts.marks.size() || origin >= parts.origins.size())
      return damaged("its search terms name what is not there");
  return std::make_shared<ImageLists>(std::move(parts));
}

std::shared_ptr<const Lists> lists_for_tests(std::vector<std::pair<std::string, CategoryId>> hosts) {
  matcher::HostTableBuilder builder(1);
  ImageLists::Parts parts;
  std::uint32_t line = 0;
  for (const auto& [host, category] : hosts) {
    auto at = std::ranges::find(parts.categories, category);
    if (at == parts.categories.end()) {
      at = parts.categories.insert(at, category);
      parts.marks.push_back({.category = static_cast<std::uint16_t>(parts.categories.size() - 1)});
    }
    const matcher::Naming naming{.mark = static_cast<std::uint16_t>(at - parts.categories.begin() + 1), .line = ++line};
    const auto slash = host.find('/');
    if (slash == std::string::npos) {
      builder.add(canonical_host(host), naming);
    } else {
      CG_CHECK(builder.add_path(canonical_host(host.substr(0, slash)), host.substr(slash), naming));
    }
  }
  auto files = builder.build();
  CG_CHECK(files.has_value());
  auto table = matcher::HostTable::from_bytes(std::move(files->table), "a table for tests");
  CG_CHECK(table.has_value());
  auto lines = matcher::HostLines::from_bytes(std::move(files->lines), *table, "lines for tests");
  CG_CHECK(lines.has_value());
  parts.table = std::move(*table);
  parts.lines = std::move(*lines);
  parts.id = parts.status.id = GenerationId{1};
  parts.status.entries = hosts.size();
  SourceManifest source;
  source.name = "test";
  source.version = "1";
  parts.sources.push_back(std::move(source));
  parts.origins.push_back({SourceId{1}, 0, "hosts", 0, 0});
  return std::make_shared<ImageLists>(std::move(parts));
}

}  // namespace citygate::categories
