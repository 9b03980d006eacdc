#include "categories/image_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/matching_form.h"
#include "categories/entries.h"
#include "categories/workspace.h"

namespace citygate::categories {
namespace {

constexpr std::size_t kMaxNames = 16;  // listed names among one host's suffixes
constexpr std::size_t kMaxPaths = 8;   // listed prefixes of one URL below one name

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
      }
    }
  }
  for (std::size_t i = 0; i < parts_.origins.size(); ++i) by_source_.emplace(parts_.origins[i].id.value, i);
}

// One pass over what was found, the most specific first. An exception meets what its source says of the same and of less specific names
// after it.
class ImageLists::Scan {
 public:
  Scan(const ImageLists& lists, Workspace::Parts& work, Classification& out) noexcept
      : lists_(lists), work_(work), out_(out) {}

  void names(const Target& target) noexcept {
    std::array<matcher::NameHit, kMaxNames> hits;
    const auto walk = target.address ? matcher::HostTable::Walk::Exact : matcher::HostTable::Walk::Suffixes;
    const std::size_t count = lists_.parts_.table.find(target.host, walk, hits);
    bool named = false;
    for (std::size_t i = 0; i < count; ++i) {
      const matcher::NameHit& hit = hits[i];
      const bool whole = hit.labels_off == 0;
      if (lists_.meanings_[hit.set].paths_below && !target.path.empty()) paths(target, hit, whole);
      CategorySet here = take(hit, whole);
      if (here.empty()) continue;
      if (named) here &= lists_.parts_.strict;
      named = true;
      out_.categories |= here;
    }
  }

 private:
  void paths(const Target& target, const matcher::NameHit& name, bool whole) noexcept {
    std::array<matcher::NameHit, kMaxPaths> hits;
    const std::size_t count = lists_.parts_.table.find_paths(name, matching_path(target.path, work_.path), hits);
    for (std::size_t i = 0; i < count; ++i) out_.categories |= take(hits[i], whole);
  }

  // What the hit's set says here and now; the hit becomes a match when it says anything.
  CategorySet take(const matcher::NameHit& hit, bool whole) noexcept {
    const Meaning& meaning = lists_.meanings_[hit.set];
    CategorySet here = meaning.all;
    bool exceptions = false;
    if (!meaning.plain || voided_ != 0) {
      here = {};
      const auto numbers = lists_.parts_.table.marks(hit.set);
      for (const auto number : numbers)
        if (const Mark* about = lists_.mark(number); about && about->exception && in_scope(about->scope, whole)) {
          voided_ |= std::uint64_t{1} << about->source;
          exceptions = true;
        }
      for (const auto number : numbers)
        if (const Mark* about = lists_.mark(number);
            about && !about->exception && in_scope(about->scope, whole) && (voided_ >> about->source & 1) == 0)
          here.insert(lists_.category(number));
    }
    if (!here.empty() || exceptions) push({Match::Kind::Slot, whole, hit.slot});
    return here;
  }

  void push(const Match& match) noexcept {
    if (out_.match_count < Classification::kMaxMatches) out_.matches[out_.match_count++] = match.packed();
  }

  const ImageLists& lists_;
  Workspace::Parts& work_;
  Classification& out_;
  std::uint64_t voided_ = 0;  // bit s: source s has an exception here
};

void ImageLists::classify(const Target& target, Workspace& workspace, Classification& out) const noexcept {
  out.clear();
  out.generation = parts_.id;
  if (const auto found = parts_.overrides.find(target)) {
    out.categories.insert(found->category);
    out.matches[out.match_count++] = Match{Match::Kind::Override, false, found->number}.packed();
    return;
  }
  Scan(*this, workspace.parts(), out).names(target);
}

template <class Visit>
void ImageLists::walk(const Classification& classification, Visit&& visit) const {
  std::uint64_t voided = 0;
  for (std::size_t i = 0; i < classification.match_count; ++i) {
    const Match match = Match::of(classification.matches[i]);
    if (match.kind != Match::Kind::Slot) continue;
    const auto namings = parts_.table.namings(match.number);
    for (const auto& naming : namings)
      if (const Mark* about = mark(naming.mark); about && about->exception && in_scope(about->scope, match.whole))
        voided |= std::uint64_t{1} << about->source;
    for (const auto& naming : namings) {
      const Mark* about = mark(naming.mark);
      if (!about || !in_scope(about->scope, match.whole)) continue;
      const bool holds = !about->exception && (voided >> about->source & 1) == 0;
      if (!visit(naming, *about, holds)) return;
    }
  }
}

Evidence ImageLists::evidence_of(const matcher::Naming& naming, CategoryId category) const {
  if (naming.origin >= parts_.origins.size()) return {};
  return {.category = category, .source = parts_.origins[naming.origin].id, .line = naming.line};
}

Evidence ImageLists::evidence(const Classification& classification, CategoryId wanted) const noexcept {
  if (classification.generation != parts_.id || !classification.categories.contains(wanted)) return {};
  for (std::size_t i = 0; i < classification.match_count; ++i) {
    const Match match = Match::of(classification.matches[i]);
    if (match.kind == Match::Kind::Override)
      return {.category = wanted, .source = parts_.overrides_id, .line = match.number};
  }
  Evidence out;
  walk(classification, [&](const matcher::Naming& naming, const Mark& about, bool holds) {
    if (!holds || parts_.categories[about.category] != wanted) return true;
    out = evidence_of(naming, wanted);
    return false;
  });
  return out;
}

std::vector<Lists::Reason> ImageLists::reasons(const Classification& classification) const {
  std::vector<Reason> out;
  if (classification.generation != parts_.id) return out;
  for (std::size_t i = 0; i < classification.match_count; ++i) {
    const Match match = Match::of(classification.matches[i]);
    if (match.kind != Match::Kind::Override) continue;
    classification.categories.for_each(
        [&](CategoryId id) { out.push_back({id, false, describe_override(match.number)}); });
  }
  walk(classification, [&](const matcher::Naming& naming, const Mark& about, bool holds) {
    if (holds || about.exception) {
      const CategoryId id = parts_.categories[about.category];
      out.push_back({id, about.exception, describe(evidence_of(naming, id))});
    }
    return true;
  });
  return out;
}

EvidenceText ImageLists::describe(const Evidence& evidence) const {
  if (evidence.line != 0 && evidence.source == parts_.overrides_id) return describe_override(evidence.line);
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

Result<void> ImageLists::verify() const { return {}; }

}  // namespace citygate::categories
