// support.h - a small city with lists, for the tests of review.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/name_source.h"
#include "review/explain.h"

namespace citygate::review {

// Hosts by exact name, each found in a line of its own.
class FakeLists final : public categories::Lists {
 public:
  struct Entry {
    std::string host;
    CategoryId category;
  };
  FakeLists(std::vector<Entry> entries, GenerationId id) : entries_(std::move(entries)), id_(id) {}

  void classify(const Target& target, categories::Workspace&, categories::Classification& out) const noexcept override {
    out.clear();
    out.generation = id_;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].host != target.host) continue;
      out.categories.insert(entries_[i].category);
      out.matches[out.match_count++] = i;
    }
  }
  Evidence evidence(const categories::Classification& found, CategoryId category) const noexcept override {
    for (std::uint8_t i = 0; i < found.match_count; ++i)
      if (entries_[found.matches[i]].category == category) return {category, SourceId{1}, found.matches[i] + 1};
    return {category, SourceId{}, 0};
  }
  categories::EvidenceText describe(const Evidence& evidence) const override {
    return {"ut1", "2026-11-01", "some/domains", evidence.line, entries_.at(evidence.line - 1).host};
  }
  std::vector<Reason> reasons(const categories::Classification&) const override { return {}; }
  GenerationId id() const noexcept override { return id_; }
  const Status& status() const noexcept override { return status_; }

 private:
  std::vector<Entry> entries_;
  GenerationId id_;
  Status status_;
};

class FakeUsage final : public UsageView {
 public:
  Usage used(QuotaId quota, std::int32_t, WallTime) const noexcept override {
    const auto found = today.find(quota);
    return found == today.end() ? Usage{} : found->second;
  }
  std::map<QuotaId, Usage> today;
};

struct World {
  MemoryNames names;
  Problems problems;
  std::optional<categories::Taxonomy> taxonomy;
  std::shared_ptr<const policy::Directory> people;
  policy::Rulebook::Loaded loaded;
  std::optional<FakeLists> lists;
  FakeUsage usage;
  policy::StandingTable standing;

  World();
  [[nodiscard]] Sources sources() const { return {*lists, *taxonomy, *loaded.rules, *loaded.grants, *people, standing}; }
  [[nodiscard]] Explanation ask(std::string_view person, std::string_view what, std::string_view at) const;
  [[nodiscard]] CategoryId category(std::string_view name) const { return taxonomy->find(name)->id; }
};

}  // namespace citygate::review
