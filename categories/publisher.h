// publisher.h - takes changed sources from what is kept to what is in force; private to categories/.
//
//   changes ─▶ diff, shares ─▶ build images/<id>.new ─▶ verify, protected names, canary ─▶ rename ─▶ current, history
//      ▲                                    │
//      └──── without the sources at fault ◀─┘
//
// Thread    one, under the store's lock.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "categories/digest.h"
#include "categories/guards.h"
#include "categories/image.h"
#include "categories/list_store.h"
#include "categories/protected_store.h"

namespace citygate::categories {

class Publisher {
 public:
  Publisher(std::filesystem::path lists, const Taxonomy& taxonomy, NameSource& names)
      : lists_(std::move(lists)),
        taxonomy_(taxonomy),
        names_(names),
        sources_(lists_),
        history_(lists_),
        protected_(lists_) {}

  // What differs from the sources in force: another version, or nothing for one that goes.
  using Changes = std::map<std::string, std::optional<SourceManifest>>;
  // Waiting versions are written to waiting.json, those in force released from it; so are the sources `as_they_are`, whose newest
  // version is in force already. An error may come after the change has been made.
  [[nodiscard]] Result<Publication> publish(Changes changes, const Change& change, std::string_view verb,
                                            const Progress& progress, const std::vector<std::string>& as_they_are = {});
  // Puts exactly this image with the overrides of now in force, building it with the names protected now if it is no more; no guard is
  // asked. The sources are read only for building. Guarded: an image that was compiled when other names were protected will not do.
  enum class Image : std::uint8_t { AsItIs, Guarded };
  [[nodiscard]] Result<GenerationId> put(HistoryEntry entry, Image image);
  // What is in force: by `current`; where that is lost or damaged, by the end of the history; without that, by the newest image.
  [[nodiscard]] Result<std::optional<HistoryEntry>> entry_in_force() const;

  // Of one that is lost: what the image says of it, or the little that the history does. Its text is missed where it is needed.
  [[nodiscard]] std::vector<SourceManifest> manifests(const HistoryEntry& entry) const;
  [[nodiscard]] Result<std::vector<SourceManifest>> sources_in_force() const;
  // A damaged version must not keep a sound one from its place: where one cannot be read, not_compared says why.
  [[nodiscard]] SourceChange change_of(const SourceManifest* before, const SourceManifest* after) const;
  [[nodiscard]] Result<std::vector<Override>> overrides_in_force() const;
  [[nodiscard]] Result<std::shared_ptr<const Lists>> open(const std::filesystem::path& directory,
                                                          std::vector<Override> overrides,
                                                          std::optional<GenerationId> as = std::nullopt) const;
  [[nodiscard]] ProtectedNames guarded() const { return {rules.protected_hosts, taxonomy_}; }
  // What `build` tells, and of which sources (image.h).
  struct Watch {
    SeeItem see = {};
    std::set<std::string> changed = {};
    std::string* answers = nullptr;
  };
  // Builds into `to` and puts it there whole.
  [[nodiscard]] Result<void> build(const std::vector<SourceManifest>& sources, const ProtectedNames& guarded,
                                   const std::filesystem::path& to, const Watch& watch);
  // Takes away what neither of the two kept images, nor the history, nor a waiting version needs. A failure costs disk space alone.
  void sweep() const;

  [[nodiscard]] std::filesystem::path image(std::string_view id) const { return lists_ / "images" / id; }
  [[nodiscard]] std::filesystem::path waiting_file() const { return lists_ / "waiting.json"; }
  [[nodiscard]] std::filesystem::path overrides_file() const { return lists_ / "overrides.json"; }
  [[nodiscard]] SourceStore& sources() { return sources_; }
  [[nodiscard]] const SourceStore& sources() const { return sources_; }
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] const ProtectedStore& protected_names() const { return protected_; }
  [[nodiscard]] const Taxonomy& taxonomy() const { return taxonomy_; }
  [[nodiscard]] NameSource& names() const { return names_; }
  [[nodiscard]] WallTime now() const { return clock->now(); }
  [[nodiscard]] std::string now_text() const { return utc_text(now()); }

  GuardRules rules;
  const Clock* clock = nullptr;  // set by the store

 private:
  struct Candidate {
    std::vector<SourceManifest> sources;
    std::string id;
    std::uint64_t entries = 0, set_aside_count = 0, refused_count = 0;
    std::vector<std::string> set_aside, refused;
    std::vector<Finding> findings;
  };
  // In force while a change is tried.
  struct Base {
    std::vector<SourceManifest> sources;
    std::string image;   // what a candidate is compared with; "" where none can be used
    bool stale = false;  // that one is damaged, or of other protected names, and compile_base() was not tried yet
    std::vector<Override> overrides;
  };
  // TooLarge: `answers` is the source that it is about. Compiles the base as well where the image in force leaves in doubt who is at
  // fault.
  [[nodiscard]] Result<Candidate> try_image(Base& base, const Changes& changes, const Change& change,
                                            const Progress& progress, std::string& answers);
  [[nodiscard]] Result<void> compile_base(Base& base, const Progress& progress);
  // `opened`: null where it has seen nothing.
  [[nodiscard]] std::vector<Finding> judge(const Base& base, const Lists& next, const OpenedNames* opened,
                                           const Changes& changes) const;
  [[nodiscard]] Result<void> put_candidate(const Candidate& next, const Base& base, const Changes& changes,
                                           const Change& change, std::string_view verb, Publication& out) const;
  void judge_shares(const std::vector<SourceManifest>& base, Changes& changes, const Change& change, Publication& out,
                    Changes& held) const;
  // The image in force. OtherNames: compiled when these were protected.
  enum class Usable : std::uint8_t { None, Damaged, OtherNames, AsItIs };
  [[nodiscard]] Usable usable(const std::optional<HistoryEntry>& entry) const;
  [[nodiscard]] Result<void> write_waiting(const std::vector<std::string>& released, const Changes& held,
                                           const Publication& out) const;

  const std::filesystem::path lists_;
  const Taxonomy& taxonomy_;
  NameSource& names_;
  SourceStore sources_;
  History history_;
  ProtectedStore protected_;
};

// `base` with `changes`, by name.
[[nodiscard]] std::vector<SourceManifest> with_changes(const std::vector<SourceManifest>& base,
                                                       const Publisher::Changes& changes);

}  // namespace citygate::categories
