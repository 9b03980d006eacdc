#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/file_writer.h"
#include "categories/image.h"
#include "categories/image_excess.h"
#include "categories/image_patterns.h"
#include "categories/image_terms.h"
#include "matcher/host_table.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "citygate lists 5";  // part of every image's id
constexpr std::uint64_t kToldSetAside = 1000;

std::unexpected<Error> unusable(const SourceManifest& source, std::string_view why) {
  return fail(Error::Kind::Storage, fmt::format("source '{}' {}: import it again, or remove it", source.name, why));
}

Result<void> write_file(const fs::path& file, std::span<const std::byte> bytes) {
  CG_TRY(writer, FileWriter::create(file));
  writer.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return writer.finish();
}

// Numbers the categories and marks of one image in the order in which they turn up.
class Marks {
 public:
  explicit Marks(ImageManifest& manifest) : manifest_(manifest) {}

  Result<std::uint16_t> category(std::string_view name) {
    if (const auto at = categories_.find(name); at != categories_.end()) return at->second;
    const auto number = static_cast<std::uint16_t>(manifest_.categories.size());
    manifest_.categories.emplace_back(name, 0);
    categories_.emplace(name, number);
    return number;
  }
  Result<std::uint16_t> mark(const Mark& mark) {
    if (const auto at = marks_.find(mark); at != marks_.end()) return at->second;
    if (manifest_.marks.size() >= 0xffff)
      return fail(Error::Kind::TooLarge, "65,535 combinations of source, category and scope");
    manifest_.marks.push_back(mark);
    const auto number = static_cast<std::uint16_t>(manifest_.marks.size());
    marks_.emplace(mark, number);
    return number;
  }

 private:
  ImageManifest& manifest_;
  std::map<std::string, std::uint16_t, std::less<>> categories_;
  std::map<Mark, std::uint16_t> marks_;
};

// Feeds all sources into one table.
class Compiler {
 public:
  Compiler(const SourceStore& store, const BuildImage& with, ImageManifest& manifest)
      : store_(store), with_(with), manifest_(manifest), marks_(manifest), builder_(matcher::random_table_key()) {}

  Result<matcher::HostFiles> run() {
    manifest_.categories.clear();
    manifest_.marks.clear();
    manifest_.set_aside.clear();
    manifest_.set_aside_count = 0;
    for (std::size_t i = 0; i < manifest_.sources.size(); ++i) CG_TRY_VOID(feed(i));
    return builder_.build();
  }
  [[nodiscard]] ImagePatterns& patterns() { return patterns_; }
  [[nodiscard]] ImageTerms& terms() { return terms_; }

 private:
  Result<void> feed(std::size_t index) {
    const SourceManifest& source = manifest_.sources[index];
    CG_TRY(text, store_.read(source.name, source.id));
    for (const auto& file : source.files) {
      if (file.offset > text.size() || file.bytes > text.size() - file.offset) return unusable(source, "is cut short");
      if (origin_ > 0xffff) return too_many_files();
      CG_TRY_VOID(feed_file(index, file, std::string_view(text).substr(file.offset, file.bytes)));
      ++origin_;
    }
    return {};
  }

  Result<void> feed_file(std::size_t index, const SourceFile& file, std::string_view part) {
    const SourceManifest& source = manifest_.sources[index];
    last_ = {};
    EntryReader reader(part);
    for (EntryReader::Line line; reader.next(line);)
      while (!line.items.empty()) {
        const auto item = parse_item(EntryReader::take_item(line.items));
        if (!item) return unusable(source, "holds a line that is no entry");
        const std::string_view category = item->category.empty() ? std::string_view(file.category) : item->category;
        const auto touch = with_.guarded.touch(*item, category);
        if (touch == ProtectedNames::Touch::SetAside) {
          set_aside(source, file, line.number, *item);
          continue;
        }
        if (with_.see) with_.see(source, *item, category);
        const auto weight = item->important ? Mark::Weight::Important : Mark::Weight::Usual;
        CG_TRY(mark, mark_of(index, category, *item, weight));
        const matcher::Naming naming{.mark = mark, .origin = static_cast<std::uint16_t>(origin_), .line = line.number};
        CG_TRY_VOID(add(source, *item, naming));
        if (touch == ProtectedNames::Touch::NeedsExceptions) CG_TRY_VOID(except(index, category, *item, naming));
      }
    return {};
  }

  Result<void> add(const SourceManifest& source, const Item& item, const matcher::Naming& naming) {
    if (!item.expression.empty()) {
      patterns_.add(item, naming);
      return {};
    }
    if (!item.phrase.empty()) {
      terms_.add(item, naming);
      return {};
    }
    if (item.path.empty()) {
      builder_.add(item.host, naming);
      return {};
    }
    if (!builder_.add_path(item.host, item.path, naming)) return unusable(source, "holds a path that is too long");
    return {};
  }

  void set_aside(const SourceManifest& source, const SourceFile& file, std::uint32_t line, const Item& item) {
    if (manifest_.set_aside_count++ < kToldSetAside)
      manifest_.set_aside.push_back(fmt::format("{} {}:{}: {}{}", source.name, file.name, line, item.host, item.path));
  }

  // What closes of the item, and of all that its source says above, does not hold at the protected names that it covers.
  Result<void> except(std::size_t source, std::string_view category, const Item& item, matcher::Naming naming) {
    if (!item.expression.empty() && std::exchange(excepted_everywhere_, source + 1) == source + 1) return {};
    CG_TRY(mark, mark_of(source, category, {.exception = true}, Mark::Weight::Protecting));
    naming.mark = mark;
    for (const auto host : with_.guarded.exceptions_for(item)) builder_.add(host, naming);
    return {};
  }

  // Nearly all lines of a file have the mark of the line before.
  Result<std::uint16_t> mark_of(std::size_t source, std::string_view category, const Item& item, Mark::Weight weight) {
    if (last_.number != 0 && last_.category == category && last_.scope == item.scope &&
        last_.exception == item.exception && last_.weight == weight && last_.deep == item.deep)
      return last_.number;
    Mark mark{.source = static_cast<std::uint16_t>(source),
              .scope = item.scope,
              .exception = item.exception,
              .weight = weight,
              .deep = item.deep};
    CG_TRY(number, marks_.category(category));
    mark.category = number;
    const auto number_of = marks_.mark(mark);
    if (!number_of) return too_many_marks(number_of.error().context);
    const std::uint16_t found = *number_of;
    last_ = {found, std::string(category), item.scope, item.exception, weight, item.deep};
    return found;
  }

  std::unexpected<Error> too_many_files() const {
    std::vector<std::uint64_t> counts;
    for (const auto& source : manifest_.sources) counts.push_back(source.files.size());
    return too_much_together(with_, manifest_.sources, counts, "65,536 files");
  }
  std::unexpected<Error> too_many_marks(std::string_view most) const {
    std::vector<std::uint64_t> counts(manifest_.sources.size());
    for (const Mark& mark : manifest_.marks) ++counts[mark.source];
    return too_much_together(with_, manifest_.sources, counts, most);
  }

  struct Last {
    std::uint16_t number = 0;
    std::string category;
    Scope scope = Scope::Whole;
    bool exception = false;
    Mark::Weight weight = Mark::Weight::Usual;
    bool deep = false;
  };

  const SourceStore& store_;
  const BuildImage& with_;
  ImageManifest& manifest_;
  Marks marks_;
  matcher::HostTableBuilder builder_;
  ImagePatterns patterns_;
  ImageTerms terms_;
  std::size_t origin_ = 0;
  std::size_t excepted_everywhere_ = 0;  // 1 + the source that has its exceptions at all protected names
  Last last_;
};

// Names that carry a category, in all and by category. What keeps protected names open is no list's entry.
void count_entries(const matcher::HostTable& table, ImageManifest& manifest) {
  std::vector<std::uint64_t> per_set(table.set_count());
  table.for_each_set_used([&](std::uint16_t set) { ++per_set[set]; });
  for (std::size_t set = 1; set < per_set.size(); ++set) {
    std::vector<bool> seen(manifest.categories.size());
    bool named = false;
    for (const auto number : table.marks(static_cast<std::uint16_t>(set))) {
      if (number == matcher::kPathsBelow) continue;
      const Mark& mark = manifest.marks[number - 1];
      if (mark.weight == Mark::Weight::Protecting) continue;
      named = true;
      if (mark.exception || seen[mark.category]) continue;
      seen[mark.category] = true;
      manifest.categories[mark.category].second += per_set[set];
    }
    if (named) manifest.entries += per_set[set];
  }
}

}  // namespace

std::string image_id(const std::vector<SourceManifest>& sources, const std::string& protected_digest) {
  Digest digest;
  digest.add_field(kFormat);
  digest.add_field(protected_digest);
  for (const auto& source : sources) {
    digest.add_field(source.name);
    digest.add_field(source.id);
  }
  return digest.finish_hex().substr(0, 16);
}

Result<void> build_image(const SourceStore& store, std::vector<SourceManifest> sources, const fs::path& into,
                         const BuildImage& with) {
  if (sources.size() > kMaxSources)
    return too_much_together(with, sources, std::vector<std::uint64_t>(sources.size(), 1),
                             fmt::format("{} sources", kMaxSources));
  ImageManifest manifest;
  manifest.id = image_id(sources, with.guarded.digest());
  manifest.protected_digest = with.guarded.digest();
  manifest.protected_labels = with.guarded.labels();
  manifest.built = utc_now();
  manifest.sources = std::move(sources);
  std::optional<Compiler> compiler;
  Result<matcher::HostFiles> files;
  // Two names under one hash: another key tells them apart.
  for (int again = 0; again < 3; ++again) {
    compiler.emplace(store, with, manifest);
    files = compiler->run();
    if (files || !files.error().retryable) break;
  }
  if (!files) return std::unexpected(std::move(files).error());
  CG_TRY_VOID(write_file(into / "hosts.table", files->table));
  CG_TRY_VOID(write_file(into / "hosts.lines", files->lines));
  CG_TRY(table, matcher::HostTable::from_bytes(std::move(files->table), "the table just built"));
  count_entries(table, manifest);
  CG_TRY_VOID(compiler->patterns().write(into, with, manifest));
  CG_TRY_VOID(compiler->terms().write(into, with, manifest));
  return replace_file(into / "manifest.json", to_json(manifest));
}

}  // namespace citygate::categories
