#include "categories/image_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "base/matching_form.h"
#include "categories/entries.h"
#include "categories/workspace.h"
#include "matcher/pattern_cost.h"

namespace citygate::categories {
namespace {

// Of the matches, what is beyond these is kept for those that say something new: no list can hide why another one closes a site.
constexpr std::size_t kRepeats = 16;

// "https://host:8443/path?query": what expressions are looked for in. Of a tunnel no path is known.
void append_url(const Target& target, Workspace::Parts& work) {
  std::string& out = work.url;
  const bool secure = target.scheme != Scheme::Http;
  out.assign(secure ? "https://" : "http://");
  const bool v6 = target.host.find(':') != std::string::npos;
  if (v6) out += '[';
  out += target.host;
  if (v6) out += ']';
  if (target.port != (secure ? 443 : 80)) {
    out += ':';
    char digits[8];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, target.port).ptr);
  }
  if (target.path.empty()) {
    out += '/';
  } else {
    out += matching_path(target.path, work.path);
  }
  if (target.query.empty()) return;
  out += '?';
  out += matching_query(target.query, work.query);
}

bool in_scope(Scope scope, bool whole) { return scope == Scope::Whole || (scope == Scope::Exact) == whole; }

}  // namespace

Workspace::Workspace() : parts_(std::make_unique<Parts>()) {}
Workspace::~Workspace() = default;

ImageLists::ImageLists(Parts parts) : parts_(std::move(parts)) {
  meanings_.resize(std::max<std::size_t>(parts_.table.set_count(), 1));
  for (std::size_t set = 1; set < meanings_.size(); ++set) {
    Meaning& meaning = meanings_[set];
    for (const auto number : parts_.table.marks(static_cast<std::uint16_t>(set))) {
      if (number == matcher::kPathsBelow) {
        meaning.paths_below = true;
      } else if (const Mark* about = mark(number)) {
        if (!about->exception) meaning.all.insert(category(number));
        if (about->exception || about->scope != Scope::Whole) meaning.plain = false;
        if (about->exception && about->deep) meaning.deep = deep_ = true;
      }
    }
  }
  for (std::size_t i = 0; i < parts_.origins.size(); ++i) by_source_.emplace(parts_.origins[i].id.value, i);
}

// What is said of one target. Names are gone through the most specific first: an exception meets what its source says of
// the same and of less specific names after it. Deep ones are taken before, so that they meet all names.
class ImageLists::Scan {
 public:
  Scan(const ImageLists& lists, Workspace::Parts& work, Classification& out) noexcept
      : lists_(lists), work_(work), out_(out) {}

  // False when an override stands in place of the lists.
  bool override_of(const Target& target) noexcept {
    const auto found = lists_.parts_.overrides.find(target, work_.path, work_.bare_path);
    if (!found) return false;
    take_category({Match::Kind::Override, false, found->number}, found->category);
    return true;
  }

  void lists_of(const Target& target) noexcept {
    exceptions_ = {};
    const auto patterns = patterns_of(target);
    if (!patterns.empty() && lists_.below_protected_label(target)) exceptions_.protect();
    for (const auto id : patterns) pattern_exception(id);
    names(target);
    for (const auto id : patterns) pattern(id);
    search(target);
  }

  void signs(const UrlSigns& signs) noexcept {
    if (signs.none()) return;
    for (std::uint32_t i = 0; i < kUrlSigns; ++i) {
      const CategoryId category = lists_.parts_.signs[i];
      if (!category || !signs.has(static_cast<UrlSign>(i))) continue;
      take_category({Match::Kind::Sign, false, i + 1}, category);
    }
  }

  enum class Says : std::uint8_t { New, Nothing };  // that the matches before it do not
  void push(const Match& match, Says says) noexcept {
    const std::size_t limit = says == Says::New ? Classification::kMaxMatches : kRepeats;
    if (out_.match_count < limit) out_.matches[out_.match_count++] = match.packed();
  }

 private:
  std::span<const std::uint32_t> patterns_of(const Target& target) noexcept {
    const auto& set = lists_.parts_.patterns;
    if (set.size() == 0) return {};
    append_url(target, work_);
    if (work_.patterns.size() < set.id_count()) work_.patterns.resize(set.id_count());
    const std::size_t count = set.match(work_.url, work_.scan, work_.patterns);
    return std::span(work_.patterns).first(std::min(count, work_.patterns.size()));
  }

  // One that could not be decided is no exception (image_patterns.cc).
  void pattern_exception(std::uint32_t id) noexcept {
    const Mark* about = lists_.mark_of_pattern(id);
    if (!about || !about->exception) return;
    const Exceptions before = exceptions_;
    exceptions_.add(*about, Exceptions::Said::ByExpression);
    push({Match::Kind::Pattern, false, id}, exceptions_ == before ? Says::Nothing : Says::New);
  }

  void pattern(std::uint32_t found) noexcept {
    const std::uint32_t id = found & ~matcher::kUndecidedId;
    const Mark* about = lists_.mark_of_pattern(id);
    if (!about || about->exception || lists_.voided(*about, Exceptions::Said::ByExpression, exceptions_)) return;
    take_category({Match::Kind::Pattern, id != found, id}, lists_.parts_.categories[about->category]);
  }

  void names(const Target& target) noexcept {
    auto& hits = work_.names;
    const auto walk = target.address ? matcher::HostTable::Walk::Exact : matcher::HostTable::Walk::Suffixes;
    const std::size_t count = lists_.parts_.table.find(target.host, walk, hits);
    if (lists_.deep_) deep_exceptions(target, std::span(hits).first(count));
    bool named = false;
    for (std::size_t i = 0; i < count; ++i) {
      const matcher::NameHit& hit = hits[i];
      paths(target, hit);
      const Taken here = take(hit, hit, target);
      CategorySet counted = here.categories;
      if (named) counted &= lists_.parts_.strict;
      add(here, counted);
      if (named || here.categories.empty()) continue;
      CategorySet other = here.categories;
      lists_.parts_.strict.for_each([&other](CategoryId id) { other.erase(id); });
      named = !other.empty();
    }
  }

  std::span<const matcher::NameHit> paths_below(const Target& target, const matcher::NameHit& name) noexcept {
    if (!lists_.meanings_[name.set].paths_below || target.path.empty()) return {};
    auto& hits = work_.paths;
    return std::span(hits).first(lists_.parts_.table.find_paths(name, matching_path(target.path, work_.path),
                                                                matching_query(target.query, work_.query), hits));
  }

  void paths(const Target& target, const matcher::NameHit& name) noexcept {
    const auto hits = paths_below(target, name);
    if (lists_.meanings_[name.set].paths_below) bare_paths(target, name, hits);
    for (const auto& hit : hits) path_hit(hit, name, target);
  }
  // The same URL as servers read it that drop path parameters. What only it falls under goes on behind the first of them, so
  // is longer than what both do, and is taken before.
  void bare_paths(const Target& target, const matcher::NameHit& name, std::span<const matcher::NameHit> both) noexcept {
    const auto sent = matching_path(target.path, work_.path);
    if (sent.find(';') == std::string_view::npos) return;
    const auto path = without_parameters(sent, work_.bare_path), query = matching_query(target.query, work_.query);
    const std::size_t count = lists_.parts_.table.find_paths(name, path, query, work_.bare_paths);
    for (const auto& hit : std::span(work_.bare_paths).first(count))
      if (std::ranges::find(both, hit.slot, &matcher::NameHit::slot) == both.end()) path_hit(hit, name, target);
  }
  void path_hit(const matcher::NameHit& hit, const matcher::NameHit& name, const Target& target) noexcept {
    const Taken here = take(hit, name, target);
    add(here, here.categories);
  }

  void deep_exceptions(const Target& target, std::span<const matcher::NameHit> names) noexcept {
    for (const auto& name : names) {
      for (const auto& hit : paths_below(target, name)) deep_exceptions_of(hit, name, target);
      deep_exceptions_of(name, name, target);
    }
  }
  void deep_exceptions_of(const matcher::NameHit& hit, const matcher::NameHit& name, const Target& target) noexcept {
    if (!lists_.meanings_[hit.set].deep) return;
    const bool whole = lists_.parts_.table.is_whole(name, target.host);
    const Exceptions before = exceptions_;
    bool some = false;
    for (const auto number : lists_.parts_.table.marks(hit.set))
      if (const Mark* about = lists_.mark(number);
          about && about->exception && about->deep && in_scope(about->scope, whole)) {
        exceptions_.add(*about, Exceptions::Said::ByName);
        some = true;
      }
    if (!some) return;
    push({Match::Kind::Except, whole, hit.slot}, exceptions_ == before ? Says::Nothing : Says::New);
  }

  struct Taken {
    Match match;
    CategorySet categories;
    bool exceptions = false;  // there are some,
    bool voids = false;       // that take away more than those before
  };
  // Of what a hit says `counted` is new or not; it becomes a match when it says anything.
  void add(const Taken& here, const CategorySet& counted) noexcept {
    if (here.categories.empty() && !here.exceptions) return;
    const bool news = here.voids || (out_.categories | counted) != out_.categories;
    push(here.match, news ? Says::New : Says::Nothing);
    out_.categories |= counted;
  }
  void take_category(const Match& match, CategoryId category) noexcept {
    push(match, out_.categories.contains(category) ? Says::Nothing : Says::New);
    out_.categories.insert(category);
  }

  // What the hit's set says here and now. `name`: the hit itself, or the name whose path it is.
  Taken take(const matcher::NameHit& hit, const matcher::NameHit& name, const Target& target) noexcept {
    const Meaning& meaning = lists_.meanings_[hit.set];
    CategorySet here = meaning.all;
    const Exceptions before = exceptions_;
    bool exceptions = false, whole = false;
    if (!meaning.plain) whole = lists_.parts_.table.is_whole(name, target.host);
    if (!meaning.plain || !exceptions_.none()) {
      here = {};
      const auto numbers = lists_.parts_.table.marks(hit.set);
      for (const auto number : numbers)
        if (const Mark* about = lists_.mark(number); about && about->exception && in_scope(about->scope, whole)) {
          exceptions_.add(*about, Exceptions::Said::ByName);
          exceptions = exceptions || !about->deep;
        }
      for (const auto number : numbers)
        if (const Mark* about = lists_.mark(number); about && !about->exception && in_scope(about->scope, whole) &&
                                                     !lists_.voided(*about, Exceptions::Said::ByName, exceptions_))
          here.insert(lists_.category(number));
    }
    return {{Match::Kind::Slot, whole, hit.slot}, here, exceptions, exceptions_ != before};
  }

  void search(const Target& target) noexcept {
    if (target.query.empty() || lists_.parts_.terms.rules() == 0) return;
    if (search_words(target, work_.search, work_.words).empty()) return;
    std::array<TermHit, SearchTerms::kMaxFiles> hits;
    const std::size_t count = lists_.parts_.terms.match(work_.words, hits);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t place = static_cast<std::uint32_t>(hits[i].file) << Match::kTermLineBits | hits[i].line;
      take_category({Match::Kind::Term, false, place}, lists_.category(hits[i].mark));
    }
  }

  const ImageLists& lists_;
  Workspace::Parts& work_;
  Classification& out_;
  Exceptions exceptions_;  // that have been met
};

void ImageLists::classify(const Target& target, Workspace& workspace, Classification& out) const noexcept {
  out.clear();
  out.generation = parts_.id;
  Workspace::Parts& work = workspace.parts();
  Scan scan(*this, work, out);
  const bool overridden = scan.override_of(target);
  if (!overridden) scan.lists_of(target);
  const auto carried = work.inner.find(target);
  for (const auto& inner : carried) {
    scan.push(kInnerUrl, Scan::Says::New);
    if (!scan.override_of(inner)) scan.lists_of(inner);
  }
  // What is carried and was not looked at is no part of what an override is about.
  scan.signs(overridden ? signs_of_carried(work.inner) : url_signs(target, work.inner));
}

bool ImageLists::below_protected_label(const Target& target) const {
  if (parts_.protected_labels.empty() || target.address) return false;
  const std::string_view label = std::string_view(target.host).substr(target.host.rfind('.') + 1);
  return std::ranges::find(parts_.protected_labels, label) != parts_.protected_labels.end();
}

template <class Visit>
void ImageLists::walk(const Classification& classification, Visit&& visit) const {
  Exceptions exceptions;
  for (std::size_t i = 0; i < classification.match_count; ++i) {
    const Match match = Match::of(classification.matches[i]);
    if (match.packed() == kInnerUrl.packed()) exceptions = {};
    if (match.kind == Match::Kind::Pattern) {
      if (!walk_pattern(match, exceptions, visit)) return;
    } else if (match.kind == Match::Kind::Slot || match.kind == Match::Kind::Except) {
      if (!walk_slot(match, exceptions, visit)) return;
    } else if (const auto evidence = evidence_of(match, category_of(match));
               evidence && !visit(*evidence, Part::Listing)) {
      return;
    }
  }
}

template <class Visit>
bool ImageLists::walk_pattern(const Match& match, Exceptions& exceptions, Visit&& visit) const {
  const Mark* about = mark_of_pattern(match.number);
  if (!about) return true;
  if (about->exception) exceptions.add(*about, Exceptions::Said::ByExpression);
  const matcher::Naming& line = parts_.pattern_lines[match.number];
  if (line.origin >= parts_.origins.size()) return true;
  const Part part = about->exception ? Part::Exception : match.flag ? Part::Undecided : Part::Listing;
  return visit({parts_.categories[about->category], parts_.origins[line.origin].id, line.line}, part);
}

template <class Visit>
bool ImageLists::walk_slot(const Match& match, Exceptions& exceptions, Visit&& visit) const {
  std::array<matcher::Naming, 256> buffer;
  const auto count = parts_.lines.namings(match.number, buffer);
  if (!count) return true;  // the file of lines cannot be read: a decision does not hang on it
  const auto each_naming = [&](auto&& see) {
    for (std::size_t first = 0; first < *count; first += buffer.size()) {
      if (*count > buffer.size() && !parts_.lines.namings(match.number, buffer, first)) return true;
      for (std::size_t i = 0; i < std::min(*count - first, buffer.size()); ++i) {
        const Mark* about = mark(buffer[i].mark);
        if (about && in_scope(about->scope, match.flag) && !see(buffer[i], *about)) return false;
      }
    }
    return true;
  };
  const bool deep = match.kind == Match::Kind::Except;
  each_naming([&exceptions, deep](const matcher::Naming&, const Mark& about) {
    if (about.exception && (about.deep || !deep)) exceptions.add(about, Exceptions::Said::ByName);
    return true;
  });
  return each_naming([&](const matcher::Naming& naming, const Mark& about) {
    if (naming.origin >= parts_.origins.size()) return true;
    if (deep != (about.exception && about.deep)) return true;
    if (!about.exception && voided(about, Exceptions::Said::ByName, exceptions)) return true;
    const Part part = about.exception ? Part::Exception : Part::Listing;
    return visit({parts_.categories[about.category], parts_.origins[naming.origin].id, naming.line}, part);
  });
}

CategoryId ImageLists::category_of(const Match& match) const {
  switch (match.kind) {
    case Match::Kind::Slot:
    case Match::Kind::Except: break;
    case Match::Kind::Sign:
      return match.number == 0 || match.number > kUrlSigns ? CategoryId{} : parts_.signs[match.number - 1];
    case Match::Kind::Pattern: break;
    case Match::Kind::Term: {
      const std::uint32_t file = match.number >> Match::kTermLineBits;
      return file < parts_.term_marks.size() ? category(parts_.term_marks[file]) : CategoryId{};
    }
    case Match::Kind::Override: {
      const auto found = parts_.overrides.category_of(match.number);
      return found.value_or(CategoryId{});
    }
  }
  return {};
}

std::optional<Evidence> ImageLists::evidence_of(const Match& match, CategoryId id) const {
  if (!id) return std::nullopt;
  switch (match.kind) {
    case Match::Kind::Slot:
    case Match::Kind::Except: break;
    case Match::Kind::Sign: return Evidence{id, parts_.signs_id, match.number};
    case Match::Kind::Pattern: break;
    case Match::Kind::Term: {
      const std::uint32_t file = match.number >> Match::kTermLineBits;
      const std::uint32_t line = match.number & ((std::uint32_t{1} << Match::kTermLineBits) - 1);
      return Evidence{id, parts_.origins[parts_.term_origins[file]].id, line};
    }
    case Match::Kind::Override: return Evidence{id, parts_.overrides_id, match.number};
  }
  return std::nullopt;
}

Evidence ImageLists::evidence(const Classification& classification, CategoryId wanted) const noexcept {
  Evidence out;
  if (classification.generation != parts_.id || !classification.categories.contains(wanted)) return out;
  walk(classification, [&](const Evidence& found, Part part) {
    if (part == Part::Exception || found.category != wanted) return true;
    out = found;
    return false;
  });
  return out;
}

std::vector<Lists::Reason> ImageLists::reasons(const Classification& classification) const {
  std::vector<Reason> out;
  if (classification.generation != parts_.id) return out;
  walk(classification, [&](const Evidence& found, Part part) {
    const bool exception = part == Part::Exception;
    // What an exception or a longer name has put aside is no reason; the exception is.
    if (exception || classification.categories.contains(found.category))
      out.push_back({found.category, exception, part == Part::Undecided, describe(found)});
    return true;
  });
  return out;
}

std::vector<Lists::Line> ImageLists::lines(const Classification& classification) const {
  std::vector<Line> out;
  if (classification.generation != parts_.id) return out;
  walk(classification, [&](const Evidence& found, Part part) {
    if (part == Part::Exception || !classification.categories.contains(found.category)) return true;
    const auto origin = by_source_.find(found.source.value);
    std::string source = found.source == parts_.overrides_id ? "overrides"
                         : found.source == parts_.signs_id   ? "signs"
                                                             : "";
    if (origin != by_source_.end()) source = parts_.sources[parts_.origins[origin->second].source].name;
    out.push_back({std::move(source), found});
    return true;
  });
  return out;
}

EvidenceText ImageLists::describe(const Evidence& evidence) const {
  if (evidence.line != 0 && evidence.source == parts_.overrides_id) return describe_override(evidence.line);
  if (evidence.line != 0 && evidence.source == parts_.signs_id)
    return {.list = "signs",
            .version = "",
            .file = "signs",
            .line = evidence.line,
            .text = std::string(describe_sign(evidence.line))};
  EvidenceText out;
  out.line = evidence.line;
  const auto it = by_source_.find(evidence.source.value);
  if (it == by_source_.end()) return out;
  const Origin& origin = parts_.origins[it->second];
  const SourceManifest& source = parts_.sources[origin.source];
  out.list = source.name;
  out.version = source.version;
  out.file = origin.file;
  if (!parts_.texts) return out;
  if (const auto text = parts_.texts->read(source.name, source.id); text && origin.offset <= text->size())
    out.text = original_line(std::string_view(*text).substr(origin.offset, origin.bytes), evidence.line);
  return out;
}

EvidenceText ImageLists::describe_override(std::uint32_t number) const {
  const Override* about = parts_.overrides.by_number(number);
  return {.list = "overrides",
          .version = "",
          .file = "overrides",
          .line = number,
          .text = about ? categories::describe_override(*about) : ""};
}

Result<void> ImageLists::verify() const {
  CG_TRY_VOID(parts_.table.verify());
  return parts_.lines.verify();
}

std::vector<Lists::PatternReport> ImageLists::patterns(std::span<const std::string> urls) const {
  const std::vector<std::string_view> sample(urls.begin(), urls.end());
  const auto costs = matcher::measure_pattern_costs(parts_.patterns, sample);
  std::vector<PatternReport> out;
  for (std::size_t i = 0; i < parts_.patterns.size(); ++i) {
    const auto& pattern = parts_.patterns.pattern(i);
    const auto counts = parts_.patterns.counts(i);
    PatternReport& one = out.emplace_back();
    one.expression = pattern.expression;
    one.way = pattern.confirmed == matcher::Confirmed::No           ? "as written"
              : pattern.scan_mode == matcher::ScanMode::Approximate ? "approximate"
                                                                    : "core " + std::string(pattern.looked_for);
    one.scan_ns = costs[i].scan_ns;
    one.confirm_ns = costs[i].confirm_ns;
    one.hits = counts.hits;
    one.asked = counts.asked;
    one.undecided = counts.undecided;
    one.line_count = pattern.ids.size();
    for (const auto id : pattern.ids.first(std::min<std::size_t>(pattern.ids.size(), 3)))
      if (const auto& line = parts_.pattern_lines[id]; line.origin < parts_.origins.size()) {
        const Origin& origin = parts_.origins[line.origin];
        one.lines.push_back({.list = parts_.sources[origin.source].name,
                             .version = parts_.sources[origin.source].version,
                             .file = origin.file,
                             .line = line.line,
                             .text = ""});
      }
  }
  return out;
}

}  // namespace citygate::categories
