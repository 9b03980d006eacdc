// lists_text.h - what `citygate lists` says, for people. Pure functions of what the store answers.
#pragma once

#include <string>
#include <vector>

#include "categories/list_store.h"
#include "categories/updater.h"

namespace citygate::console {

[[nodiscard]] std::string generation_text(GenerationId id);  // "none" for 0
// "2026-11-30T12:00:00Z"; "never" for the end of time.
[[nodiscard]] std::string moment_text(WallTime time);

// Each gives the lines to print.
[[nodiscard]] std::vector<std::string> import_lines(const categories::ImportSummary& summary);
// What else is known of a source when an update has ended.
struct Background {
  std::string where;                                    // its URL or path, to be shown
  bool in_force = false;                                // a version of it is
  const categories::Waiting::Version* waits = nullptr;  // one that an earlier change left waiting
};
[[nodiscard]] std::vector<std::string> update_lines(const categories::UpdateReport::Source& source,
                                                    const Background& known);
// An error of a source, for a place that names the source already: with `where` for the copy in staging that was read.
[[nodiscard]] std::string error_of(const std::string& source, const std::string& where, std::string text);
// Where each source of the sources file stands: asked when, with what result, and when next.
[[nodiscard]] std::vector<std::string> standing_lines(const std::vector<categories::Updater::Standing>& sources);
[[nodiscard]] std::vector<std::string> change_lines(const std::vector<categories::SourceChange>& changes);
// What became of a change, and what a person can do next.
[[nodiscard]] std::vector<std::string> publication_lines(const categories::Publication& publication);
[[nodiscard]] std::string drop_line(const std::vector<categories::Waiting::Version>& dropped, GenerationId in_force);
// What a person must know who removed a source that comes back: one that the sources file has (null: it has none), and the lists
// that ship.
[[nodiscard]] std::vector<std::string> removed_lines(std::string_view name, const categories::Source* configured,
                                                     const categories::Publication& publication);
[[nodiscard]] std::vector<std::string> waiting_lines(const categories::Waiting& waiting);
[[nodiscard]] std::vector<std::string> history_lines(const std::vector<categories::HistoryEntry>& entries,
                                                     std::size_t limit);
[[nodiscard]] std::vector<std::string> override_lines(const categories::OverrideBook& book, WallTime now);
// The dearest first.
[[nodiscard]] std::vector<std::string> pattern_lines(std::vector<categories::Lists::PatternReport> patterns);
[[nodiscard]] std::string reason_line(const std::string& category, const categories::Lists::Reason& reason);

}  // namespace citygate::console
