#include "categories/normalise.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/entries.h"
#include "categories/file_writer.h"
#include "categories/formats/line_stream.h"
#include "categories/tally.h"
#include "matcher/host_table_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPatternReason = "a regular expression: patterns are not yet matched";
constexpr std::string_view kUnmappedReason = "its category is not in the taxonomy";
constexpr std::string_view kLongReason = "longer than 4,096 bytes";
constexpr std::string_view kDeepReason = "a path longer than 512 bytes or deeper than 24 parts";
constexpr std::size_t kSampleBytes = std::size_t{1} << 16;
constexpr std::uint64_t kMaxLineRunBytes = std::uint64_t{64} << 20;  // no text has such a line; stop unpacking it
constexpr std::uint64_t kJudgedLines = 100;                          // a file of fewer lines is not judged on its own
constexpr std::uint64_t kJudgedEarly = 20'000;                       // rubbish need not be read to its end

// How many lines there are, how many of them nobody understands, and the first of those.
struct Sense {
  std::uint64_t lines = 0, faults = 0;
  std::string first_file, first_text, first_reason;
  std::uint64_t first_line = 0;

  void fault(const std::string& file, const LineStream::Line& line, std::string_view reason) {
    if (faults++ != 0) return;
    first_file = file;
    first_line = line.number;
    first_text = printable(line.text, 80);
    first_reason = reason;
  }
  [[nodiscard]] bool nonsense() const { return faults * 2 > lines; }
  [[nodiscard]] std::unexpected<Error> refusal(std::string_view what) const {
    return fail(
        Error::Kind::Malformed,
        fmt::format("{}: {} of {} lines are not understood, so nothing was imported; the first is {}:{}: '{}' ({}). "
                    "Expected: one host a line, a hosts file, an adblock list, or a UT1/squidGuard directory",
                    what, faults, lines, first_file, first_line, first_text, first_reason));
  }
};

class Normaliser final : public IntakeSink {
 public:
  Normaliser(const ImportRequest& request, const Taxonomy& taxonomy, const IntakeShape& shape, FileWriter& writer,
             const std::function<void(std::string_view)>& progress, ImportSummary& summary)
      : request_(request),
        taxonomy_(taxonomy),
        shape_(shape),
        writer_(writer),
        progress_(progress),
        summary_(summary) {}

  Result<Want> begin(const std::string& name) override;
  Result<void> block(std::string_view bytes) override;
  Result<void> end() override;
  void link(const std::string& name, const std::string& to) override {
    say(fmt::format("{} is a link to {}, which is read under its own name", name, to));
  }

  // What is left to judge and to count when all files were read.
  Result<void> conclude(SourceManifest& manifest);

 private:
  Result<void> take_sample();
  Result<void> take_line(const LineStream::Line& line);
  // What was read of the line goes into the entries file.
  void keep(const LineStream::Line& line);
  void write(std::string_view text);
  void count(std::string_view item, const Entry& entry);
  Result<const Category*> category_of(const FilePlan& plan) const;
  void say(std::string_view text) const {
    if (progress_) progress_(text);
  }

  const ImportRequest& request_;
  const Taxonomy& taxonomy_;
  const IntakeShape& shape_;
  FileWriter& writer_;
  const std::function<void(std::string_view)>& progress_;
  ImportSummary& summary_;

  std::vector<SourceFile> files_;
  std::map<std::uint16_t, ImportSummary::PerCategory> categories_;
  HashSet seen_;
  Tally tally_;
  Sense whole_;
  Digest digest_;
  std::uint64_t written_ = 0;

  // The file being read.
  FilePlan plan_;
  const Category* category_ = nullptr;  // none: its entries are counted and skipped
  LineFormat format_ = LineFormat::Domains;
  bool sampled_ = false;
  std::string sample_;
  LineStream lines_;
  LineResult result_;
  Sense sense_;
  std::uint64_t line_run_ = 0, next_line_ = 1;
  std::string out_;
};

Result<const Category*> Normaliser::category_of(const FilePlan& plan) const {
  if (!request_.category.empty()) return taxonomy_.find_foreign(request_.category);  // known: checked before
  if (const Category* found = taxonomy_.find_foreign(plan.foreign)) return found;
  if (shape_ == IntakeShape::Tree) return nullptr;
  return fail(
      Error::Kind::Malformed,
      fmt::format("{}: one list needs a category, and its name names none; name one with --category", plan.shown));
}

Result<IntakeSink::Want> Normaliser::begin(const std::string& name) {
  if (shape_ == IntakeShape::OneFile && request_.format == ListFormat::Directory)
    return fail(Error::Kind::Malformed, request_.path.string() + ": is one list, not a directory or tarball");
  plan_ = plan_file(name);
  if (plan_.kind == FilePlan::Kind::NoList && shape_ == IntakeShape::Tree) return Want::Nothing;
  CG_TRY(category, category_of(plan_));
  category_ = category;
  if (!category_ && std::ranges::find(summary_.unmapped, plan_.foreign) == summary_.unmapped.end())
    summary_.unmapped.push_back(plan_.foreign);
  ++summary_.files;
  files_.push_back({plan_.shown, category_ ? category_->name : "", written_, 0, 0});
  sampled_ = false;
  sample_.clear();
  lines_ = {};
  sense_ = {};
  line_run_ = 0;
  next_line_ = 1;
  return Want::Content;
}

Result<void> Normaliser::block(std::string_view bytes) {
  const auto last_end = bytes.rfind('\n');
  line_run_ = last_end == std::string_view::npos ? line_run_ + bytes.size() : bytes.size() - last_end - 1;
  if (line_run_ > kMaxLineRunBytes)
    return fail(Error::Kind::Malformed,
                plan_.shown + ": no line ends within 64 MiB, so this is no list; nothing was imported");
  if (!sampled_) {
    sample_.append(bytes);
    return sample_.size() < kSampleBytes ? Result<void>() : take_sample();
  }
  Result<void> result;
  lines_.feed(bytes, [&](const LineStream::Line& line) {
    result = take_line(line);
    return result.has_value();
  });
  return result;
}

Result<void> Normaliser::take_sample() {
  sampled_ = true;
  if (sample_.starts_with("\xff\xfe") || sample_.starts_with("\xfe\xff"))
    return fail(Error::Kind::Malformed, plan_.shown + ": is UTF-16; save it as UTF-8. Nothing was imported");
  switch (request_.format) {
    case ListFormat::Domains: format_ = LineFormat::Domains; break;
    case ListFormat::Hosts: format_ = LineFormat::Hosts; break;
    case ListFormat::Adblock: format_ = LineFormat::Adblock; break;
    case ListFormat::Detect:
    case ListFormat::Directory: format_ = detect_format(sample_); break;
  }
  if (plan_.domains_or_urls) format_ = LineFormat::Domains;
  if (plan_.urls && format_ == LineFormat::Domains) format_ = LineFormat::Urls;
  Result<void> result;
  lines_.feed(sample_, [&](const LineStream::Line& line) {
    result = take_line(line);
    return result.has_value();
  });
  return result;
}

Result<void> Normaliser::end() {
  if (!sampled_) CG_TRY_VOID(take_sample());
  Result<void> result;
  lines_.finish([&](const LineStream::Line& line) {
    result = take_line(line);
    return result.has_value();
  });
  CG_TRY_VOID(std::move(result));
  if (sense_.lines >= kJudgedLines && sense_.nonsense()) return sense_.refusal(plan_.shown);
  if (writer_.failed()) return writer_.finish();
  SourceFile& file = files_.back();
  file.bytes = written_ - file.offset;
  summary_.lines += sense_.lines;
  return {};
}

Result<void> Normaliser::take_line(const LineStream::Line& line) {
  if (plan_.kind == FilePlan::Kind::Patterns) {
    if (trim(line.text).empty() || line.text.starts_with('#')) return {};
    ++sense_.lines;
    ++whole_.lines;
    tally_.add(kPatternReason, plan_.shown, line.number, line.text);
    return {};
  }
  if (line.cut) {
    result_.fault(kLongReason);
  } else {
    read_line(format_, line.text, result_);
  }
  if (result_.kind == LineResult::Kind::Nothing) return {};
  ++sense_.lines;
  ++whole_.lines;
  if (result_.kind == LineResult::Kind::Fault) {
    sense_.fault(plan_.shown, line, result_.reason);
    whole_.fault(plan_.shown, line, result_.reason);
    tally_.add(result_.reason, plan_.shown, line.number, line.text);
    if (sense_.lines == kJudgedEarly && sense_.nonsense()) return sense_.refusal(plan_.shown);
    return {};
  }
  if (result_.kind == LineResult::Kind::Unsupported) {
    tally_.add(result_.reason, plan_.shown, line.number, line.text);
    return {};
  }
  if (!category_) {
    tally_.add(kUnmappedReason, plan_.shown, line.number, line.text);
    return {};
  }
  keep(line);
  if (writer_.failed()) return writer_.finish();
  return {};
}

void Normaliser::keep(const LineStream::Line& line) {
  out_.clear();
  for (std::size_t i = 0; i < result_.count; ++i) {
    const Entry& entry = result_.entries[i];
    if (!entry.path.empty() && !matcher::HostTableBuilder::path_fits(entry.path)) {
      tally_.add(kDeepReason, plan_.shown, line.number, line.text);
      continue;
    }
    if (!out_.empty()) out_ += '\t';
    const std::size_t at = out_.size();
    append_item(out_, {.exception = entry.kind == Entry::Kind::Allow,
                       .scope = entry.scope,
                       .category = {},
                       .host = entry.host,
                       .path = entry.path,
                       .expression = entry.expression});
    count(std::string_view(out_).substr(at), entry);
  }
  if (out_.empty()) return;
  if (std::string_view(out_).substr(1) != line.text) {
    out_ += '\x1f';
    out_ += printable(line.text, 300);
  }
  out_ += '\n';
  // Lines without an entry keep their place: line n here is line n of the list.
  for (; next_line_ < line.number; ++next_line_) write("\n");
  write(out_);
  ++next_line_;
}

void Normaliser::write(std::string_view text) {
  writer_.write(text);
  digest_.add(text);
  written_ += text.size();
}

void Normaliser::count(std::string_view item, const Entry& entry) {
  ++files_.back().entries;
  if (!seen_.insert(matcher::hash_of_text(item, category_->id.value))) {
    ++summary_.duplicates;
    return;
  }
  ++summary_.entries;
  auto& per = categories_[category_->id.value];
  ++(entry.path.empty() ? per.hosts : per.urls);
}

Result<void> Normaliser::conclude(SourceManifest& manifest) {
  const std::string shown = request_.path.string();
  if (whole_.lines > 0 && whole_.nonsense()) return whole_.refusal(shown);
  if (summary_.entries == 0) {
    std::string why = summary_.files == 0 ? "no file in it is a list" : "it holds no entry that can be used";
    if (!summary_.unmapped.empty())
      why += fmt::format("; categories that the taxonomy does not know: {}", fmt::join(summary_.unmapped, ", "));
    return fail(Error::Kind::Malformed, shown + ": " + why + "; nothing was imported");
  }
  for (auto& [id, per] : categories_) {
    per.id = CategoryId{id};
    per.name = taxonomy_.find(per.id)->name;
    summary_.categories.push_back(per);
  }
  summary_.skipped = tally_.take();
  std::uint64_t kept = 0;
  for (auto& file : files_) {
    kept += file.entries;
    if (file.entries > 0) manifest.files.push_back(std::move(file));
  }
  manifest.entries = summary_.entries;
  manifest.not_understood = whole_.faults;
  manifest.entries_sha256 = digest_.finish_hex();
  say(fmt::format("{}: {} files, {} lines, {} entries, {} of them named twice", manifest.name, summary_.files,
                  summary_.lines, kept, summary_.duplicates));
  return {};
}

}  // namespace

Result<SourceManifest> normalise(const ImportRequest& request, const Taxonomy& taxonomy, const IntakeLimits& limits,
                                 const fs::path& into, const std::function<void(std::string_view)>& progress,
                                 ImportSummary& summary) {
  if (!request.category.empty() && !taxonomy.find_foreign(request.category)) {
    std::vector<std::string_view> names;
    for (const auto& category : taxonomy.all()) names.push_back(category.name);
    const auto near = nearest(request.category, names);
    return fail(Error::Kind::Malformed,
                fmt::format("category '{}' is not in the taxonomy{}", request.category,
                            near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
  }
  CG_TRY(writer, FileWriter::create(into / "entries"));
  IntakeShape shape = IntakeShape::Tree;
  Normaliser sink(request, taxonomy, shape, writer, progress, summary);
  CG_TRY_VOID(walk_intake(request.path, limits, shape, sink));
  SourceManifest manifest;
  manifest.name = request.source;
  CG_TRY_VOID(sink.conclude(manifest));
  CG_TRY_VOID(writer.finish());

  // The version that was not told is no part of the id: it holds today's date.
  Digest id;
  id.add_field(manifest.name);
  id.add_field(request.version);
  id.add_field(manifest.entries_sha256);
  for (const auto& file : manifest.files) {
    id.add_field(file.name);
    id.add_field(file.category);
    id.add_field(std::to_string(file.bytes));
  }
  manifest.id = id.finish_hex().substr(0, 16);
  manifest.imported = utc_now();
  manifest.version = request.version.empty()
                         ? manifest.imported.substr(0, 10) + " " + manifest.entries_sha256.substr(0, 8)
                         : request.version;
  summary.source = manifest.name;
  summary.version = manifest.version;
  CG_TRY_VOID(replace_file(into / "manifest.json", to_json(manifest)));
  return manifest;
}

}  // namespace citygate::categories
