#include "categories/lists.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/entries.h"
#include "categories/image.h"
#include "categories/normalise.h"
#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNames = 16;  // listed names among one host's suffixes
constexpr std::size_t kMaxPaths = 8;   // listed prefixes of one URL below one name

// A set of marks in the terms of a decision.
struct Meaning {
  CategorySet categories;
  std::uint64_t allow = 0;  // bit s: an exception of source s
  bool paths_below = false;
};

// One file of a source, as evidence names it.
struct Origin {
  SourceId id;
  std::size_t source = 0;
  std::string file;
  std::uint64_t offset = 0, bytes = 0;
};

struct Text {
  std::string list, version;
  MappedFile entries;
};

class ImageLists final : public Lists {
 public:
  ImageLists(GenerationId id, matcher::HostTable table, std::vector<CategoryId> categories, std::vector<Origin> origins,
             std::vector<Text> texts, Status status)
      : id_(id),
        table_(std::move(table)),
        categories_(std::move(categories)),
        origins_(std::move(origins)),
        texts_(std::move(texts)),
        status_(std::move(status)) {
    meanings_.resize(std::max<std::size_t>(table_.set_count(), 1));
    for (std::size_t set = 1; set < meanings_.size(); ++set)
      for (const auto mark : table_.marks(static_cast<std::uint16_t>(set))) {
        Meaning& meaning = meanings_[set];
        if (mark == matcher::kPathsBelow) {
          meaning.paths_below = true;
        } else if (mark & kAllowMark) {
          meaning.allow |= std::uint64_t{1} << (mark & 63);
        } else {
          meaning.categories.insert(category(mark));
        }
      }
    for (std::size_t i = 0; i < origins_.size(); ++i) by_source_.emplace(origins_[i].id.value, i);
  }

  void classify(const Target& target, Classification& out) const noexcept override {
    out.clear();
    out.generation = id_;
    std::array<matcher::NameHit, kMaxNames> names;
    const auto walk = target.address ? matcher::HostTable::Walk::Exact : matcher::HostTable::Walk::Suffixes;
    const std::size_t count = table_.find(target.host, walk, names);
    std::uint64_t allowed = 0;
    bool named = false;
    for (std::size_t i = 0; i < count; ++i) {
      const Meaning& meaning = meanings_[names[i].set];
      if (meaning.allow != 0) {
        allowed |= meaning.allow;
        push(out, names[i].slot);  // evidence() needs to see it before what it takes away from
      }
      if (meaning.paths_below && !target.path.empty()) add_paths(target, names[i], allowed, out);
      if (named || meaning.categories.empty()) continue;
      const CategorySet here = without_allowed(names[i], allowed);
      if (here.empty()) continue;
      named = true;
      out.categories |= here;
      if (meaning.allow == 0) push(out, names[i].slot);
    }
  }

  Evidence evidence(const Classification& classification, CategoryId wanted) const noexcept override {
    if (classification.generation != id_ || !classification.categories.contains(wanted)) return {};
    std::uint64_t allowed = 0;
    for (std::size_t i = 0; i < classification.match_count; ++i) {
      const auto namings = table_.namings(classification.matches[i]);
      for (const auto& naming : namings)
        if (naming.mark & kAllowMark) allowed |= std::uint64_t{1} << (naming.mark & 63);
      for (const auto& naming : namings)
        if (holds(naming, allowed) && category(naming.mark) == wanted)
          return {.category = wanted, .source = origins_[naming.origin].id, .line = naming.line};
    }
    return {};
  }

  EvidenceText describe(const Evidence& evidence) const override {
    EvidenceText out;
    out.line = evidence.line;
    const auto it = by_source_.find(evidence.source.value);
    if (it == by_source_.end()) return out;
    const Origin& origin = origins_[it->second];
    const Text& text = texts_[origin.source];
    out.list = text.list;
    out.version = text.version;
    out.file = origin.file;
    out.text = line_of(text, origin, evidence);
    return out;
  }

  GenerationId id() const noexcept override { return id_; }
  const Status& status() const noexcept override { return status_; }

 private:
  [[nodiscard]] CategoryId category(std::uint16_t mark) const {
    return mark == 0 || mark > categories_.size() ? CategoryId{} : categories_[mark - 1];
  }
  [[nodiscard]] bool holds(const matcher::Naming& naming, std::uint64_t allowed) const {
    return (naming.mark & kAllowMark) == 0 && naming.origin < origins_.size() &&
           (allowed >> origins_[naming.origin].source & 1) == 0;
  }

  static void push(Classification& out, std::uint32_t slot) {
    if (out.match_count < Classification::kMaxMatches) out.matches[out.match_count++] = slot;
  }

  [[nodiscard]] CategorySet without_allowed(const matcher::NameHit& hit, std::uint64_t allowed) const noexcept {
    if (allowed == 0) return meanings_[hit.set].categories;
    CategorySet out;
    for (const auto& naming : table_.namings(hit.slot))
      if (holds(naming, allowed)) out.insert(category(naming.mark));
    return out;
  }

  void add_paths(const Target& target, const matcher::NameHit& name, std::uint64_t allowed,
                 Classification& out) const noexcept {
    std::array<matcher::NameHit, kMaxPaths> paths;
    const std::size_t count = table_.find_paths(name, target.path, paths);
    for (std::size_t i = 0; i < count; ++i) {
      const CategorySet here = without_allowed(paths[i], allowed);
      if (here.empty()) continue;
      out.categories |= here;
      push(out, paths[i].slot);
    }
  }

  static std::string line_of(const Text& text, const Origin& origin, const Evidence& evidence) {
    const auto bytes = text.entries.bytes();
    if (origin.offset > bytes.size() || origin.bytes > bytes.size() - origin.offset) return {};
    return original_line({reinterpret_cast<const char*>(bytes.data()) + origin.offset, origin.bytes}, evidence.line);
  }

  GenerationId id_;
  matcher::HostTable table_;
  std::vector<CategoryId> categories_;
  std::vector<Origin> origins_;
  std::vector<Text> texts_;
  Status status_;
  std::vector<Meaning> meanings_;
  std::map<std::uint32_t, std::size_t> by_source_;
};

}  // namespace

std::shared_ptr<const Lists> empty_lists() {
  return std::make_shared<ImageLists>(GenerationId{}, matcher::HostTable(), std::vector<CategoryId>(),
                                      std::vector<Origin>(), std::vector<Text>(), Lists::Status());
}

Result<std::shared_ptr<const Lists>> open_image(const fs::path& lists, const fs::path& directory, NameSource& names) {
  CG_TRY(manifest, read_image_manifest(directory / "manifest.json"));
  const auto id = parse_hex16(manifest.id);
  if (!id || manifest.id != image_id(manifest.sources))
    return fail(Error::Kind::Storage,
                (directory / "manifest.json").string() + ": is damaged: its id is not that of its sources");
  CG_TRY(table, matcher::HostTable::open(directory / "hosts.table"));
  Lists::Status status;
  status.id = GenerationId{*id};
  status.built = manifest.built;
  status.entries = manifest.entries;
  status.mapped_bytes = table.mapped_bytes();
  std::vector<CategoryId> categories;
  for (const auto& [name, entries] : manifest.categories) {
    CG_TRY(number, names.intern(NameKind::Category, name));
    categories.push_back(CategoryId{static_cast<std::uint16_t>(number)});
    status.categories.emplace_back(categories.back(), entries);
  }
  std::vector<Origin> origins;
  std::vector<Text> texts;
  for (const auto& source : manifest.sources) {
    status.sources.push_back({source.name, source.version, source.imported, source.entries, source.not_understood});
    for (const auto& file : source.files) {
      CG_TRY(number, names.intern(NameKind::Source, source.name + "/" + file.name));
      origins.push_back({SourceId{number}, texts.size(), file.name, file.offset, file.bytes});
    }
    auto entries = MappedFile::open_read_only(source_directory(lists, source) / "entries");
    texts.push_back({source.name, source.version, entries ? std::move(*entries) : MappedFile()});
  }
  return std::make_shared<ImageLists>(status.id, std::move(table), std::move(categories), std::move(origins),
                                      std::move(texts), std::move(status));
}

std::shared_ptr<const Lists> lists_for_tests(std::vector<std::pair<std::string, CategoryId>> hosts) {
  matcher::HostTableBuilder builder(1);
  std::vector<CategoryId> categories;
  std::uint32_t line = 0;
  for (const auto& [host, category] : hosts) {
    auto at = std::ranges::find(categories, category);
    if (at == categories.end()) at = categories.insert(at, category);
    builder.add(canonical_host(host),
                {.mark = static_cast<std::uint16_t>(at - categories.begin() + 1), .line = ++line});
  }
  auto bytes = builder.build();
  CG_CHECK(bytes.has_value());
  auto table = matcher::HostTable::from_bytes(std::move(*bytes), "a table for tests");
  CG_CHECK(table.has_value());
  Lists::Status status;
  status.id = GenerationId{1};
  status.entries = hosts.size();
  std::vector<Text> texts;
  texts.push_back({"test", "1", {}});
  return std::make_shared<ImageLists>(GenerationId{1}, std::move(*table), std::move(categories),
                                      std::vector<Origin>{{SourceId{1}, 0, "hosts", 0, 0}}, std::move(texts),
                                      std::move(status));
}

}  // namespace citygate::categories
