#include "matcher/pattern_set.h"

#include <cstring>
#include <string>

#include "matcher/host_hash.h"
#include "matcher/pattern_set_format.h"

namespace citygate::matcher {
namespace {

namespace format = pattern_format;

constexpr std::uint32_t kNone = 0xffffffffU;

std::unexpected<Error> unusable(std::string_view name, std::string_view what) {
  return fail(Error::Kind::Storage, std::string(name) + ": " + std::string(what));
}

// Tells sets apart, also when a new one stands where an old one stood.
std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

void PatternScratch::prepare(const PatternSet& set) {
  if (prepared_for_ == set.serial_) return;
  scan_.fit(set.database_);
  if (candidates_.size() < set.size()) candidates_.resize(set.size());
  prepared_for_ = set.serial_;
}

Result<PatternSet> PatternSet::open(const std::filesystem::path& file) {
  CG_TRY(mapped, MappedFile::open_read_only(file));
  PatternSet set;
  set.file_ = std::move(mapped);
  CG_TRY_VOID(set.attach(file.string()));
  return set;
}

Result<PatternSet> PatternSet::from_bytes(std::vector<std::byte> bytes, std::string_view name) {
  PatternSet set;
  set.owned_ = std::move(bytes);
  CG_TRY_VOID(set.attach(name));
  return set;
}

Result<void> PatternSet::attach(std::string_view name) {
  const auto all = bytes();
  format::Header header;
  if (all.size() < sizeof header) return unusable(name, "is cut short: it ends within its header");
  std::memcpy(&header, all.data(), sizeof header);
  if (header.magic != format::kMagic) return unusable(name, "is not a set of URL patterns");
  if (header.version > format::kVersion)
    return unusable(name, "was made by a newer version: its format is " + std::to_string(header.version) +
                              ", this program reads up to " + std::to_string(format::kVersion));
  if (header.header_checksum != checksum(&header, offsetof(format::Header, header_checksum)))
    return unusable(name, "is damaged: its header does not match its checksum");
  if (header.file_bytes > all.size())
    return unusable(name, "is cut short: " + std::to_string(all.size()) + " of " + std::to_string(header.file_bytes) +
                              " bytes are there");
  const auto at = format::layout_of(header);
  const std::uint64_t counted = header.pattern_count | header.id_count | header.text_bytes | header.database_bytes;
  if (header.version == 0 || header.header_bytes != sizeof header || header.file_bytes != all.size() ||
      counted > all.size() * 2 || at.end != all.size())
    return unusable(name, "is damaged: its parts do not add up to its size");
  if (header.body_checksum != checksum(all.data() + sizeof header, all.size() - sizeof header))
    return unusable(name, "is damaged: its content does not match its checksum");
  key_ = header.key;
  serial_ = next_serial();
  id_count_ = header.id_count;
  if (!read_patterns(all)) return unusable(name, "is damaged: a pattern lies outside of its part");
  tallies_ = std::make_unique<Tally[]>(patterns_.size());
  CG_TRY_VOID(compile_confirming(name));
  return load_database(name, all.subspan(at.database));
}

bool PatternSet::read_patterns(std::span<const std::byte> all) {
  format::Header header;
  std::memcpy(&header, all.data(), sizeof header);
  const auto at = format::layout_of(header);
  const std::string_view texts(reinterpret_cast<const char*>(all.data() + at.texts), header.text_bytes);
  const std::span<const std::uint32_t> ids(reinterpret_cast<const std::uint32_t*>(all.data() + at.ids),
                                           header.id_count);
  const auto outside = [](std::uint64_t first, std::uint64_t count, std::uint64_t size) {
    return first + count > size;
  };
  std::uint64_t given = 0;
  patterns_.reserve(header.pattern_count);
  for (std::size_t i = 0; i < header.pattern_count; ++i) {
    format::Pattern stored;
    std::memcpy(&stored, all.data() + at.patterns + i * sizeof stored, sizeof stored);
    if (outside(stored.expression_at, stored.expression_bytes, texts.size()) ||
        outside(stored.core_at, stored.core_bytes, texts.size()) ||
        outside(stored.first_id, stored.id_count, ids.size()) || stored.scan_mode > 1 || stored.undecided > 1)
      return false;
    given += stored.id_count;
    Pattern& pattern = patterns_.emplace_back();
    pattern.expression = texts.substr(stored.expression_at, stored.expression_bytes);
    pattern.looked_for = stored.core_bytes > 0 ? texts.substr(stored.core_at, stored.core_bytes) : pattern.expression;
    pattern.scan_mode = static_cast<ScanMode>(stored.scan_mode);
    pattern.confirmed = stored.confirm != 0 ? Confirmed::Yes : Confirmed::No;
    pattern.undecided = static_cast<Undecided>(stored.undecided);
    pattern.ids = ids.subspan(stored.first_id, stored.id_count);
  }
  return given == ids.size();  // more, where patterns share some, are more than match() has room for
}

Result<void> PatternSet::compile_confirming(std::string_view name) {
  confirms_by_.assign(patterns_.size(), kNone);
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].confirmed == Confirmed::No) continue;
    auto compiled = Expression::compile(patterns_[i].expression);
    if (!compiled)
      return unusable(name,
                      "the expression \"" + std::string(patterns_[i].expression) + "\" " + compiled.error().context);
    confirms_by_[i] = static_cast<std::uint32_t>(confirming_.size());
    confirming_.push_back(std::move(*compiled));
  }
  return {};
}

Result<void> PatternSet::load_database(std::string_view name, std::span<const std::byte> stored) {
  if (patterns_.empty()) return {};
  if (auto loaded = ScanDatabase::deserialise(stored)) {
    database_ = std::move(*loaded);
    return {};
  }
  std::vector<ScanExpression> expressions;
  for (const auto& pattern : patterns_) expressions.push_back({std::string(pattern.looked_for), pattern.scan_mode});
  std::size_t culprit = 0;
  auto compiled = ScanDatabase::compile(expressions, ScanDatabase::Machine::This, culprit);
  if (!compiled)
    return unusable(name, "its patterns cannot be compiled on this machine: " + compiled.error().context +
                              (culprit < patterns_.size() ? " in \"" + std::string(patterns_[culprit].expression) + "\""
                                                          : std::string()));
  database_ = std::move(*compiled);
  recompiled_ = true;
  return {};
}

PatternSet::Found PatternSet::settle(std::size_t index, std::string_view url, PatternScratch& scratch,
                                     Steps& steps) const noexcept {
  if (patterns_[index].confirmed == Confirmed::No) return Found::Yes;
  Tally& tally = tallies_[index];
  tally.asked.fetch_add(1, std::memory_order_relaxed);
  const auto answer = ask(index, url, scratch, steps);
  if (answer != Expression::Answer::Unsettled) return answer == Expression::Answer::Yes ? Found::Yes : Found::No;
  tally.undecided.fetch_add(1, std::memory_order_relaxed);
  return patterns_[index].undecided == Undecided::Matches ? Found::Undecided : Found::No;
}

std::size_t PatternSet::match(std::string_view url, PatternScratch& scratch,
                              std::span<std::uint32_t> ids) const noexcept {
  if (!database_) return 0;
  scratch.prepare(*this);
  const auto candidates = std::span(scratch.candidates_).first(size());
  const std::size_t count = database_.scan(url, scratch.scan_, candidates);
  std::size_t found = 0;
  Steps steps;
  for (const std::uint32_t index : candidates.first(count)) {
    if (index >= size()) continue;
    const Found how = settle(index, url, scratch, steps);
    if (how == Found::No) continue;
    tallies_[index].hits.fetch_add(1, std::memory_order_relaxed);
    for (const std::uint32_t id : patterns_[index].ids) {
      if (found < ids.size()) ids[found] = id | (how == Found::Undecided ? kUndecidedId : 0);
      ++found;
    }
  }
  return found;
}

Expression::Answer PatternSet::ask(std::size_t index, std::string_view url, PatternScratch& scratch) const noexcept {
  Steps steps;
  return ask(index, url, scratch, steps);
}

Expression::Answer PatternSet::ask(std::size_t index, std::string_view url, PatternScratch& scratch,
                                   Steps& steps) const noexcept {
  const std::uint32_t at = confirms_by_[index];
  return at == kNone ? Expression::Answer::Yes : confirming_[at].ask(url, scratch.asker_, steps);
}

std::size_t PatternSet::memory_bytes() const {
  return bytes().size() + database_.memory_bytes() + patterns_.size() * (sizeof(Pattern) + sizeof(Tally));
}

PatternSet::Counts PatternSet::counts(std::size_t index) const {
  const Tally& tally = tallies_[index];
  return {tally.hits.load(std::memory_order_relaxed), tally.asked.load(std::memory_order_relaxed),
          tally.undecided.load(std::memory_order_relaxed)};
}

}  // namespace citygate::matcher
