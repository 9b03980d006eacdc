#include "console/lists_json.h"

#include <nlohmann/json.hpp>

#include "categories/replaced_overrides.h"

namespace citygate::console {
namespace {

using namespace categories;
using Json = nlohmann::ordered_json;

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of(const SourceChange& change) {
  Json categories = Json::array();
  for (const auto& one : change.categories)
    categories.push_back({{"category", one.category},
                          {"before", one.before},
                          {"after", one.after},
                          {"added", one.added},
                          {"removed", one.removed},
                          {"added_examples", one.added_examples},
                          {"removed_examples", one.removed_examples}});
  return {{"source", change.source},
          {"from", change.from_version},
          {"to", change.to_version},
          {"before", change.before},
          {"after", change.after},
          {"added", change.added},
          {"removed", change.removed},
          {"not_compared", change.not_compared},
          {"categories", std::move(categories)}};
}

std::string_view word_of(Publication::Outcome outcome) {
  switch (outcome) {
    case Publication::Outcome::Unchanged: return "unchanged";
    case Publication::Outcome::InForce: return "in-force";
    case Publication::Outcome::Partly: return "partly";
    case Publication::Outcome::Waiting: return "waiting";
    case Publication::Outcome::Stopped: return "stopped";
  }
  return "";
}

std::string_view word_of(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::Loss: return "loss";
    case Finding::Kind::Gain: return "gain";
    case Finding::Kind::Protected: return "protected";
    case Finding::Kind::MustAllow: return "must-allow";
    case Finding::Kind::MustBlock: return "must-block";
  }
  return "";
}

Json json_of(const Override& about, WallTime now) {
  return {{"number", about.number},
          {"host", about.host},
          {"path", about.path},
          {"category", about.category},
          {"author", about.author},
          {"reason", about.reason},
          {"made", moment_text(about.made)},
          {"ends", moment_text(about.ends)},
          {"in_force", about.in_force(now)}};
}

}  // namespace

namespace {

Json json_of(const ImportSummary& summary) {
  Json categories = Json::array(), skipped = Json::array();
  for (const auto& one : summary.categories)
    categories.push_back({{"category", one.name}, {"hosts", one.hosts}, {"paths", one.urls}});
  for (const auto& one : summary.skipped) {
    Json examples = Json::array();
    for (const auto& example : one.examples)
      examples.push_back({{"file", example.file}, {"line", example.line}, {"text", example.text}});
    skipped.push_back({{"reason", one.reason}, {"lines", one.lines}, {"examples", std::move(examples)}});
  }
  return {{"source", summary.source},         {"version", summary.version},
          {"unchanged", summary.unchanged},   {"files", summary.files},
          {"lines", summary.lines},           {"entries", summary.entries},
          {"duplicates", summary.duplicates}, {"categories", std::move(categories)},
          {"unmapped", summary.unmapped},     {"skipped", std::move(skipped)}};
}

Json json_of(const Waiting::Version& one) {
  return {{"name", one.name}, {"version", one.version}, {"since", one.since}, {"why", one.why}};
}

Json moment(const std::optional<WallTime>& time) {
  return time && *time != WallTime::max() ? Json(moment_text(*time)) : Json(nullptr);
}

}  // namespace

std::string import_json(const ImportSummary& summary) { return dump(json_of(summary)); }

std::string update_json(const UpdateReport::Source& source, const Background& known) {
  using enum UpdateReport::Source::State;
  Json out = source.state == Read ? json_of(source.summary) : Json{{"source", source.name}};
  out["state"] = source.state == Read          ? "read"
                 : source.state == NotModified ? "not-modified"
                 : source.state == Held        ? "held"
                                               : "failed";
  out["error"] = error_of(source.name, known.where, source.error);
  out["notes"] = source.notes;
  out["waits"] = known.waits ? json_of(*known.waits) : Json(nullptr);
  return dump(out);
}

std::string drop_json(const std::vector<Waiting::Version>& dropped, GenerationId in_force) {
  Json versions = Json::array();
  for (const auto& one : dropped) versions.push_back(json_of(one));
  return dump({{"dropped", std::move(versions)}, {"generation", generation_text(in_force)}});
}

std::string publication_json(const Publication& publication) {
  Json changes = Json::array(), findings = Json::array(), too_large = Json::array();
  for (const auto& change : publication.changes) changes.push_back(json_of(change));
  for (const auto& one : publication.findings)
    findings.push_back({{"guard", word_of(one.kind)},
                        {"source", one.source},
                        {"confirmable", one.confirmable()},
                        {"standing", one.standing},
                        {"text", one.text}});
  for (const auto& one : publication.too_large) too_large.push_back({{"source", one.source}, {"why", one.why}});
  return dump({{"outcome", word_of(publication.outcome)},
               {"generation", generation_text(publication.generation)},
               {"waiting", publication.waiting},
               {"findings", std::move(findings)},
               {"set_aside_count", publication.set_aside_count},
               {"set_aside", publication.set_aside},
               {"refused_count", publication.refused_count},
               {"refused", publication.refused},
               {"too_large", std::move(too_large)},
               {"changes", std::move(changes)}});
}

std::vector<std::string> change_json(const std::vector<SourceChange>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) out.push_back(dump(json_of(change)));
  return out;
}

std::vector<std::string> pattern_json(const std::vector<Lists::PatternReport>& patterns) {
  std::vector<std::string> out;
  for (const auto& one : patterns) {
    Json lines = Json::array();
    for (const auto& line : one.lines) lines.push_back({{"list", line.list}, {"file", line.file}, {"line", line.line}});
    out.push_back(dump({{"expression", one.expression},
                        {"way", one.way},
                        {"scan_ns", one.scan_ns},
                        {"confirm_ns", one.confirm_ns},
                        {"hits", one.hits},
                        {"asked", one.asked},
                        {"undecided", one.undecided},
                        {"line_count", one.line_count},
                        {"lines", std::move(lines)}}));
  }
  return out;
}

std::string history_json(const HistoryEntry& entry) {
  Json sources = Json::array();
  for (const auto& one : entry.sources)
    sources.push_back({{"name", one.name}, {"id", one.id}, {"version", one.version}});
  return dump({{"at", entry.at},
               {"generation", generation_text(entry.generation)},
               {"image", entry.image},
               {"verb", entry.verb},
               {"author", entry.author},
               {"reason", entry.reason},
               {"entries", entry.entries},
               {"added", entry.added},
               {"removed", entry.removed},
               {"overrides", entry.overrides},
               {"sources", std::move(sources)}});
}

std::string override_json(const OverrideBook& book, const Override& about, WallTime now) {
  Json json = json_of(about, now);
  const auto number = [](std::uint32_t one) { return one == 0 ? Json() : Json(one); };
  json["replaced_by"] = number(categories::replacement_of(book, about));
  json["behind"] = number(categories::in_front_of(book, about, now));
  return dump(json);
}

std::string override_change_json(const Override& about, const std::vector<Override>& replaced,
                                 const std::vector<Override>& behind, const std::string& note, GenerationId generation,
                                 WallTime now) {
  Json json = json_of(about, now);
  json["generation"] = generation_text(generation);
  json["ended"] = Json::array();
  for (const auto& one : replaced) json["ended"].push_back(one.number);
  json["behind_it"] = Json::array();
  for (const auto& one : behind) json["behind_it"].push_back(one.number);
  json["notes"] = note.empty() ? Json::array() : Json::array({note});
  return dump(json);
}

std::string status_json(const Lists::Status& status, const Waiting& waiting,
                        const std::vector<Updater::Standing>& standing, const CategoryName& category) {
  Json sources = Json::array(), categories = Json::object(), versions = Json::array(), held = Json::array();
  Json asked = Json::array();
  for (const auto& one : status.sources)
    sources.push_back({{"name", one.name},
                       {"version", one.version},
                       {"imported", one.imported},
                       {"entries", one.entries},
                       {"not_understood", one.not_understood}});
  for (const auto& [id, entries] : status.categories) categories[category(id)] = entries;
  for (const auto& one : waiting.versions) versions.push_back(json_of(one));
  for (const auto& one : waiting.held) held.push_back({{"name", one.name}, {"since", one.since}, {"why", one.why}});
  for (const auto& one : standing)
    asked.push_back({{"name", one.name},
                     {"where", one.where},
                     {"enabled", one.enabled},
                     {"held", one.held},
                     {"updating", one.updating},
                     {"last_attempt", moment(one.past.last_attempt)},
                     {"last_success", moment(one.past.last_success)},
                     {"failures", one.past.failures},
                     {"last_error", error_of(one.name, one.where, one.past.last_error)},
                     {"next", moment(one.next)}});
  return dump({{"generation", generation_text(status.id)},
               {"image", status.image},
               {"built", status.built},
               {"entries", status.entries},
               {"names", status.names},
               {"patterns", status.patterns},
               {"mapped_bytes", status.mapped_bytes},
               {"overrides", status.overrides.size()},
               {"set_aside_count", status.set_aside_count},
               {"set_aside", status.set_aside},
               {"refused_count", status.refused_count},
               {"refused", status.refused},
               {"sources", std::move(sources)},
               {"categories", std::move(categories)},
               {"standing", std::move(asked)},
               {"waiting", std::move(versions)},
               {"held", std::move(held)}});
}

std::string lookup_json(const std::string& target, GenerationId generation, const CategorySet& categories,
                        const std::vector<Lists::Reason>& reasons, const CategoryName& category) {
  Json names = Json::array(), why = Json::array();
  categories.for_each([&](CategoryId id) { names.push_back(category(id)); });
  for (const auto& reason : reasons)
    why.push_back({{"category", category(reason.category)},
                   {"exception", reason.exception},
                   {"undecided", reason.undecided},
                   {"list", reason.text.list},
                   {"version", reason.text.version},
                   {"file", reason.text.file},
                   {"line", reason.text.line},
                   {"text", reason.text.text}});
  return dump({{"target", target},
               {"generation", generation_text(generation)},
               {"categories", std::move(names)},
               {"reasons", std::move(why)}});
}

}  // namespace citygate::console
