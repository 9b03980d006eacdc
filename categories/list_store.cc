#include "categories/list_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include "base/file.h"
#include "categories/category_map.h"
#include "categories/digest.h"
#include "categories/directories.h"
#include "categories/entries.h"
#include "categories/kept_file.h"
#include "categories/match.h"
#include "categories/normalise.h"
#include "categories/override_reach.h"
#include "categories/publisher.h"
#include "categories/replaced_overrides.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr int kLoadAgain = 10;
// A change waits so long for another: a reload that takes up an override holds the lock for milliseconds.
constexpr int kLockTries = 250;
constexpr std::chrono::milliseconds kLockPause(20);

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos; }

// `error`, after what was written before it has been taken back.
std::unexpected<Error> undone(KeptFile& before, Error error) {
  if (const auto back = before.bring_back(); !back)
    error.context += "; nor could this be undone: " + back.error().context;
  return std::unexpected(std::move(error));
}

class Store final : public ListStore {
 public:
  Store(fs::path directory, const Taxonomy& taxonomy, NameSource& names)
      : directory_(directory), publisher_(std::move(directory), taxonomy, names) {
    publisher_.clock = &system_clock_;
  }

  void set_clock(const Clock& clock) override { publisher_.clock = &clock; }
  void set_guards(GuardRules rules) override {
    std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
  }
  Result<UpdateSummary> update(const std::vector<ImportRequest>& requests, const Change& change, std::string_view verb,
                               const Progress& progress) override;
  Result<Publication> remove(std::string_view source, const Change& change) override;
  Result<Publication> publish_waiting(const std::vector<std::string>& sources, const Change& change) override;
  Result<void> drop_waiting(const std::vector<std::string>& sources) override;
  Result<Waiting> waiting() const override { return Waiting::read(publisher_.waiting_file()); }
  Result<Publication> rollback(GenerationId to, const Change& change) override;
  Result<Override> add_override(Override made, const Change& change) override;
  Result<Override> end_override(std::uint32_t number, const Change& change) override;
  Result<OverrideBook> overrides() const override { return OverrideBook::read(publisher_.overrides_file()); }
  Result<std::vector<HistoryEntry>> history() const override { return publisher_.history().all(); }
  Result<std::vector<SourceChange>> diff(GenerationId from, GenerationId to) const override;
  Result<std::shared_ptr<const Lists>> lists_of(GenerationId generation) override;
  Result<EvidenceText> describe(GenerationId generation, const Evidence& evidence) const override;
  Result<std::shared_ptr<const Lists>> load_current(std::string& warning) override;

  [[nodiscard]] Result<void> mend() const { return publisher_.history().mend(); }

 private:
  // Held while something is changed; the guards of this moment hold for all of it.
  [[nodiscard]] Result<UniqueFd> begin(std::string_view what, int tries = kLockTries);
  // Reads one source into the store. `fresh`: its content is not that in force.
  [[nodiscard]] Result<ImportSummary> take(const ImportRequest& request, const std::vector<SourceManifest>& in_force,
                                           const Progress& progress, std::optional<SourceManifest>& fresh);
  [[nodiscard]] Result<HistoryEntry> find(GenerationId generation) const;
  // The sources that went or have another version first, then those that came.
  [[nodiscard]] std::vector<SourceChange> differences(const std::vector<SourceManifest>& before,
                                                      const std::vector<SourceManifest>& after) const;
  [[nodiscard]] Result<std::vector<Waiting::Version>> waiting_of(const Waiting& waiting,
                                                                 const std::vector<std::string>& sources) const;
  // Images that might be used: the one in force, then those that have been, the newest first, then others.
  [[nodiscard]] std::vector<std::string> candidates(const std::string& current) const;
  [[nodiscard]] Result<std::shared_ptr<const Lists>> open_verified(const std::string& id,
                                                                   std::vector<Override> overrides);
  [[nodiscard]] Result<void> put_overrides(const OverrideBook& book, const Change& change);
  [[nodiscard]] Result<void> take_up_overrides(const HistoryEntry& current, const OverrideBook& book);
  [[nodiscard]] Result<std::shared_ptr<const Lists>> load_once(std::string& warning);
  [[nodiscard]] Result<std::shared_ptr<const Lists>> compile_anew(const OverrideBook& book);
  [[nodiscard]] Result<GenerationId> put_again(HistoryEntry entry, const Change& change, std::string_view verb,
                                               Publisher::Image image = Publisher::Image::AsItIs);

  const fs::path directory_;
  const SystemClock system_clock_;
  Publisher publisher_;
  std::mutex mutex_;
  GuardRules rules_;                // guarded by mutex_
  std::set<std::string> verified_;  // guarded by mutex_: ids of images
};

Result<UniqueFd> Store::begin(std::string_view what, int tries) {
  const fs::path path = directory_ / "lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return fail_errno("open " + path.string());
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock " + path.string());
    if (--tries <= 0)
      return fail(Error::Kind::Refused, fmt::format("another change of the lists is running; {} after its end", what));
    std::this_thread::sleep_for(kLockPause);
  }
  std::lock_guard lock(mutex_);
  publisher_.rules = rules_;
  return fd;
}

Result<ImportSummary> Store::take(const ImportRequest& request, const std::vector<SourceManifest>& in_force,
                                  const Progress& progress, std::optional<SourceManifest>& fresh) {
  ImportRequest full = request;
  if (full.source.empty()) full.source = source_name_of(full.path);
  if (!good_source_name(full.source))
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no name for a source: lower-case letters, digits, '-', '_' and '.'", full.source));
  if (reserved_source_name(full.source))
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is the gateway's own in evidence: give the source another name", full.source));
  const auto same = std::ranges::find(in_force, full.source, &SourceManifest::name);
  ImportSummary summary;
  const auto unchanged = [&] {
    summary.source = same->name;
    summary.version = same->version;
    summary.entries = same->entries;
    summary.unchanged = true;
    return summary;
  };
  // What is damaged is not as it was: it is read again.
  if (same != in_force.end() && !full.input.empty() && same->input == full.input &&
      publisher_.sources().read(same->name, same->id))
    return unchanged();
  const fs::path home = publisher_.sources().directory(full.source);
  const fs::path unfinished = home / kUnfinished;
  CG_TRY_VOID(fresh_directory(unfinished));
  auto manifest = normalise(full, publisher_.taxonomy(), {}, unfinished, progress, summary);
  if (full.still_the_same)  // an error of reading may come of a change as well, and is then told as one
    if (auto same_still = full.still_the_same(); !same_still) manifest = std::unexpected(std::move(same_still).error());
  Result<void> kept;
  if (manifest) {
    manifest->input = full.input;
    kept = publisher_.sources().keep(unfinished, *manifest, same == in_force.end() ? "" : same->id);
  }
  if (!manifest || !kept) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    if (fs::is_empty(home, ignored)) fs::remove(home, ignored);
    return std::unexpected(manifest ? std::move(kept).error() : std::move(manifest).error());
  }
  if (same != in_force.end() && same->id == manifest->id) return unchanged();
  summary.version = manifest->version;
  if (progress) progress(fmt::format("version {} of source {} is kept", manifest->id, manifest->name));
  fresh = *std::move(manifest);
  return summary;
}

Result<UpdateSummary> Store::update(const std::vector<ImportRequest>& requests, const Change& change,
                                    std::string_view verb, const Progress& progress) {
  CG_TRY(held, begin("import"));
  static_cast<void>(held);
  CG_TRY(in_force, publisher_.sources_in_force());
  CG_TRY(waiting_now, waiting());  // a rollback may have come while these were fetched
  UpdateSummary out;
  Publisher::Changes changes;
  std::vector<std::string> as_they_are;
  for (const auto& request : requests) {
    if (request.held == ImportRequest::Held::Kept && waiting_now.holds(request.source)) {
      ImportSummary left;
      left.source = request.source;
      left.held = true;
      out.sources.emplace_back(request.source, std::move(left));
      continue;
    }
    std::optional<SourceManifest> fresh;
    auto summary = take(request, in_force, progress, fresh);
    if (fresh) changes[fresh->name] = std::move(fresh);
    if (summary && summary->unchanged) as_they_are.push_back(summary->source);
    out.sources.emplace_back(request.source, std::move(summary));
  }
  CG_TRY(publication, publisher_.publish(std::move(changes), change, verb, progress, as_they_are));
  out.publication = std::move(publication);
  for (auto& [name, why] : std::exchange(out.publication.too_large, {}))
    for (auto& [source, summary] : out.sources)
      if (summary && summary->source == name) summary = fail(Error::Kind::TooLarge, std::move(why));
  return out;
}

Result<Publication> Store::remove(std::string_view source, const Change& change) {
  CG_TRY(held, begin("remove"));
  static_cast<void>(held);
  CG_TRY(in_force, publisher_.sources_in_force());
  if (std::ranges::find(in_force, source, &SourceManifest::name) == in_force.end()) {
    // A rollback may have taken it away, and hold it still.
    CG_TRY(all, waiting());
    if (!all.holds(source)) return fail(Error::Kind::NotFound, fmt::format("there is no source '{}'", source));
    all.release(source);
    CG_TRY_VOID(all.write(publisher_.waiting_file()));
    Publication out;
    CG_TRY(now, publisher_.entry_in_force());
    if (now) out.generation = now->generation;
    return out;
  }
  return publisher_.publish({{std::string(source), std::nullopt}}, change, "remove", {});
}

Result<std::vector<Waiting::Version>> Store::waiting_of(const Waiting& waiting,
                                                        const std::vector<std::string>& sources) const {
  if (waiting.versions.empty()) return fail(Error::Kind::NotFound, "no source waits for a person");
  if (sources.empty()) return waiting.versions;
  std::vector<Waiting::Version> out;
  for (const auto& name : sources) {
    const auto* version = waiting.find(name);
    if (!version) return fail(Error::Kind::NotFound, fmt::format("no version of source '{}' waits for a person", name));
    out.push_back(*version);
  }
  return out;
}

Result<Publication> Store::publish_waiting(const std::vector<std::string>& sources, const Change& change) {
  CG_TRY(held, begin("publish"));
  static_cast<void>(held);
  CG_TRY(all, waiting());
  CG_TRY(versions, waiting_of(all, sources));
  Publisher::Changes changes;
  for (const auto& version : versions) {
    CG_TRY(manifest, publisher_.sources().manifest(version.name, version.id));
    changes[version.name] = std::move(manifest);
  }
  return publisher_.publish(std::move(changes), change, "publish", {});
}

Result<void> Store::drop_waiting(const std::vector<std::string>& sources) {
  CG_TRY(held, begin("drop"));
  static_cast<void>(held);
  CG_TRY(all, waiting());
  CG_TRY(versions, waiting_of(all, sources));
  for (const auto& version : versions) all.drop(version.name);
  CG_TRY_VOID(all.write(publisher_.waiting_file()));
  publisher_.sweep();
  return {};
}

Result<HistoryEntry> Store::find(GenerationId generation) const {
  CG_TRY(found, publisher_.history().find(generation));
  if (!found)
    return fail(Error::Kind::NotFound, fmt::format("generation {} is not in the history", hex16(generation.value)));
  return *std::move(found);
}

Result<Publication> Store::rollback(GenerationId to, const Change& change) {
  CG_TRY(held, begin("roll back"));
  static_cast<void>(held);
  CG_TRY(now, publisher_.entry_in_force());
  if (!now) return fail(Error::Kind::NotFound, "there is no generation to roll back");
  HistoryEntry target;
  if (to) {
    CG_TRY(found, find(to));
    target = std::move(found);
  } else {
    CG_TRY(entries, history());
    if (entries.empty() || entries.back().sources != now->sources) entries.push_back(*now);
    const HistoryEntry* before = one_before(entries);
    if (!before)
      return fail(Error::Kind::NotFound,
                  "there is no generation before this one; --to names any that `lists history` shows");
    target = *before;
  }
  Publication out;
  if (target.sources == now->sources) {  // overrides are not rolled back, so nothing would change
    out.generation = now->generation;
    return out;
  }
  const auto sources = publisher_.manifests(target), was = publisher_.manifests(*now);
  CG_TRY(all, waiting());
  out.outcome = Publication::Outcome::InForce;
  out.changes = differences(was, sources);
  const std::string why = change.reason.empty() ? "" : ": " + change.reason;
  target.added = target.removed = 0;
  for (const auto& difference : out.changes) {
    target.added += difference.added;
    target.removed += difference.removed;
    all.hold({difference.source, publisher_.now_text(), fmt::format("rolled back by {}{}", change.author, why)});
  }
  CG_TRY(before, KeptFile::keep(publisher_.waiting_file()));
  // First: a kill must not leave it to the clock to undo the rollback.
  CG_TRY_VOID(all.write(publisher_.waiting_file()));
  auto generation = put_again(std::move(target), change, "rollback", Publisher::Image::Guarded);
  if (!generation) return undone(before, std::move(generation).error());
  out.generation = *generation;
  return out;
}

Result<GenerationId> Store::put_again(HistoryEntry entry, const Change& change, std::string_view verb,
                                      Publisher::Image image) {
  entry.verb = verb;
  entry.author = change.author;
  entry.reason = change.reason;
  if (verb != "rollback") entry.added = entry.removed = 0;  // an override changes no entry
  return publisher_.put(std::move(entry), image);
}

Result<Override> Store::add_override(Override made, const Change& change) {
  CG_TRY(held, begin("override"));
  static_cast<void>(held);
  if (!publisher_.taxonomy().find(made.category))
    return std::unexpected(unknown_category(publisher_.taxonomy(), made.category));
  if (made.ends <= publisher_.now()) return fail(Error::Kind::Malformed, "the end of the override lies in the past");
  if (is_blank(change.author) || is_blank(change.reason))
    return fail(Error::Kind::Malformed,
                "an override needs an author and a reason: both are shown in every explanation");
  if (change.guarding == Change::Guarding::Wait) CG_TRY_VOID(check_reach(made, publisher_.guarded()));
  CG_TRY(book, overrides());
  made.number = static_cast<std::uint32_t>(book.all.size() + 1);
  made.author = change.author;
  made.reason = change.reason;
  made.made = publisher_.now();
  end_replaced(book, made);
  book.all.push_back(made);
  CG_TRY_VOID(put_overrides(book, change));
  return made;
}

Result<Override> Store::end_override(std::uint32_t number, const Change& change) {
  CG_TRY(held, begin("end the override"));
  static_cast<void>(held);
  CG_TRY(book, overrides());
  const auto at = std::ranges::find(book.all, number, &Override::number);
  if (at == book.all.end()) return fail(Error::Kind::NotFound, fmt::format("there is no override {}", number));
  if (!at->in_force(publisher_.now()))
    return fail(Error::Kind::NotFound, fmt::format("override {} has ended already", number));
  at->ends = publisher_.now();
  const Override ended = *at;
  CG_TRY_VOID(put_overrides(book, change));
  return ended;
}

// What could not be put in force is not left in the book, to come into force at some other time.
Result<void> Store::put_overrides(const OverrideBook& book, const Change& change) {
  CG_TRY(current, publisher_.entry_in_force());
  CG_TRY(before, KeptFile::keep(publisher_.overrides_file()));
  CG_TRY_VOID(book.write(publisher_.overrides_file()));
  auto generation = put_again(current.value_or(HistoryEntry()), change, "override");
  if (!generation) return undone(before, std::move(generation).error());
  return {};
}

std::vector<SourceChange> Store::differences(const std::vector<SourceManifest>& before,
                                             const std::vector<SourceManifest>& after) const {
  std::vector<SourceChange> out;
  const auto compare = [&](const SourceManifest* old, const SourceManifest* now) {
    if (!old || !now || old->id != now->id) out.push_back(publisher_.change_of(old, now));
  };
  for (const auto& old : before) {
    const auto now = std::ranges::find(after, old.name, &SourceManifest::name);
    compare(&old, now == after.end() ? nullptr : &*now);
  }
  for (const auto& now : after)
    if (std::ranges::find(before, now.name, &SourceManifest::name) == before.end()) compare(nullptr, &now);
  return out;
}

Result<std::vector<SourceChange>> Store::diff(GenerationId from, GenerationId to) const {
  std::vector<SourceManifest> before, after;
  if (from) {  // 0: there were no lists yet
    CG_TRY(old_entry, find(from));
    before = publisher_.manifests(old_entry);
  }
  if (to) {
    CG_TRY(new_entry, find(to));
    after = publisher_.manifests(new_entry);
  } else {
    CG_TRY(all, waiting());
    Publisher::Changes changes;
    for (const auto& version : all.versions) {
      CG_TRY(manifest, publisher_.sources().manifest(version.name, version.id));
      changes[version.name] = std::move(manifest);
    }
    after = with_changes(before, changes);
  }
  return differences(before, after);
}

Result<std::shared_ptr<const Lists>> Store::lists_of(GenerationId generation) {
  CG_TRY(entry, find(generation));
  CG_TRY(book, overrides());
  std::vector<Override> then;
  for (const auto number : entry.overrides)
    if (number >= 1 && number <= book.all.size()) then.push_back(book.all[number - 1]);
  if (entry.image.empty()) return empty_lists({publisher_.sources(), publisher_.taxonomy(), publisher_.names()}, then);
  for (const auto& at : {publisher_.image(entry.image), directory_ / "past" / entry.image})
    if (auto lists = publisher_.open(at, then, generation); lists && (*lists)->verify()) return lists;
  CG_TRY(guarded, publisher_.protected_names().read(entry.protected_digest, publisher_.taxonomy()));
  CG_TRY(held, begin("look into the past"));
  static_cast<void>(held);
  const auto sources = publisher_.manifests(entry);
  CG_TRY_VOID(make_directory(directory_ / "past"));
  for (const auto& old : directories_in(directory_ / "past")) CG_TRY_VOID(remove_directory(old));
  CG_TRY_VOID(publisher_.build(sources, guarded, directory_ / "past" / entry.image, {}));
  return publisher_.open(directory_ / "past" / entry.image, std::move(then), generation);
}

Result<EvidenceText> Store::describe(GenerationId generation, const Evidence& evidence) const {
  const std::string name = publisher_.names().name(NameKind::Source, evidence.source.value);
  const auto slash = name.find('/');
  EvidenceText out{.list = name.substr(0, slash), .version = "", .file = "", .line = evidence.line, .text = ""};
  if (slash == std::string::npos) return out;
  out.file = name.substr(slash + 1);
  if (out.list == "overrides") {
    CG_TRY(book, overrides());
    if (evidence.line >= 1 && evidence.line <= book.all.size())
      out.text = describe_override(book.all[evidence.line - 1]);
    return out;
  }
  if (out.list == "signs") {
    out.text = describe_sign(evidence.line);
    return out;
  }
  CG_TRY(entry, find(generation));
  const auto source = std::ranges::find(entry.sources, out.list, &HistoryEntry::Source::name);
  if (source == entry.sources.end()) return out;
  out.version = source->version;
  CG_TRY(manifest, publisher_.sources().manifest(source->name, source->id));
  CG_TRY(text, publisher_.sources().read(source->name, source->id));
  const auto file = std::ranges::find(manifest.files, out.file, &SourceFile::name);
  if (file != manifest.files.end() && file->offset <= text.size())
    out.text = original_line(std::string_view(text).substr(file->offset, file->bytes), evidence.line);
  return out;
}

Result<std::shared_ptr<const Lists>> Store::open_verified(const std::string& id, std::vector<Override> overrides) {
  CG_TRY(lists, publisher_.open(publisher_.image(id), std::move(overrides)));
  {
    std::lock_guard lock(mutex_);
    if (verified_.contains(id)) return lists;
  }
  CG_TRY_VOID(lists->verify());
  std::lock_guard lock(mutex_);
  verified_.insert(id);
  return lists;
}

std::vector<std::string> Store::candidates(const std::string& current) const {
  std::set<std::string> served;
  if (const auto entries = history())
    for (const auto& entry : *entries) served.insert(entry.image);
  std::vector<std::tuple<bool, std::string, std::string>> others;  // has been in force, when built, id
  for (const auto& path : directories_in(directory_ / "images")) {
    const std::string id = path.filename().string();
    if (!parse_hex16(id) || id == current) continue;
    const auto manifest = read_image_manifest(path / "manifest.json");
    others.emplace_back(served.contains(id), manifest ? manifest->built : "", id);
  }
  std::ranges::sort(others, std::ranges::greater{});
  std::vector<std::string> out;
  if (!current.empty()) out.push_back(current);
  for (auto& [was_in_force, built, id] : others) out.push_back(std::move(id));
  return out;
}

Result<void> Store::take_up_overrides(const HistoryEntry& current, const OverrideBook& book) {
  Change change{.author = "citygate", .reason = "an override came to its end"};
  std::string_view verb = "lapse";
  for (const auto& one : book.in_force(publisher_.now()))
    if (std::ranges::find(current.overrides, one.number) == current.overrides.end()) {
      change = {.author = one.author, .reason = one.reason};
      verb = "override";
    }
  CG_TRY_VOID(put_again(current, change, verb));
  return {};
}

// Nobody is kept from publishing meanwhile: what was in force a moment ago may be swept away already.
Result<std::shared_ptr<const Lists>> Store::compile_anew(const OverrideBook& book) {
  CG_TRY(held, begin("load"));
  static_cast<void>(held);
  CG_TRY(entry, publisher_.entry_in_force());
  if (!entry) return fail(Error::Kind::NotFound, "nothing says what was in force");
  CG_TRY(generation, put_again(*entry, {.author = "citygate", .reason = "its image could not be used"}, "rebuild"));
  static_cast<void>(generation);
  CG_TRY(now, publisher_.history().current());
  return open_verified(now ? now->image : "", book.in_force(publisher_.now()));
}

Result<std::shared_ptr<const Lists>> Store::load_current(std::string& warning) {
  for (int again = 0;; ++again) {
    const auto before = publisher_.history().current();
    warning.clear();
    auto lists = load_once(warning);
    const auto after = publisher_.history().current();
    const bool changed = before && after && *before && *after && (*before)->image != (*after)->image;
    if ((lists && warning.empty()) || !changed || again == kLoadAgain) return lists;
  }
}

Result<std::shared_ptr<const Lists>> Store::load_once(std::string& warning) {
  CG_TRY(book, overrides());
  auto current = publisher_.history().current();
  std::string wrong;
  if (!current) wrong = current.error().context;
  const auto known = publisher_.entry_in_force();
  const std::string in_force = known && *known ? (*known)->image : "";
  const auto ids = candidates(in_force);
  const bool no_lists = current && *current && in_force.empty();  // that is what is in force
  if (no_lists || ids.empty()) {
    if (!wrong.empty()) return fail(Error::Kind::Storage, wrong + ". Import the lists again");
    return empty_lists({publisher_.sources(), publisher_.taxonomy(), publisher_.names()},
                       book.in_force(publisher_.now()));
  }
  if (current && !*current) wrong = (directory_ / "current").string() + ": is missing";
  for (const auto& id : ids) {
    auto lists = open_verified(id, book.in_force(publisher_.now()));
    if (!lists) {
      wrong += (wrong.empty() ? "" : "; ") + lists.error().context;
      continue;
    }
    if (!wrong.empty()) {
      warning = wrong + "; the image " + id + " serves instead";
    } else if ((*lists)->id() != (*current)->generation) {
      // Overrides have lapsed, or one was made or ended just before a kill. What records will name has to be in the history.
      const auto held = begin("load", 1);
      const auto now = publisher_.history().current();
      // Another change may have come before the lock: it has taken up overrides itself, and must not be undone.
      if (held && now && *now && (*now)->generation == (*current)->generation)
        if (const auto put = take_up_overrides(**now, book); !put) warning = put.error().context;
    }
    return lists;
  }
  // Damaged, or made for another processor: the sources are there to compile it from.
  if (auto lists = compile_anew(book)) {
    warning = wrong + "; compiled anew from the sources";
    return lists;
  }
  return fail(Error::Kind::Storage, "no image of the lists can be used: " + wrong + ". Import the lists again");
}

}  // namespace

Result<std::pair<ImportSummary, Publication>> ListStore::import(const ImportRequest& request, const Change& change,
                                                                const Progress& progress) {
  CG_TRY(done, update({request}, change, "import", progress));
  auto& summary = done.sources.front().second;
  if (!summary) return std::unexpected(std::move(summary).error());
  return std::pair{*std::move(summary), std::move(done.publication)};
}

Result<std::unique_ptr<ListStore>> ListStore::open(fs::path lists_directory, const Taxonomy& taxonomy,
                                                   NameSource& names) {
  CG_TRY_VOID(make_directory(lists_directory / "images"));
  CG_TRY_VOID(make_directory(lists_directory / "sources"));
  auto store = std::make_unique<Store>(std::move(lists_directory), taxonomy, names);
  // A damaged `current` is load_current()'s to tell.
  static_cast<void>(store->mend());
  return store;
}

}  // namespace citygate::categories
