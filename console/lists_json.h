// lists_json.h - what `citygate lists` says, for programs: one JSON object a line. nlohmann/json stays behind lists_json.cc.
#pragma once

#include <string>
#include <vector>

#include "categories/list_store.h"
#include "categories/updater.h"
#include "console/lists_text.h"

namespace citygate::console {

[[nodiscard]] std::string import_json(const categories::ImportSummary& summary);
[[nodiscard]] std::string update_json(const categories::UpdateReport::Source& source, const Background& known);
[[nodiscard]] std::string drop_json(const std::vector<categories::Waiting::Version>& dropped, GenerationId in_force);
[[nodiscard]] std::string publication_json(const categories::Publication& publication);
[[nodiscard]] std::vector<std::string> change_json(const std::vector<categories::SourceChange>& changes);
[[nodiscard]] std::vector<std::string> pattern_json(const std::vector<categories::Lists::PatternReport>& patterns);
[[nodiscard]] std::string history_json(const categories::HistoryEntry& entry);
// One of the book.
[[nodiscard]] std::string override_json(const categories::OverrideBook& book, const categories::Override& about,
                                        WallTime now);
// One that was made, or ended; `replaced`: what ended because it was made, `behind`: what holds again when it has ended.
// `note`: "" for none.
[[nodiscard]] std::string override_change_json(const categories::Override& about,
                                               const std::vector<categories::Override>& replaced,
                                               const std::vector<categories::Override>& behind, const std::string& note,
                                               GenerationId generation, WallTime now);
// `category` names a category's number.
using CategoryName = std::function<std::string(CategoryId)>;
[[nodiscard]] std::string status_json(const categories::Lists::Status& status, const categories::Waiting& waiting,
                                      const std::vector<categories::Updater::Standing>& standing,
                                      const CategoryName& category);
[[nodiscard]] std::string lookup_json(const std::string& target, GenerationId generation, const CategorySet& categories,
                                      const std::vector<categories::Lists::Reason>& reasons,
                                      const CategoryName& category);

}  // namespace citygate::console
