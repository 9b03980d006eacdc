#include "categories/updater.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "categories/digest.h"
#include "categories/update_schedule.h"

namespace citygate::categories {
namespace {

constexpr std::uint64_t kProgressBytes = std::uint64_t{16} << 20;  // a line each, no more
constexpr std::chrono::milliseconds kLook(100);                    // so often it is asked whether it was cancelled
constexpr int kPatienceInAll = 6;                                  // times `patience`, however often something comes

// Which moment in the jitter of its sources is this gateway's: the same for ever, another for each.
std::uint64_t seed_of(const std::filesystem::path& staging) {
  Digest digest;
  digest.add(std::filesystem::absolute(staging).string());
  return parse_hex16(digest.finish_hex().substr(0, 16)).value_or(0);
}

std::string place_of(const Source& source) { return source.url.empty() ? source.path.string() : shown_url(source.url); }

ImportRequest request_of(const Source& source, const FetchOutcome& outcome) {
  ImportRequest out;
  out.path = outcome.file;
  out.source = source.name;
  out.category = source.category;
  out.format = parse_list_format(source.format).value_or(ListFormat::Detect);
  out.subdomains = source.subdomains;
  for (const auto& [foreign, ours] : source.categories) out.categories.emplace(foreign, ours);
  out.input = outcome.version.sha256 + " " + digest_of_request(source);
  out.still_the_same = [&source, outcome] { return check_unchanged(source, outcome); };
  return out;
}

// What became of the rounds so far, and of one more.
void add_round(Publication& to, Publication round) {
  using enum Publication::Outcome;
  const auto published = [](const Publication& one) { return one.outcome == InForce || one.outcome == Partly; };
  const auto append = [](auto& all, auto& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  if (published(round)) {
    to.set_aside_count = round.set_aside_count;
    to.set_aside = std::move(round.set_aside);
    to.refused_count = round.refused_count;
    to.refused = std::move(round.refused);
  }
  const bool any = published(to) || published(round);
  to.generation = round.generation;
  append(to.changes, round.changes);
  append(to.findings, round.findings);
  append(to.waiting, round.waiting);
  // By name, as those of one round are: what is told does not hang on who was slow.
  std::ranges::stable_sort(to.changes, {}, &SourceChange::source);
  std::ranges::sort(to.waiting);
  to.outcome = to.waiting.empty() ? any ? InForce : Unchanged : any ? Partly : Waiting;
}

std::unexpected<Error> was_cancelled(std::size_t rounds) {
  return fail(Error::Kind::Refused, fmt::format("the update was cancelled; {}what was fetched is kept for the next one",
                                                rounds == 0 ? "" : "what was published before stays in force, and "));
}

std::string who_runs(const UpdateRequest& request, WallTime since) {
  return fmt::format("begun by {} at {}", request.by == UpdateRequest::By::Clock ? "the clock" : request.change.author,
                     utc_text(since));
}

std::vector<std::string_view> names_of(const SourcesFile& file) {
  std::vector<std::string_view> out;
  for (const auto& source : file.sources) out.push_back(source.name);
  return out;
}

}  // namespace

bool UpdateRequest::names_held() const { return by == By::Person && !names.empty(); }

bool UpdateReport::failed() const {
  return std::ranges::any_of(sources, [](const Source& one) { return one.state == Source::State::Failed; });
}

bool UpdateReport::published() const {
  return publication.outcome == Publication::Outcome::InForce || publication.outcome == Publication::Outcome::Partly;
}

void Updater::set_sources(std::shared_ptr<const SourcesFile> sources) {
  store_.set_guards(sources ? guard_rules_of(*sources) : GuardRules());
  if (sources) forget_other_sources(staging_, sources->sources);
  std::lock_guard lock(mutex_);
  file_ = std::move(sources);
}

std::shared_ptr<const SourcesFile> Updater::sources() const {
  std::lock_guard lock(mutex_);
  return file_;
}

Result<std::vector<const Source*>> Updater::chosen(const SourcesFile& file, const UpdateRequest& request) const {
  std::vector<const Source*> out;
  if (request.names.empty()) {
    for (const auto& source : file.sources)
      if (source.enabled) out.push_back(&source);
    if (out.empty())
      return fail(Error::Kind::NotFound,
                  file.sources.empty() ? "the sources file has no source"
                                       : fmt::format("no source of the sources file is enabled; name one to fetch it "
                                                     "all the same: {}",
                                                     fmt::join(names_of(file), ", ")));
    return out;
  }
  for (const auto& name : request.names) {
    const Source* source = file.find(name);
    if (!source) {
      const auto names = names_of(file);
      const auto near = nearest(name, names);
      return fail(Error::Kind::NotFound,
                  fmt::format("the sources file has no source '{}'{}", name,
                              !near.empty()   ? fmt::format("; did you mean '{}'?", near)
                              : names.empty() ? ""
                                              : fmt::format("; there is: {}", fmt::join(names, ", "))));
    }
    if (std::ranges::find(out, source) == out.end()) out.push_back(source);
  }
  return out;
}

// Sources that this update is at, each until it is told.
class Updater::Claim {
 public:
  Claim(Updater& updater, std::string who) : updater_(updater), who_(std::move(who)) {}
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    const std::lock_guard lock(updater_.mutex_);
    for (const auto& name : names_) updater_.busy_.erase(name);
  }
  // Who is at it already; "" when it is ours now.
  [[nodiscard]] std::string add(const std::string& name) {
    const std::lock_guard lock(updater_.mutex_);
    const auto [at, ours] = updater_.busy_.emplace(name, who_);
    if (!ours) return at->second;
    names_.push_back(name);
    return {};
  }
  void release(const std::string& name) {
    if (std::erase(names_, name) == 0) return;  // another's
    const std::lock_guard lock(updater_.mutex_);
    updater_.busy_.erase(name);
  }
  [[nodiscard]] bool empty() const { return names_.empty(); }

 private:
  Updater& updater_;
  const std::string who_;
  std::vector<std::string> names_;
};

// Two updates that publish at once: the second waits for as long as the first compiles, where the store would refuse it.
class Updater::Turn {
 public:
  explicit Turn(Updater& updater) : updater_(updater) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!mine_) return;
    const std::lock_guard lock(updater_.mutex_);
    updater_.publishing_ = false;
    updater_.turn_is_free_.notify_all();
  }
  [[nodiscard]] bool taken_within(std::chrono::milliseconds wait) {
    std::unique_lock lock(updater_.mutex_);
    mine_ = updater_.turn_is_free_.wait_for(lock, wait, [this] { return !updater_.publishing_; });
    if (mine_) updater_.publishing_ = true;
    return mine_;
  }

 private:
  Updater& updater_;
  bool mine_ = false;
};

Result<std::vector<Updater::One>> Updater::begin(const std::vector<const Source*>& wanted, const UpdateRequest& request,
                                                 Claim& claim) const {
  std::vector<One> out;
  std::vector<std::string> others;
  for (const Source* source : wanted) others.push_back(claim.add(source->name));
  if (claim.empty()) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < wanted.size(); ++i) names.push_back(fmt::format("{} ({})", wanted[i]->name, others[i]));
    return fail(Error::Kind::Refused,
                fmt::format("another update is running of {}; update after its end", fmt::join(names, ", ")));
  }
  // Read once the sources are claimed: an update that ended before that has left its mark here.
  CG_TRY(waiting, store_.waiting());
  CG_TRY(history, store_.history());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string& name = wanted[i]->name;
    One& one = out.emplace_back(One{.source = wanted[i], .report = {}, .ask = std::nullopt, .request = std::nullopt});
    one.report.name = name;
    const bool held = waiting.holds(name);
    if (!others[i].empty()) {
      one.report.state = UpdateReport::Source::State::Failed;
      one.report.error =
          fmt::format("source '{}': another update of it is running, {}; update after its end", name, others[i]);
    } else if (held && !request.names_held()) {
      one.report.state = UpdateReport::Source::State::Held;
    } else {
      const bool in_force =
          !history.empty() &&
          std::ranges::find(history.back().sources, name, &HistoryEntry::Source::name) != history.back().sources.end();
      // What was removed comes back; what a person has dropped, or has yet to decide upon, does so only when a person names it.
      const bool missed = request.names_held() || !waiting.decided(name);
      one.ask = request.when == FetchOptions::When::Changed && (held || (!in_force && missed))
                    ? FetchOptions::When::NotInForce
                    : request.when;
    }
  }
  return out;
}

// On a thread of the crew.
void Updater::fetch(One& one, const UpdateRequest& request, FetchCrew& crew) const {
  const Source& source = *one.source;
  FetchOptions options;
  options.staging = staging_;
  options.user_agent = user_agent_;
  options.now = clock_.now();
  options.when = *one.ask;
  options.cancelled = [&crew] { return crew.ended(); };
  options.limits.total = source.timeout;
  options.limits.connect = std::min<std::chrono::milliseconds>(options.limits.connect, source.timeout);
  options.limits.stalled = std::min(options.limits.stalled, source.timeout);
  std::uint64_t said = 0;
  options.progress = [&](const FetchProgress& now) {
    if (now.bytes < said + kProgressBytes) return;
    said = now.bytes;
    crew.say(fmt::format("{}: {} of {} MB", source.name, now.bytes >> 20,
                         now.total == 0 ? "?" : std::to_string(now.total >> 20)));
  };
  auto fetched = fetch_source(source, options);
  if (!fetched) {
    one.report.state = UpdateReport::Source::State::Failed;
    one.report.error = fetched.error().context;
    return;
  }
  one.report.notes = std::move(fetched->notes);
  if (fetched->what == FetchOutcome::What::NotModified) return;
  one.report.state = UpdateReport::Source::State::Read;
  one.request = request_of(source, *fetched);
  // A rollback may come, or have come, while this was fetched.
  if (!request.names_held()) one.request->held = ImportRequest::Held::Kept;
}

Result<UpdateReport> Updater::update(const UpdateRequest& request, const Progress& progress) {
  const auto file = sources();
  if (!file) return fail(Error::Kind::NotFound, "no sources file: the setting lists.sources names none");
  CG_TRY(wanted, chosen(*file, request));
  Claim claim(*this, who_runs(request, clock_.now()));
  CG_TRY(all, begin(wanted, request, claim));
  Rounds rounds{.claim = claim};
  CG_TRY_VOID(fetch_and_publish(all, request, progress, rounds));
  if (rounds.error && rounds.done == 0) return std::unexpected(*std::move(rounds.error));
  UpdateReport out;
  out.publication = std::move(rounds.publication);
  for (auto& one : all) out.sources.push_back(std::move(one.report));
  return out;
}

Result<void> Updater::fetch_and_publish(std::vector<One>& all, const UpdateRequest& request, const Progress& progress,
                                        Rounds& rounds) {
  using std::chrono::steady_clock;
  std::vector<One*> asked, nothing;  // nothing: there is nothing to publish of them
  for (auto& one : all) (one.ask ? asked : nothing).push_back(&one);
  tell(nothing, {}, request, rounds.claim);
  const auto headline = [&](std::size_t index) { return "asking for " + place_of(*asked[index]->source); };
  const auto work = [&](std::size_t index, FetchCrew& crew) { fetch(*asked[index], request, crew); };
  FetchCrew crew(asked.size(), {.headline = headline, .fetch = work});
  constexpr auto kNever = steady_clock::time_point::max();
  auto due = kNever, at_the_latest = kNever;  // what has come is published
  for (;;) {
    const auto news = crew.wait(kLook);
    for (const auto& line : news.lines)
      if (progress) progress(line);
    const auto now = steady_clock::now();
    nothing.clear();
    for (const auto index : news.done) {
      (asked[index]->request ? rounds.ready : nothing).push_back(asked[index]);
      if (!asked[index]->request) continue;
      due = now + patience_;
      if (at_the_latest == kNever) at_the_latest = now + kPatienceInAll * patience_;
    }
    tell(nothing, {}, request, rounds.claim);
    if (request.cancelled && request.cancelled()) return was_cancelled(rounds.done);
    if (news.all_done) break;
    if (now < due && now < at_the_latest) continue;
    CG_TRY_VOID(publish(request, progress, rounds));
    due = at_the_latest = kNever;
  }
  // With nothing to read too: it compiles anew what the guards of today would have compiled otherwise.
  if (!rounds.ready.empty() || rounds.done == 0) return publish(request, progress, rounds);
  return {};
}

Result<void> Updater::publish(const UpdateRequest& request, const Progress& progress, Rounds& rounds) {
  Turn turn(*this);
  do
    if (request.cancelled && request.cancelled()) return was_cancelled(rounds.done);
  while (!turn.taken_within(kLook));
  auto ready = std::exchange(rounds.ready, {});
  std::ranges::sort(ready);  // as the request names them, whichever came first
  std::vector<ImportRequest> requests;
  for (const One* one : ready) requests.push_back(*one->request);
  auto done = store_.update(requests, request.change, "update", progress);
  if (!done) {
    for (One* one : ready) reject(*one, done.error().context);
    rounds.error = std::move(done).error();
    tell(ready, {}, request, rounds.claim);
    return {};
  }
  auto result = done->sources.begin();
  for (One* one : ready) {
    auto& summary = (result++)->second;
    if (!summary) {
      reject(*one, summary.error().context);
    } else if (summary->held) {
      one->report.state = UpdateReport::Source::State::Held;
    } else {
      one->report.summary = *std::move(summary);
      // Published, unchanged or kept to wait: in each case the store has it.
      if (const auto accepted = accept_fetched(*one->source, staging_); !accepted)
        one->report.notes.push_back(accepted.error().context);
    }
  }
  ++rounds.done;
  tell(ready, done->publication, request, rounds.claim);
  add_round(rounds.publication, std::move(done->publication));
  return {};
}

void Updater::tell(const std::vector<One*>& ended, const Publication& publication, const UpdateRequest& request,
                   Claim& claim) {
  for (const One* one : ended) claim.release(one->report.name);
  UpdateReport report{.sources = {}, .publication = publication};
  if (!request.round || (ended.empty() && !report.published() && publication.findings.empty())) return;
  for (const One* one : ended) report.sources.push_back(one->report);
  request.round(report);
}

// Its error is told already; that this one is not kept costs an early second attempt.
void Updater::reject(One& one, const std::string& why) const {
  one.report.state = UpdateReport::Source::State::Failed;
  one.report.error = fmt::format("source '{}': {}", one.report.name, why);
  static_cast<void>(reject_fetched(*one.source, staging_, why));
}

std::map<std::string, std::string> Updater::busy_now() const {
  const std::lock_guard lock(mutex_);
  return busy_;
}

std::vector<Updater::Standing> Updater::standing(const Zone& zone) const {
  std::vector<Standing> out;
  const auto file = sources();
  if (!file) return out;
  const auto busy = busy_now();
  const auto waiting = store_.waiting().value_or(Waiting());
  const std::uint64_t seed = seed_of(staging_);
  for (const auto& source : file->sources) {
    Standing one{.name = source.name,
                 .where = place_of(source),
                 .enabled = source.enabled,
                 .updating = {},
                 .past = fetch_state_of(source, staging_)};
    one.held = waiting.holds(source.name);
    if (const auto at = busy.find(source.name); at != busy.end()) one.updating = at->second;
    if (source.enabled && !one.held) one.next = next_update(plan_of(source, one.past), seed, clock_.now(), zone);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace citygate::categories
