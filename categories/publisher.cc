#include "categories/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/directories.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

void say(const Progress& progress, std::string_view text) {
  if (progress) progress(text);
}

const SourceManifest* find_source(const std::vector<SourceManifest>& all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &SourceManifest::name);
  return at == all.end() ? nullptr : &*at;
}

void move_to(Publisher::Changes& from, Publisher::Changes& to, const std::string& name) {
  if (auto node = from.extract(name)) to.insert(std::move(node));
}

std::set<std::string> names_of(const Publisher::Changes& changes) {
  std::set<std::string> out;
  for (const auto& [name, source] : changes) out.insert(name);
  return out;
}

// Those of `changes` that must wait. Findings that hold nobody become standing: where nothing changes that is all of them.
std::set<std::string> sources_at_fault(std::vector<Finding>& findings, const Publisher::Changes& changes) {
  if (changes.empty())
    for (auto& finding : findings) finding.standing = true;
  std::set<std::string> out;
  bool nobody = false;  // a URL that none of the changed sources answers for
  for (auto& finding : findings) {
    if (finding.standing) continue;
    if (changes.contains(finding.source))
      out.insert(finding.source);
    else if (finding.kind == Finding::Kind::Protected && !finding.source.empty())
      finding.standing = true;
    else
      nobody = true;
  }
  return out.empty() && nobody ? names_of(changes) : out;
}

// What stands is found again by each image that is tried.
void tell_once(const std::vector<Finding>& findings, std::vector<Finding>& out) {
  for (const auto& finding : findings)
    if (std::ranges::find(out, finding.text, &Finding::text) == out.end()) out.push_back(finding);
}

HistoryEntry entry_of(std::string image, const std::vector<SourceManifest>& sources, const Change& change,
                      std::string_view verb, std::string at) {
  HistoryEntry out;
  out.image = std::move(image);
  out.at = std::move(at);
  out.verb = verb;
  out.author = change.author;
  out.reason = change.reason;
  for (const auto& source : sources) out.sources.push_back({source.name, source.id, source.version});
  return out;
}

// The others go on without it, as without a list that cannot be read.
void leave_out(const std::string& name, const std::string& why, Publisher::Changes& changes, Publication& out) {
  changes.erase(name);
  std::erase_if(out.changes, [&](const SourceChange& one) { return one.source == name; });
  std::erase_if(out.findings, [&](const Finding& one) { return one.source == name; });
  out.too_large.push_back({name, why});
}

// Without any list nothing is refused at all: the first ones are not held for what they do not say yet.
bool first_of_all(const Finding& finding, const std::vector<SourceManifest>& base) {
  return finding.kind == Finding::Kind::MustBlock && base.empty();
}

}  // namespace

std::vector<SourceManifest> with_changes(const std::vector<SourceManifest>& base, const Publisher::Changes& changes) {
  std::vector<SourceManifest> out;
  for (const auto& source : base)
    if (!changes.contains(source.name)) out.push_back(source);
  for (const auto& [name, source] : changes)
    if (source) out.push_back(*source);
  std::ranges::sort(out, {}, &SourceManifest::name);
  return out;
}

std::vector<SourceManifest> Publisher::manifests(const HistoryEntry& entry) const {
  std::vector<SourceManifest> out;
  std::optional<Result<ImageManifest>> compiled;
  for (const auto& source : entry.sources) {
    if (auto manifest = sources_.manifest(source.name, source.id)) {
      out.push_back(*std::move(manifest));
      continue;
    }
    if (!compiled) compiled = read_image_manifest(image(entry.image) / "manifest.json");
    const auto* found = *compiled ? find_source((*compiled)->sources, source.name) : nullptr;
    if (found && found->id == source.id) {
      out.push_back(*found);
      continue;
    }
    SourceManifest known;
    known.name = source.name;
    known.id = source.id;
    known.version = source.version;
    out.push_back(std::move(known));
  }
  return out;
}

Result<std::optional<HistoryEntry>> Publisher::entry_in_force() const {
  auto now = history_.current();
  if (now ? now->has_value() : now.error().kind != Error::Kind::Storage) return now;
  if (auto entries = history_.all(); entries && !entries->empty()) return std::optional(std::move(entries->back()));
  std::optional<ImageManifest> newest;
  fs::file_time_type written;  // tells apart what was built in one second
  for (const auto& path : directories_in(lists_ / "images")) {
    auto manifest = read_image_manifest(path / "manifest.json");
    if (!manifest || manifest->id != path.filename()) continue;
    std::error_code ignored;
    const auto at = fs::last_write_time(path / "manifest.json", ignored);
    if (newest && std::tie(newest->built, written) >= std::tie(manifest->built, at)) continue;
    newest = *std::move(manifest);
    written = at;
  }
  if (!newest) return now;
  HistoryEntry out =
      entry_of(newest->id, newest->sources, {.author = "citygate", .reason = "found"}, "import", newest->built);
  out.generation = generation_id(out.image, {});
  out.protected_digest = newest->protected_digest;
  out.entries = newest->entries;
  return std::optional(std::move(out));
}

Result<std::vector<SourceManifest>> Publisher::sources_in_force() const {
  CG_TRY(entry, entry_in_force());
  return entry ? manifests(*entry) : std::vector<SourceManifest>();
}

Result<std::vector<Override>> Publisher::overrides_in_force() const {
  CG_TRY(book, OverrideBook::read(overrides_file()));
  return book.in_force(now());
}

Result<std::shared_ptr<const Lists>> Publisher::open(const fs::path& directory, std::vector<Override> overrides,
                                                     std::optional<GenerationId> as) const {
  return open_image({sources_, taxonomy_, names_, as}, directory, std::move(overrides));
}

SourceChange Publisher::change_of(const SourceManifest* before, const SourceManifest* after) const {
  std::string wrong;
  const auto text_of = [&](const SourceManifest* source) {
    auto text = source ? sources_.read(source->name, source->id) : std::string();
    if (text) return *std::move(text);
    wrong = std::move(text).error().context;
    return std::string();
  };
  const std::string old_text = text_of(before), new_text = text_of(after);
  std::optional<SourceText> old_side, new_side;
  if (before) old_side.emplace(*before, old_text);
  if (after) new_side.emplace(*after, new_text);
  SourceChange out = diff_source(old_side ? &*old_side : nullptr, new_side ? &*new_side : nullptr);
  if (wrong.empty()) return out;
  out.before = before ? before->entries : 0;
  out.after = after ? after->entries : 0;
  if (!after) out.removed = out.before;
  out.not_compared = std::move(wrong);
  return out;
}

Result<void> Publisher::build(const std::vector<SourceManifest>& sources, const ProtectedNames& guarded,
                              const fs::path& to, const Watch& watch) {
  CG_TRY_VOID(protected_.keep(guarded));
  const fs::path unfinished = to.string() + std::string(kUnfinished);
  CG_TRY_VOID(fresh_directory(unfinished));
  const auto now = entry_in_force();
  const fs::path before = now && *now && !(*now)->image.empty() ? image((*now)->image) : fs::path();
  auto done = build_image(
      sources_, sources, unfinished,
      {.guarded = guarded, .before = before, .see = watch.see, .changed = watch.changed, .answers = watch.answers});
  if (done) done = put_in_place(unfinished, to);
  if (!done) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
  }
  return done;
}

void Publisher::judge_shares(const std::vector<SourceManifest>& base, Changes& changes, const Change& change,
                             Publication& out, Changes& held) const {
  for (const auto& name : names_of(changes)) {
    const auto& next = changes.at(name);
    auto difference = change_of(find_source(base, name), next ? &*next : nullptr);
    auto findings = judge_change(rules, difference);
    out.changes.push_back(std::move(difference));
    if (findings.empty()) continue;
    if (change.guarding == Change::Guarding::Wait) move_to(changes, held, name);
    out.findings.insert(out.findings.end(), std::make_move_iterator(findings.begin()),
                        std::make_move_iterator(findings.end()));
  }
}

std::vector<Finding> Publisher::judge(const Base& base, const Lists& next, const OpenedNames* opened,
                                      const Changes& changes) const {
  std::vector<Finding> out;
  const auto now = base.image.empty() ? nullptr : open(image(base.image), {}).value_or(nullptr);
  for (auto& finding : judge_sites(rules, taxonomy_, now.get(), next, names_of(changes)))
    if (!first_of_all(finding, base.sources)) out.push_back(std::move(finding));
  if (!opened || !now) return out;
  for (auto& finding : opened->judge(rules, *now, next)) out.push_back(std::move(finding));
  return out;
}

// Without any change, as the names protected now have it. Where that fails there is nothing better to compare with than before.
Result<void> Publisher::compile_base(Base& base, const Progress& progress) {
  base.stale = false;
  const std::string id = image_id(base.sources, guarded().digest());
  say(progress, fmt::format("compiling image {} of what is in force, to compare with", id));
  CG_TRY_VOID(build(base.sources, guarded(), image(id), {}));
  CG_TRY(lists, open(image(id), {}));
  CG_TRY_VOID(lists->verify());
  base.image = id;
  return {};
}

// The image is in its place afterwards; what it must not do is told in `findings`.
Result<Publisher::Candidate> Publisher::try_image(Base& base, const Changes& changes, const Change& change,
                                                  const Progress& progress, std::string& answers) {
  Candidate out;
  out.sources = with_changes(base.sources, changes);
  out.id = image_id(out.sources, guarded().digest());
  std::set<std::string> judged;  // of a source that is new nothing was closed by it before
  if (change.guarding == Change::Guarding::Wait)
    for (const auto& [name, source] : changes)
      if (source && find_source(base.sources, name)) judged.insert(name);
  OpenedNames opened(taxonomy_, judged);
  const SeeItem see = [&](const SourceManifest& source, const Item& item, std::string_view category) {
    opened.see(source, item, category);
  };
  if (!changes.empty() || out.id != base.image) {  // else compile_base() has made it already
    say(progress, fmt::format("compiling image {} of {} sources", out.id, out.sources.size()));
    CG_TRY_VOID(build(out.sources, guarded(), image(out.id),
                      {.see = judged.empty() ? SeeItem() : see, .changed = names_of(changes), .answers = &answers}));
  }
  say(progress, fmt::format("image {} is in its place, and is tried", out.id));
  CG_TRY(lists, open(image(out.id), {}));
  CG_TRY_VOID(lists->verify());
  const auto& status = lists->status();
  out.entries = status.entries;
  out.set_aside_count = status.set_aside_count;
  out.set_aside = status.set_aside;
  out.refused_count = status.refused_count;
  out.refused = status.refused;
  const auto* samples = judged.empty() ? nullptr : &opened;
  out.findings = judge(base, *lists, samples, changes);
  // What the image in force cannot answer for is no fault of what changed, as long as it is so without it too.
  const bool in_doubt = base.stale && !changes.empty() && !std::ranges::all_of(out.findings, &Finding::standing);
  if (in_doubt && compile_base(base, progress)) out.findings = judge(base, *lists, samples, changes);
  return out;
}

Publisher::Usable Publisher::usable(const std::optional<HistoryEntry>& entry) const {
  if (!entry || entry->image.empty()) return Usable::None;
  const auto lists = open(image(entry->image), {});
  if (!lists || !(*lists)->verify()) return Usable::Damaged;
  return (*lists)->status().protected_digest == guarded().digest() ? Usable::AsItIs : Usable::OtherNames;
}

Result<Publication> Publisher::publish(Changes changes, const Change& change, std::string_view verb,
                                       const Progress& progress, const std::vector<std::string>& as_they_are) {
  Publication out;
  CG_TRY_VOID(
      Waiting::read(waiting_file()));  // it is written at the end: one that cannot be read must not be found out then
  CG_TRY(before, entry_in_force());
  const Usable in_force = usable(before);
  // It is built anew then, whatever has changed.
  const bool rebuild = in_force == Usable::Damaged || in_force == Usable::OtherNames;
  Base base;
  if (before) {
    base.sources = manifests(*before);
    if (in_force != Usable::Damaged) base.image = before->image;
    base.stale = rebuild;
    out.generation = before->generation;
  }
  CG_TRY(overrides, overrides_in_force());
  base.overrides = std::move(overrides);
  Changes held;
  judge_shares(base.sources, changes, change, out, held);
  bool published = false;
  while (!published && (rebuild || !changes.empty())) {
    std::string answers;
    auto tried = try_image(base, changes, change, progress, answers);
    if (!tried && tried.error().kind == Error::Kind::TooLarge && changes.contains(answers)) {
      leave_out(answers, tried.error().context, changes, out);
      continue;
    }
    CG_TRY(next, std::move(tried));
    const auto at_fault = sources_at_fault(next.findings, changes);
    tell_once(next.findings, out.findings);
    if (at_fault.empty()) {
      say(progress, fmt::format("image {} has passed", next.id));
      CG_TRY_VOID(put_candidate(next, base, changes, change, verb, out));
      say(progress, fmt::format("image {} is in force", next.id));
      out.set_aside_count = next.set_aside_count;
      out.set_aside = next.set_aside;
      out.refused_count = next.refused_count;
      out.refused = next.refused;
      published = true;
      continue;
    }
    for (const auto& name : at_fault) move_to(changes, held, name);
    if ((!before || before->image != next.id) && base.image != next.id) CG_TRY_VOID(remove_directory(image(next.id)));
  }
  for (const auto& [name, source] : held)
    if (source) out.waiting.push_back(name);  // of a removal nothing is kept
  out.outcome = held.empty()          ? published ? Publication::Outcome::InForce : Publication::Outcome::Unchanged
                : published           ? Publication::Outcome::Partly
                : out.waiting.empty() ? Publication::Outcome::Stopped
                                      : Publication::Outcome::Waiting;
  std::vector<std::string> released = as_they_are;
  for (const auto& [name, source] : changes) released.push_back(name);
  CG_TRY_VOID(write_waiting(released, held, out));
  sweep();
  return out;
}

Result<void> Publisher::put_candidate(const Candidate& next, const Base& base, const Changes& changes,
                                      const Change& change, std::string_view verb, Publication& out) const {
  HistoryEntry entry = entry_of(next.id, next.sources, change, verb, now_text());
  entry.generation = generation_id(next.id, base.overrides);
  for (const auto& one : base.overrides) entry.overrides.push_back(one.number);
  entry.protected_digest = guarded().digest();
  entry.entries = next.entries;
  for (const auto& difference : out.changes) {
    if (!changes.contains(difference.source)) continue;
    entry.added += difference.added;
    entry.removed += difference.removed;
  }
  out.generation = entry.generation;
  return history_.put(entry);
}

Result<void> Publisher::write_waiting(const std::vector<std::string>& released, const Changes& held,
                                      const Publication& out) const {
  CG_TRY(waiting, Waiting::read(waiting_file()));
  if (waiting.versions.empty() && waiting.held.empty() && waiting.dropped.empty() && held.empty()) return {};
  for (const auto& name : released) waiting.release(name);
  for (const auto& [name, source] : held) {
    if (!source) continue;
    std::vector<std::string> why;
    for (const auto& finding : out.findings)
      if (!finding.standing && (finding.source == name || finding.source.empty())) why.push_back(finding.text);
    waiting.put({name, source->id, source->version, now_text(), std::move(why)});
  }
  return waiting.write(waiting_file());
}

Result<GenerationId> Publisher::put(HistoryEntry entry, Image as) {
  CG_TRY(overrides, overrides_in_force());
  entry.at = now_text();
  entry.overrides.clear();
  for (const auto& one : overrides) entry.overrides.push_back(one.number);
  if (!entry.image.empty()) {  // else there never were any lists
    auto there = open(image(entry.image), overrides);
    const bool usable = there && (as == Image::AsItIs || (*there)->status().protected_digest == guarded().digest()) &&
                        (*there)->verify();
    if (!usable) {
      const auto sources = manifests(entry);
      entry.image = image_id(sources, guarded().digest());
      CG_TRY_VOID(build(sources, guarded(), image(entry.image), {}));
      CG_TRY(built, open(image(entry.image), overrides));
      there = std::move(built);
    }
    entry.protected_digest = (*there)->status().protected_digest;
    entry.entries = (*there)->status().entries;
  }
  entry.generation = generation_id(entry.image, overrides);
  CG_TRY_VOID(history_.put(entry));
  sweep();
  return entry.generation;
}

void Publisher::sweep() const {
  static_cast<void>(history_.forget(now()));
  const auto entries = history_.all();
  const auto waiting = Waiting::read(waiting_file());
  if (!entries || entries->empty() || !waiting) return;  // what cannot be read may need anything
  std::set<std::string> needed, images, names;
  for (auto entry = entries->rbegin(); entry != entries->rend() && images.size() < 2; ++entry)
    images.insert(entry->image);
  for (const auto& entry : *entries) {
    names.insert(entry.protected_digest);
    for (const auto& source : entry.sources) needed.insert(source.name + "/" + source.id);
  }
  for (const auto& one : waiting->versions) needed.insert(one.name + "/" + one.id);
  std::error_code ignored;
  for (const auto& path : directories_in(lists_ / "images"))
    if (!images.contains(path.filename().string())) fs::remove_all(path, ignored);
  for (const auto& path : directories_in(lists_ / "past")) fs::remove_all(path, ignored);
  sources_.sweep(needed);
  protected_.sweep(names);
}

}  // namespace citygate::categories
