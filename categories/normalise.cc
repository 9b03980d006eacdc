#include "categories/normalise.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "categories/category_map.h"
#include "categories/covers_strangers.h"
#include "categories/digest.h"
#include "categories/entries_writer.h"
#include "categories/file_writer.h"
#include "categories/formats/line_stream.h"
#include "categories/source_bounds.h"
#include "categories/tally.h"
#include "matcher/host_table_builder.h"
#include "matcher/pattern_set_builder.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnmappedReason = "its category is not in the taxonomy";
constexpr std::string_view kLeftOutReason = "its category is left out, as the source's own map says";
constexpr std::string_view kNoCategoryReason = "an exception without a category: name one with --category";
constexpr std::string_view kLongReason = "longer than 4,096 bytes";
constexpr std::string_view kDeepReason = "a path longer than 512 bytes, or with more than 32 of '/', '?' and '&'";
constexpr std::string_view kCancelledReason = "taken back by a rule with $badfilter";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kToldNames = 3;
constexpr std::size_t kSampleBytes = std::size_t{1} << 16;
constexpr std::uint64_t kMaxLineRunBytes = std::uint64_t{64} << 20;  // no text has such a line; stop unpacking it
constexpr std::uint64_t kJudgedLines = 100;                          // a file of fewer lines is not judged on its own
constexpr std::uint64_t kJudgedEarly = 20'000;                       // rubbish need not be read to its end
constexpr std::size_t kMaxUnmapped = 50;                             // names of categories told one by one

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
  [[nodiscard]] bool nonsense(double share) const {
    if (lines < kJudgedLines) share = 0.5;
    return static_cast<double>(faults) > share * static_cast<double>(lines);
  }
  [[nodiscard]] std::unexpected<Error> refusal(std::string_view what, std::string_view expected) const {
    return fail(
        Error::Kind::Malformed,
        fmt::format("{}: {} of {} lines are not understood, so nothing was imported; the first is {}:{}: '{}' ({}). "
                    "Expected: {}",
                    what, faults, lines, first_file, first_line, first_text, first_reason, expected));
  }
};

class Normaliser final : public IntakeSink {
 public:
  Normaliser(const ImportRequest& request, const Taxonomy& taxonomy, const IntakeLimits& limits, CategoryMap map,
             const IntakeShape& shape, FileWriter& writer, const std::function<void(std::string_view)>& progress,
             ImportSummary& summary)
      : request_(request),
        taxonomy_(taxonomy),
        limits_(limits),
        map_(std::move(map)),
        shape_(shape),
        writer_(writer),
        parts_(writer),
        bounds_(limits),
        progress_(progress),
        summary_(summary) {}

  Result<Want> begin(const std::string& name) override;
  Result<void> block(std::string_view bytes) override;
  Result<void> end() override;
  void link(const std::string& name, const std::string& to) override {
    if (links_++ < kToldNames) link_names_.push_back(fmt::format("{} to {}", printable(name), printable(to)));
  }

  // What is left to judge and to count when all files were read.
  Result<void> conclude(SourceManifest& manifest);
  // Of all entries; once concluded.
  [[nodiscard]] const std::string& items_sha256() const { return items_sha256_; }

 private:
  Result<void> take_sample();
  Result<void> choose_format();
  Result<void> feed(std::string_view bytes);
  Result<void> take_line(const LineStream::Line& line);
  // What was read of the line goes into the entries file.
  Result<void> keep(const LineStream::Line& line);
  // The category of an entry; none when it is left out, for a reason that was counted.
  Result<const Category*> category_of(const Entry& entry, const LineStream::Line& line);
  [[nodiscard]] bool lines_say_category() const { return request_.category.empty() || request_.category_column > 0; }
  void unmapped(std::string_view word, const LineStream::Line& line);
  [[nodiscard]] std::string expected() const;
  void say(std::string_view text) const {
    if (progress_) progress_(text);
  }

  const ImportRequest& request_;
  const Taxonomy& taxonomy_;
  const IntakeLimits& limits_;
  CategoryMap map_;
  const IntakeShape& shape_;
  FileWriter& writer_;
  EntriesWriter parts_;
  SourceBounds bounds_;
  const std::function<void(std::string_view)>& progress_;
  ImportSummary& summary_;

  std::string items_sha256_;
  std::vector<SourceFile> files_;
  std::uint64_t no_lists_ = 0, links_ = 0;  // all of them, and the names of the first
  std::vector<std::string> no_list_names_, link_names_;
  Tally tally_;
  Sense whole_;

  // The file being read.
  FilePlan plan_;
  CategoryMap::Found category_;  // what its name or the request says; none: entries may say it themselves
  LineFormat format_ = LineFormat::Domains;
  FileContext context_;
  bool sampled_ = false, only_returns_ = false;  // lines end in CR alone, as on an old Mac
  std::string sample_, returned_;
  LineStream lines_;
  LineResult result_;
  Sense sense_;
  std::uint64_t line_run_ = 0;
  std::string first_exception_;  // of the whole source
};

Result<IntakeSink::Want> Normaliser::begin(const std::string& name) {
  if (shape_ == IntakeShape::OneFile && request_.format == ListFormat::Directory)
    return fail(
        Error::Kind::Malformed,
        request_.path.string() + ": is neither a directory nor an archive of one, as the format 'directory' wants");
  plan_ = plan_file(name);
  plan_.shown = printable(plan_.shown, 300);
  if (plan_.kind == FilePlan::Kind::NoList && shape_ == IntakeShape::Tree) {
    if (no_lists_++ < kToldNames) no_list_names_.push_back(printable(name));
    return Want::Nothing;
  }
  category_ = request_.category.empty() ? map_.find(plan_.foreign)
                                        : CategoryMap::Found{.category = taxonomy_.find_foreign(request_.category)};
  ++summary_.files;
  files_.push_back({.name = plan_.shown, .category = category_.category ? category_.category->name : ""});
  context_ = {.subdomains = request_.subdomains, .exceptions = plan_.exceptions};
  sampled_ = only_returns_ = false;
  sample_.clear();
  lines_ = {};
  sense_ = {};
  bounds_.begin_file();
  line_run_ = 0;
  return Want::Content;
}

Result<void> Normaliser::block(std::string_view bytes) {
  if (!sampled_) {
    sample_.append(bytes);
    return sample_.size() < kSampleBytes ? Result<void>() : take_sample();
  }
  return feed(bytes);
}

Result<void> Normaliser::feed(std::string_view bytes) {
  if (only_returns_) {
    returned_.assign(bytes);
    std::ranges::replace(returned_, '\r', '\n');
    bytes = returned_;
  }
  const auto last_end = bytes.rfind('\n');
  line_run_ = last_end == std::string_view::npos ? line_run_ + bytes.size() : bytes.size() - last_end - 1;
  if (line_run_ > kMaxLineRunBytes)
    return fail(Error::Kind::Malformed,
                plan_.shown + ": no line ends within 64 MiB, so this is no list; nothing was imported");
  Result<void> result;
  lines_.feed(bytes, [&](const LineStream::Line& line) {
    result = take_line(line);
    return result.has_value();
  });
  return result;
}

Result<void> Normaliser::take_sample() {
  sampled_ = true;
  if (const auto what = foreign_content(sample_); !what.empty())
    return fail(Error::Kind::Malformed, fmt::format("{}: is {}{}; nothing was imported", plan_.shown, what,
                                                    what.contains("save it as") ? "" : ", not a list"));
  only_returns_ = sample_.find('\n') == std::string::npos && sample_.find('\r') != std::string::npos;
  if (only_returns_) std::ranges::replace(sample_, '\r', '\n');
  CG_TRY_VOID(choose_format());
  parts_.begin(format_ == LineFormat::Adblock ? EntriesWriter::Hold::UntilEnd : EntriesWriter::Hold::No);
  return feed(sample_);
}

Result<void> Normaliser::choose_format() {
  CsvShape& csv = context_.csv;
  std::string_view sample = sample_;
  if (sample.starts_with(kByteOrderMark)) sample.remove_prefix(kByteOrderMark.size());
  switch (request_.format) {
    case ListFormat::Domains: format_ = LineFormat::Domains; break;
    case ListFormat::Hosts: format_ = LineFormat::Hosts; break;
    case ListFormat::Adblock: format_ = LineFormat::Adblock; break;
    case ListFormat::Resolver: format_ = LineFormat::Resolver; break;
    case ListFormat::Rpz: format_ = LineFormat::Rpz; break;
    case ListFormat::Csv:
      format_ = LineFormat::Csv;
      csv = detect_csv(sample, request_.host_column, request_.category_column);
      break;
    case ListFormat::Guardian:
      if (plan_.format) break;
      return fail(Error::Kind::Malformed,
                  plan_.shown +
                      ": an e2guardian list says by its name what it is, and this is none: bannedsitelist, "
                      "exceptionurllist, bannedregexpurllist or the like; nothing was imported");
    case ListFormat::Detect:
    case ListFormat::Directory:
      format_ = request_.host_column > 0 ? LineFormat::Csv : detect_format(sample, csv);
      if (format_ == LineFormat::Csv) csv = detect_csv(sample, request_.host_column, request_.category_column);
      break;
  }
  if (!lines_say_category()) csv.category.reset();
  if (plan_.format) format_ = *plan_.format;
  if (plan_.urls && format_ == LineFormat::Domains) format_ = LineFormat::Urls;
  return {};
}

std::string Normaliser::expected() const {
  if (request_.format == ListFormat::Detect || request_.format == ListFormat::Directory)
    return fmt::format(
        "one host a line, a hosts file, an adblock, dnsmasq, unbound, RPZ, CSV or e2guardian list, or a UT1/squidGuard "
        "directory; this looks most like {}",
        to_string(format_));
  return std::string(to_string(format_));
}

Result<void> Normaliser::end() {
  if (!sampled_) CG_TRY_VOID(take_sample());
  Result<void> result;
  lines_.finish([&](const LineStream::Line& line) {
    result = take_line(line);
    return result.has_value();
  });
  CG_TRY_VOID(std::move(result));
  if (sense_.lines >= kJudgedLines && sense_.nonsense(request_.fault_share))
    return sense_.refusal(plan_.shown, expected());
  const auto part = parts_.end();
  if (writer_.failed()) return writer_.finish();
  SourceFile& file = files_.back();
  file.offset = part.offset;
  file.bytes = part.bytes;
  file.entries = part.entries;
  if (part.cancelled > 0) tally_.add(kCancelledReason, plan_.shown, 0, "", part.cancelled);
  summary_.lines += sense_.lines;
  return {};
}

Result<void> Normaliser::take_line(const LineStream::Line& line) {
  if (line.cut) {
    result_.fault(kLongReason);
  } else {
    read_line(format_, line.text, context_, result_);
  }
  using enum LineResult::Kind;
  if (result_.kind == Nothing) return {};
  ++sense_.lines;
  ++whole_.lines;
  switch (result_.kind) {
    case Nothing: break;
    case Entries: return keep(line);
    case Unsupported: tally_.add(result_.reason, plan_.shown, line.number, line.text); break;
    case Cancels:
      if (!parts_.cancel(result_.cancelled))
        return fail(Error::Kind::TooLarge,
                    fmt::format("{}:{}: more than {} rules with $badfilter; nothing was imported", plan_.shown,
                                line.number, EntriesWriter::kMostCancelled));
      tally_.add("a rule with $badfilter, which takes another one back", plan_.shown, line.number, line.text);
      break;
    case Fault:
      sense_.fault(plan_.shown, line, result_.reason);
      whole_.fault(plan_.shown, line, result_.reason);
      tally_.add(result_.reason, plan_.shown, line.number, line.text);
      // One that is half rubbish so far will not be saved by what comes.
      if (sense_.lines >= kJudgedEarly && sense_.nonsense(0.5)) return sense_.refusal(plan_.shown, expected());
      break;
  }
  return {};
}

void Normaliser::unmapped(std::string_view word, const LineStream::Line& line) {
  auto& names = summary_.unmapped;
  if (std::ranges::find(names, word) == names.end()) {
    if (names.size() == kMaxUnmapped) return tally_.add(kUnmappedReason, plan_.shown, line.number, line.text);
    names.emplace_back(printable(word, 80));
  }
  tally_.add(fmt::format("{}: {}", kUnmappedReason, printable(word, 80)), plan_.shown, line.number, line.text);
}

Result<const Category*> Normaliser::category_of(const Entry& entry, const LineStream::Line& line) {
  if (!entry.category.empty() && lines_say_category()) {
    const auto found = map_.find(entry.category);
    if (found.category) return found.category;
    // An e2guardian file's own title ("Banned sites") need not be a category.
    const bool title = format_ == LineFormat::GuardianSites || format_ == LineFormat::GuardianUrls ||
                       format_ == LineFormat::GuardianExpressions;
    if (!found.left_out && title && category_.category) return category_.category;
    if (found.left_out)
      tally_.add(kLeftOutReason, plan_.shown, line.number, line.text);
    else
      unmapped(entry.category, line);
    return nullptr;
  }
  if (category_.category) return category_.category;
  if (category_.left_out) {
    tally_.add(kLeftOutReason, plan_.shown, line.number, line.text);
  } else if (shape_ == IntakeShape::OneFile) {
    return fail(
        Error::Kind::NotFound,
        fmt::format("{}: one list needs a category, and its name names none; name one with --category", plan_.shown));
  } else if (entry.kind == Entry::Kind::Allow && plan_.exceptions) {
    tally_.add(kNoCategoryReason, plan_.shown, line.number, line.text);
  } else {
    unmapped(plan_.foreign, line);
  }
  return nullptr;
}

Result<void> Normaliser::keep(const LineStream::Line& line) {
  SourceFile& file = files_.back();
  for (std::size_t i = 0; i < result_.count; ++i) {
    const Entry& entry = result_.entries[i];
    CG_TRY(category, category_of(entry, line));
    if (!category) continue;
    if (!entry.path.empty() && !matcher::HostTableBuilder::path_fits(entry.path)) {
      tally_.add(kDeepReason, plan_.shown, line.number, line.text);
      continue;
    }
    if (const auto wrong = covers_strangers(entry, *category); !wrong.empty()) {
      tally_.add(wrong, plan_.shown, line.number, line.text);
      continue;
    }
    std::uint64_t written_out = 0;
    if (!entry.expression.empty()) {
      const auto plan = matcher::plan_pattern(entry.expression);
      if (!plan) {
        tally_.add("an expression that " + plan.error().context, plan_.shown, line.number, line.text);
        continue;
      }
      written_out = plan->written_out;
    }
    if (entry.kind == Entry::Kind::Allow && first_exception_.empty())
      first_exception_ = fmt::format("{}:{}: '{}'", plan_.shown, line.number, printable(line.text, 80));
    // A file that has no category of its own takes that of its first entry; others are written beside their entries.
    if (file.category.empty()) file.category = category->name;
    const Item item{.exception = entry.kind == Entry::Kind::Allow,
                    .important = entry.important,
                    .deep = entry.deep,
                    .scope = entry.scope,
                    .category = file.category == category->name ? std::string_view() : category->name,
                    .host = entry.host,
                    .path = entry.path,
                    .expression = entry.expression,
                    .phrase = entry.phrase};
    if (const auto fits = bounds_.add(item, category->id, written_out); !fits)
      return fail(Error::Kind::TooLarge, fmt::format("{}:{}: source '{}' {}; nothing was imported", plan_.shown,
                                                     line.number, request_.source, fits.error().context));
    parts_.add_item(item, category->id);
  }
  parts_.end_line(line.number, line.text);
  if (parts_.distinct() > limits_.entries)
    return fail(Error::Kind::TooLarge, fmt::format("{}:{}: more than {} entries; nothing was imported", plan_.shown,
                                                   line.number, limits_.entries));
  return writer_.failed() ? writer_.finish() : Result<void>();
}

Result<void> Normaliser::conclude(SourceManifest& manifest) {
  const std::string shown = request_.path.string();
  if (whole_.lines > 0 && whole_.nonsense(request_.fault_share)) return whole_.refusal(shown, expected());
  summary_.entries = parts_.distinct();
  summary_.duplicates = parts_.duplicates();
  if (summary_.entries == 0) {
    std::string why = summary_.files == 0 ? "no file in it is a list" : "it holds no entry that can be used";
    if (!summary_.unmapped.empty())
      why += fmt::format("; categories that the taxonomy does not know: {}", fmt::join(summary_.unmapped, ", "));
    return fail(Error::Kind::Malformed, shown + ": " + why + "; nothing was imported");
  }
  if (parts_.exceptions() == summary_.entries)
    return fail(
        Error::Kind::Malformed,
        fmt::format("{}: it holds exceptions only, the first is {}; they take away what their own source lists, "
                    "and this lists nothing. To let sites pass whatever lists say, use `citygate lists "
                    "override` or allow them in the policy; nothing was imported",
                    shown, first_exception_));
  for (auto [id, per] : parts_.categories()) {
    per.name = taxonomy_.find(per.id)->name;
    summary_.categories.push_back(std::move(per));
  }
  summary_.skipped = tally_.take();
  for (auto& file : files_)
    if (file.entries > 0) manifest.files.push_back(std::move(file));
  manifest.entries = summary_.entries;
  manifest.not_understood = whole_.faults;
  manifest.entries_sha256 = parts_.finish_sha256();
  items_sha256_ = parts_.finish_items_sha256();
  const auto told = [](const std::vector<std::string>& names, std::uint64_t count) {
    return fmt::format("{}{}", fmt::join(names, ", "), count > names.size() ? ", ..." : "");
  };
  if (no_lists_ > 0)
    say(fmt::format("{}: not read, being no lists by their names ({}): {}", manifest.name, no_lists_,
                    told(no_list_names_, no_lists_)));
  if (links_ > 0)
    say(fmt::format("{}: links, whose targets are read under their own names ({}): {}", manifest.name, links_,
                    told(link_names_, links_)));
  const auto counted = [](std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  say(fmt::format("{}: {}, {}, {} {}, {}", manifest.name, counted(summary_.files, "file"),
                  counted(summary_.lines, "line"), summary_.entries, summary_.entries == 1 ? "entry" : "entries",
                  counted(summary_.duplicates, "duplicate")));
  return {};
}

}  // namespace

Result<SourceManifest> normalise(const ImportRequest& request, const Taxonomy& taxonomy, const IntakeLimits& limits,
                                 const fs::path& into, const std::function<void(std::string_view)>& progress,
                                 ImportSummary& summary) {
  if (!request.category.empty() && !taxonomy.find_foreign(request.category))
    return std::unexpected(unknown_category(taxonomy, request.category));
  CG_TRY(map, CategoryMap::create(taxonomy, request.categories));
  CG_TRY(writer, FileWriter::create(into / "entries"));
  IntakeShape shape = IntakeShape::Tree;
  Normaliser sink(request, taxonomy, limits, std::move(map), shape, writer, progress, summary);
  CG_TRY_VOID(walk_intake(request.path, limits, shape, sink));
  SourceManifest manifest;
  manifest.name = request.source;
  CG_TRY_VOID(sink.conclude(manifest));
  CG_TRY_VOID(writer.finish());

  // The version that was not told is no part of the id: it holds today's date. Nor is where entries stand and what is said
  // beside them: a list whose comments alone have changed, as its date does every day, is the version that is there.
  Digest id;
  id.add_field(manifest.name);
  id.add_field(request.version);
  id.add_field(sink.items_sha256());
  for (const auto& file : manifest.files) {
    id.add_field(file.name);
    id.add_field(file.category);
    id.add_field(std::to_string(file.entries));
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
