// image_lists.h - Lists over one compiled image and the overrides in force; private to categories/.
//
// What a set of marks means is worked out once, when the image is opened: a target whose names carry neither exceptions nor scopes, as nearly
// all, costs one look-up in that table per name.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>

#include "categories/exceptions.h"
#include "categories/image.h"
#include "categories/match.h"
#include "categories/search_terms.h"
#include "categories/url_signs.h"
#include "matcher/host_lines.h"
#include "matcher/host_table.h"
#include "matcher/pattern_set.h"

namespace citygate::categories {

class ImageLists final : public Lists {
 public:
  // One file of a source, as evidence names it.
  struct Origin {
    SourceId id;
    std::size_t source = 0;
    std::string file;
    std::uint64_t offset = 0, bytes = 0;
  };
  struct Parts {
    GenerationId id;
    matcher::HostTable table;
    matcher::HostLines lines;
    std::vector<CategoryId> categories;  // by their numbers in marks
    std::vector<Mark> marks;
    std::vector<SourceManifest> sources;
    std::vector<Origin> origins;
    OverrideIndex overrides;
    SourceId overrides_id, signs_id;
    std::array<CategoryId, kUrlSigns> signs{};  // 0 where the taxonomy has no such category
    matcher::PatternSet patterns;
    std::vector<matcher::Naming> pattern_lines;  // by their ids
    SearchTerms terms;
    std::vector<std::uint16_t> term_origins, term_marks;  // by the numbers of files in hits
    CategorySet strict;                                   // prohibited, threat, circumvention
    std::vector<std::string> protected_labels;            // that no expression closes anything below
    std::optional<SourceStore> texts;
    Status status;
  };
  explicit ImageLists(Parts parts);

  void classify(const Target& target, Workspace& workspace, Classification& out) const noexcept override;
  Evidence evidence(const Classification& classification, CategoryId wanted) const noexcept override;
  EvidenceText describe(const Evidence& evidence) const override;
  std::vector<Reason> reasons(const Classification& classification) const override;
  std::vector<PatternReport> patterns(std::span<const std::string> urls) const override;
  std::vector<Line> lines(const Classification& classification) const override;
  GenerationId id() const noexcept override { return parts_.id; }
  const Status& status() const noexcept override { return parts_.status; }
  Result<void> verify() const override;

 private:
  // A set of marks in the terms of a decision. `all` is what holds whatever the scope of the match.
  struct Meaning {
    CategorySet all;
    bool paths_below = false;
    bool deep = false;  // has a deep exception
    bool plain = true;  // nothing but whole-scope listings: `all` is the whole meaning
  };
  class Scan;

  [[nodiscard]] CategoryId category(std::uint16_t mark) const {
    return mark == 0 || mark > parts_.marks.size() ? CategoryId{} : parts_.categories[parts_.marks[mark - 1].category];
  }
  [[nodiscard]] const Mark* mark(std::uint16_t number) const {
    return number == 0 || number > parts_.marks.size() ? nullptr : &parts_.marks[number - 1];
  }
  [[nodiscard]] const Mark* mark_of_pattern(std::uint32_t id) const {
    return id < parts_.pattern_lines.size() ? mark(parts_.pattern_lines[id].mark) : nullptr;
  }
  // What a line is to a classification. Undecided: it took too long to tell whether its expression matches.
  enum class Part : std::uint8_t { Listing, Undecided, Exception };
  // Visits the lines behind the matches, the most specific first: visit(const Evidence&, Part) -> go on?
  template <class Visit>
  void walk(const Classification& classification, Visit&& visit) const;
  // Those of one match, which may add to the exceptions. False when the visitor stopped.
  template <class Visit>
  bool walk_pattern(const Match& match, Exceptions& exceptions, Visit&& visit) const;
  template <class Visit>
  bool walk_slot(const Match& match, Exceptions& exceptions, Visit&& visit) const;

  [[nodiscard]] bool voided(const Mark& listing, Exceptions::Said how, const Exceptions& exceptions) const {
    return !exceptions.none() &&
           exceptions.hold(listing, how, parts_.strict.contains(parts_.categories[listing.category]));
  }
  [[nodiscard]] bool below_protected_label(const Target& target) const;

  // What the match says by itself; Slot, Except, Pattern: nothing.
  [[nodiscard]] std::optional<Evidence> evidence_of(const Match& match, CategoryId category) const;
  [[nodiscard]] CategoryId category_of(const Match& match) const;
  [[nodiscard]] EvidenceText describe_override(std::uint32_t number) const;

  Parts parts_;
  std::vector<Meaning> meanings_;
  bool deep_ = false;  // some have
  std::map<std::uint32_t, std::size_t> by_source_;
};

}  // namespace citygate::categories
