#include "console/lists_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "categories/replaced_overrides.h"
#include "categories/tally.h"
#include "console/text_table.h"

namespace citygate::console {
namespace {

using namespace categories;
using enum TextTable::Align;

void append(std::vector<std::string>& out, const TextTable& table) {
  for (auto& line : table.lines()) out.push_back(std::move(line));
}

std::string signed_count(std::uint64_t count, char sign) {
  return count == 0 ? "-" : std::string(1, sign) + with_commas(count);
}

// "1 line", "2,000 lines".
std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", with_commas(count), what, count == 1 ? "" : "s");
}
std::string counted_entries(std::uint64_t count) {
  return fmt::format("{} {}", with_commas(count), count == 1 ? "entry" : "entries");
}

// "override 2", "end of override 2": which one came or went between two entries of the history.
std::string verb_text(const HistoryEntry& entry, const HistoryEntry* before) {
  if (entry.verb != "override" && entry.verb != "lapse") return entry.verb;
  const std::vector<std::uint32_t> none;
  const auto& was = before ? before->overrides : none;
  std::vector<std::uint32_t> came, went;
  std::ranges::set_difference(entry.overrides, was, std::back_inserter(came));
  std::ranges::set_difference(was, entry.overrides, std::back_inserter(went));
  if (came.empty() && went.empty()) return entry.verb;
  std::string out = came.empty() ? "" : fmt::format("override {}", fmt::join(came, ", "));
  if (!went.empty()) out += fmt::format("{}end of override {}", out.empty() ? "" : ", ", fmt::join(went, ", "));
  return out;
}

std::string examples_of(const std::vector<std::string>& examples, std::uint64_t count) {
  if (examples.empty()) return {};
  std::vector<std::string> shown = examples;
  for (auto& one : shown)
    if (one.starts_with('"')) one += '"';  // a phrase of searches; its item has no second one
  return fmt::format("{}{}", fmt::join(shown, ", "), count > shown.size() ? ", ..." : "");
}

// Whether `lists publish` would meet again what no person can confirm. What no one source answers for has stopped all
// that had changed, but for those that a share held back before.
bool stopped(const Publication& publication, const std::string& name) {
  const auto of_it = [&](const Finding& finding) { return finding.source == name; };
  const auto stops = [&](const Finding& finding) {
    return !finding.confirmable() && !finding.standing &&
           (finding.source == name ||
            std::ranges::find(publication.waiting, finding.source) == publication.waiting.end());
  };
  return std::ranges::any_of(publication.findings, [&](const Finding& one) { return stops(one) && of_it(one); }) ||
         (std::ranges::none_of(publication.findings, of_it) && std::ranges::any_of(publication.findings, stops));
}

// What a person can do about what waits.
std::vector<std::string> advice_lines(const Publication& publication) {
  std::vector<std::string> waiting, ready, fast, kept, out;
  bool from_before = false;
  for (const auto& name : publication.waiting) {
    const auto change = std::ranges::find(publication.changes, name, &SourceChange::source);
    const bool now = change != publication.changes.end();
    waiting.push_back(name);
    (now && stopped(publication, name) ? fast : ready).push_back(name);
    from_before = from_before || !now;
  }
  // A removal that is stopped leaves no version that waits.
  if (!publication.complete())
    for (const auto& change : publication.changes)
      if (change.to_version.empty() && stopped(publication, change.source)) kept.push_back(change.source);
  if (!kept.empty())
    out.push_back(
        fmt::format("not removed: {}; put right what is STOPPED, then remove it again", fmt::join(kept, ", ")));
  if (waiting.empty()) return out;
  out.push_back(fmt::format("waiting for a person: {}", fmt::join(waiting, ", ")));
  std::string line = "  `citygate lists diff` shows what would change,";
  if (!ready.empty()) {
    const std::string which = fast.empty() ? "" : fmt::format(" --source {}", fmt::join(ready, ","));
    out.push_back(fmt::format("{} `citygate lists publish{}` puts it in force{},", line, which,
                              from_before ? " unless the canary stops it" : ""));
    line = " ";
  }
  out.push_back(line + " `citygate lists publish --drop` forgets it");
  if (!fast.empty())
    out.push_back(
        fmt::format("  nobody can confirm what is STOPPED: put the list or the guard right, then "
                    "`citygate lists publish --source {}`",
                    fmt::join(fast, ",")));
  return out;
}

}  // namespace

std::string generation_text(GenerationId id) { return id ? fmt::format("{:016x}", id.value) : "none"; }

std::string moment_text(WallTime time) {
  if (time == WallTime::max()) return "never";
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::vector<std::string> import_lines(const ImportSummary& summary) {
  std::vector<std::string> out;
  out.push_back(
      fmt::format("source      {} ({}){}", summary.source, summary.version, summary.unchanged ? ", unchanged" : ""));
  if (summary.unchanged) return out;
  out.push_back(fmt::format("read        {}, {}, {}, {}", counted(summary.files, "file"),
                            counted(summary.lines, "line"), counted_entries(summary.entries),
                            counted(summary.duplicates, "duplicate")));
  if (!summary.categories.empty()) {
    TextTable table({{"category", Left}, {"hosts", Right}, {"paths, expressions", Right}});
    for (const auto& category : summary.categories)
      table.add({category.name, with_commas(category.hosts), with_commas(category.urls)});
    out.emplace_back();
    append(out, table);
  }
  if (!summary.unmapped.empty()) {
    out.emplace_back();
    out.push_back(fmt::format("unknown to the taxonomy, skipped: {}", fmt::join(summary.unmapped, ", ")));
  }
  if (summary.skipped.empty()) return out;
  out.emplace_back();
  out.emplace_back("not used:");
  for (const auto& skipped : summary.skipped) {
    out.push_back(fmt::format("  {}: {}", counted(skipped.lines, "line"), skipped.reason));
    for (const auto& example : skipped.examples)
      out.push_back(fmt::format("    {}:{}: {}", example.file, example.line, example.text));
  }
  return out;
}

std::string error_of(const std::string& source, const std::string& where, std::string text) {
  constexpr std::string_view kFileName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (const auto name = fmt::format("source '{}': ", source); text.starts_with(name)) text.erase(0, name.size());
  const std::string copy = fmt::format("/staging/{}/whole/", source);
  for (auto at = text.find(copy); at != std::string::npos && !where.empty();) {
    const auto blank = text.find_last_of(" '", at);
    const std::size_t begin = blank == std::string::npos ? 0 : blank + 1;
    const auto end = std::min(text.find_first_not_of(kFileName, at + copy.size()), text.size());
    text.replace(begin, end - begin, where);
    at = text.find(copy, begin + where.size());
  }
  return text;
}

std::vector<std::string> update_lines(const UpdateReport::Source& source, const Background& known) {
  using enum UpdateReport::Source::State;
  std::vector<std::string> out;
  switch (source.state) {
    case NotModified: out.push_back(fmt::format("source      {}: not modified", source.name)); break;
    case Held:
      out.push_back(
          fmt::format("source      {0}: held back by a rollback; `citygate lists update {0}` ends that", source.name));
      break;
    case Failed:
      out.push_back(fmt::format("source      {}: FAILED, {}: {}", source.name,
                                known.in_force ? "its last version stays" : "nothing of it is in force",
                                error_of(source.name, known.where, source.error)));
      break;
    case Read: out = import_lines(source.summary); break;
  }
  for (const auto& note : source.notes) out.push_back("            " + note);
  if (!known.waits) return out;
  out.push_back(fmt::format("            its version {} waits for a person, since {}:", known.waits->version,
                            known.waits->since));
  for (const auto& why : known.waits->why) out.push_back("            " + why);
  return out;
}

std::vector<std::string> standing_lines(const std::vector<Updater::Standing>& sources) {
  TextTable table({{"from", Left}, {"where", Left}, {"last asked", Left}, {"result", Left}, {"next", Left}});
  for (const auto& one : sources) {
    const auto& past = one.past;
    // One that was cancelled has neither failed nor brought anything.
    std::string result = !past.last_attempt   ? "-"
                         : past.failures == 0 ? past.last_success ? "good" : "not fetched yet"
                         : past.failures == 1 ? "failed once"
                                              : fmt::format("failed {} times", past.failures);
    table.add({one.name, one.where, past.last_attempt ? moment_text(*past.last_attempt) : "never", std::move(result),
               !one.updating.empty() ? "updating, " + one.updating
               : one.held            ? "held back"
               : one.enabled         ? moment_text(one.next)
                                     : "not enabled"});
  }
  auto out = table.lines();
  for (const auto& one : sources)
    if (!one.past.last_error.empty() && one.past.failures > 0)
      out.push_back(fmt::format("  {}: {}", one.name, error_of(one.name, one.where, one.past.last_error)));
  return out;
}

std::vector<std::string> change_lines(const std::vector<SourceChange>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) {
    if (!out.empty()) out.emplace_back();
    const std::string from = change.from_version.empty() ? "new" : change.from_version;
    const std::string to = change.to_version.empty() ? "gone" : change.to_version;
    out.push_back(fmt::format("{}: {} -> {}", change.source, from, to));
    out.push_back(fmt::format("  {}, {} added, {} removed", counted_entries(change.after), with_commas(change.added),
                              with_commas(change.removed)));
    if (!change.not_compared.empty()) out.push_back("  not compared: " + change.not_compared);
    if (change.categories.empty()) continue;
    TextTable table({{"  category", Left}, {"before", Right}, {"after", Right}, {"added", Right}, {"removed", Right}});
    for (const auto& category : change.categories)
      table.add({"  " + category.category, with_commas(category.before), with_commas(category.after),
                 signed_count(category.added, '+'), signed_count(category.removed, '-')});
    append(out, table);
    for (const auto& category : change.categories) {
      if (const auto text = examples_of(category.added_examples, category.added); !text.empty())
        out.push_back(fmt::format("  + {}: {}", category.category, text));
      if (const auto text = examples_of(category.removed_examples, category.removed); !text.empty())
        out.push_back(fmt::format("  - {}: {}", category.category, text));
    }
  }
  return out;
}

std::vector<std::string> publication_lines(const Publication& publication) {
  std::vector<std::string> out = change_lines(publication.changes);
  if (!out.empty()) out.emplace_back();
  for (const auto& finding : publication.findings) {
    const bool waits = std::ranges::find(publication.waiting, finding.source) != publication.waiting.end();
    const std::string_view word = finding.standing         ? "as before"
                                  : !finding.confirmable() ? "STOPPED"
                                  : waits                  ? "guard"
                                                           : "confirmed";
    out.push_back(fmt::format("{}: {}", word, finding.text));
  }
  if (publication.set_aside_count > 0) {
    out.push_back(fmt::format("set aside   {} {} that would close protected names; `lists status` counts them:",
                              with_commas(publication.set_aside_count),
                              publication.set_aside_count == 1 ? "entry" : "entries"));
    for (const auto& line :
         std::span(publication.set_aside).first(std::min<std::size_t>(5, publication.set_aside.size())))
      out.push_back("            " + line);
    if (publication.set_aside_count > 5) out.emplace_back("            ...");
    out.emplace_back();
  }
  if (publication.refused_count > 0) {
    out.push_back(fmt::format("refused     {} {} that cannot be compiled; `lists status --patterns` names them:",
                              with_commas(publication.refused_count),
                              publication.refused_count == 1 ? "expression" : "expressions"));
    for (const auto& line : std::span(publication.refused).first(std::min<std::size_t>(5, publication.refused.size())))
      out.push_back("            " + line);
    if (publication.refused_count > 5) out.emplace_back("            ...");
    out.emplace_back();
  }
  for (const auto& one : publication.too_large)
    out.push_back(fmt::format("STOPPED: source '{}' is left out: {}", one.source, one.why));
  const std::string now = generation_text(publication.generation);
  switch (publication.outcome) {
    using enum Publication::Outcome;
    case Unchanged: out.push_back(fmt::format("unchanged; generation {} is in force", now)); break;
    case InForce: out.push_back(fmt::format("published; generation {} is in force", now)); break;
    case Partly: out.push_back(fmt::format("published in part; generation {} is in force", now)); break;
    case Waiting:
    case Stopped: out.push_back(fmt::format("nothing was published; generation {} stays in force", now)); break;
  }
  for (auto& line : advice_lines(publication)) out.push_back(std::move(line));
  return out;
}

std::string drop_line(const std::vector<Waiting::Version>& dropped, GenerationId in_force) {
  std::vector<std::string> names;
  for (const auto& one : dropped) names.push_back(fmt::format("{} ({})", one.name, one.version));
  return fmt::format("dropped {}; generation {} stays in force", fmt::join(names, ", "), generation_text(in_force));
}

std::vector<std::string> removed_lines(std::string_view name, const Source* configured,
                                       const Publication& publication) {
  if (name == "starter")
    return {"note: the next start or reload takes them up again, unless the setting lists.starter is empty"};
  if (!configured || !configured->enabled || publication.outcome != Publication::Outcome::InForce) return {};
  return {fmt::format("warning: the sources file still has source '{}', and its next update brings it back",
                      configured->name),
          fmt::format("  to be rid of it, take [[source]] '{}' out of that file or set `enabled = false`, and reload",
                      configured->name)};
}

std::vector<std::string> waiting_lines(const Waiting& waiting) {
  std::vector<std::string> out;
  for (const auto& version : waiting.versions) {
    out.push_back(fmt::format("waiting     {} ({}), since {}", version.name, version.version, version.since));
    for (const auto& why : version.why) out.push_back("            " + why);
  }
  for (const auto& held : waiting.held)
    out.push_back(fmt::format("held        {0}, since {1}: {2}; fetching or importing {0} by name ends that", held.name,
                              held.since, held.why));
  return out;
}

std::vector<std::string> history_lines(const std::vector<HistoryEntry>& entries, std::size_t limit) {
  TextTable table({{"at", Left},
                   {"generation", Left},
                   {"what", Left},
                   {"entries", Right},
                   {"added", Right},
                   {"removed", Right},
                   {"by", Left},
                   {"why", Left}});
  const std::size_t shown = std::min(limit, entries.size());
  for (auto entry = entries.rbegin(); entry != entries.rbegin() + static_cast<std::ptrdiff_t>(shown); ++entry) {
    const auto before = std::next(entry);
    table.add({entry->at, generation_text(entry->generation),
               verb_text(*entry, before == entries.rend() ? nullptr : &*before), with_commas(entry->entries),
               signed_count(entry->added, '+'), signed_count(entry->removed, '-'), entry->author, entry->reason});
  }
  auto out = table.lines();
  if (shown < entries.size())
    out.push_back(fmt::format("{} earlier ones; --limit shows more", with_commas(entries.size() - shown)));
  return out;
}

std::vector<std::string> override_lines(const OverrideBook& book, WallTime now) {
  TextTable table(
      {{"number", Right}, {"host or URL", Left}, {"category", Left}, {"state", Left}, {"by", Left}, {"why", Left}});
  for (const auto& one : book.all) {
    const std::string end = moment_text(one.ends);
    std::string state = one.in_force(now) ? one.ends == WallTime::max() ? "in force" : "until " + end : "ended " + end;
    if (const auto by = categories::replacement_of(book, one); by != 0) state += fmt::format(", {} took its place", by);
    if (const auto by = categories::in_front_of(book, one, now); by != 0) state += fmt::format(", behind {}", by);
    table.add({std::to_string(one.number), one.what(), one.category, std::move(state), one.author, one.reason});
  }
  return table.lines();
}

std::vector<std::string> pattern_lines(std::vector<Lists::PatternReport> patterns) {
  const auto cost = [](const Lists::PatternReport& one) { return one.scan_ns + one.confirm_ns; };
  std::ranges::sort(patterns, std::ranges::greater(), cost);
  TextTable table({{"ns per URL", Right},
                   {"to scan", Right},
                   {"to confirm", Right},
                   {"hits", Right},
                   {"asked", Right},
                   {"undecided", Right},
                   {"carried out", Left},
                   {"first line", Left},
                   {"expression", Left}});
  for (const auto& one : patterns) {
    const std::string line =
        one.lines.empty() ? ""
                          : fmt::format("{} {}:{}{}", one.lines[0].list, one.lines[0].file, one.lines[0].line,
                                        one.line_count > 1 ? fmt::format(" and {} more", one.line_count - 1) : "");
    table.add({fmt::format("{:.1f}", cost(one)), fmt::format("{:.1f}", one.scan_ns),
               fmt::format("{:.1f}", one.confirm_ns), with_commas(one.hits), with_commas(one.asked),
               with_commas(one.undecided), categories::printable(one.way, 40), line,
               categories::printable(one.expression, 80)});
  }
  return table.lines();
}

std::string reason_line(const std::string& category, const Lists::Reason& reason) {
  const auto& text = reason.text;
  const std::string version = text.version.empty() ? "" : " " + text.version;
  return fmt::format("  {}{}: {}{}, {}:{}: {}{}", reason.exception ? "exception to " : "", category, text.list, version,
                     text.file, text.line, text.text,
                     reason.undecided ? " (takes too long to tell on this URL, and so counts as a match)" : "");
}

}  // namespace citygate::console
