#include "categories/updater.h"

#include <fmt/format.h>

#include <algorithm>

#include "categories/digest.h"
#include "categories/update_schedule.h"

namespace citygate::categories {
namespace {

constexpr std::uint64_t kProgressBytes = std::uint64_t{16} << 20;  // a line each, no more

// Which moment in the jitter of its sources is this gateway's: the same for ever, another for each.
std::uint64_t seed_of(const std::filesystem::path& staging) {
  Digest digest;
  digest.add(std::filesystem::absolute(staging).string());
  return parse_hex16(digest.finish_hex().substr(0, 16)).value_or(0);
}

ImportRequest request_of(const Source& source, const FetchOutcome& outcome) {
  ImportRequest out;
  out.path = outcome.file;
  out.source = source.name;
  out.category = source.category;
  out.format = parse_list_format(source.format).value_or(ListFormat::Detect);
  out.subdomains = source.subdomains;
  for (const auto& [foreign, ours] : source.categories) out.categories.emplace(foreign, ours);
  out.input = outcome.version.sha256 + " " + digest_of_request(source);
  return out;
}

}  // namespace

bool UpdateRequest::names_held() const { return by == By::Person && !names.empty(); }

bool UpdateReport::failed() const {
  return std::ranges::any_of(sources, [](const Source& one) { return one.state == Source::State::Failed; });
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
    if (out.empty()) return fail(Error::Kind::NotFound, "the sources file names no source that is enabled");
    return out;
  }
  for (const auto& name : request.names) {
    const Source* source = file.find(name);
    if (!source) {
      std::vector<std::string_view> names;
      for (const auto& one : file.sources) names.push_back(one.name);
      const auto near = nearest(name, names);
      return fail(Error::Kind::NotFound, fmt::format("the sources file has no source '{}'{}", name,
                                                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
    }
    out.push_back(source);
  }
  return out;
}

Updater::Fetched Updater::fetch(const Source& source, const UpdateRequest& request, bool in_force, bool held,
                                const Progress& progress) const {
  Fetched out{.source = &source, .report = {}, .request = std::nullopt};
  out.report.name = source.name;
  if (held && !request.names_held()) {
    out.report.state = UpdateReport::Source::State::Held;
    return out;
  }
  FetchOptions options;
  options.staging = staging_;
  options.user_agent = user_agent_;
  options.now = clock_.now();
  options.when = request.when;
  if (options.when == FetchOptions::When::Changed && (!in_force || held)) options.when = FetchOptions::When::NotInForce;
  options.cancelled = request.cancelled;
  options.limits.total = source.timeout;
  options.limits.connect = std::min<std::chrono::milliseconds>(options.limits.connect, source.timeout);
  options.limits.stalled = std::min(options.limits.stalled, source.timeout);
  std::uint64_t said = 0;
  options.progress = [&](const FetchProgress& now) {
    if (!progress || now.bytes < said + kProgressBytes) return;
    said = now.bytes;
    progress(fmt::format("{}: {} of {} MB", source.name, now.bytes >> 20,
                         now.total == 0 ? "?" : std::to_string(now.total >> 20)));
  };
  if (progress)
    progress(fmt::format("asking for {}", source.url.empty() ? source.path.string() : shown_url(source.url)));
  auto fetched = fetch_source(source, options);
  if (!fetched) {
    out.report.state = UpdateReport::Source::State::Failed;
    out.report.error = fetched.error().context;
    return out;
  }
  out.report.notes = std::move(fetched->notes);
  if (fetched->what == FetchOutcome::What::NotModified) return out;
  out.report.state = UpdateReport::Source::State::Read;
  out.request = request_of(source, *fetched);
  // A rollback may come, or have come, while this was fetched.
  if (!request.names_held()) out.request->held = ImportRequest::Held::Kept;
  return out;
}

Result<UpdateReport> Updater::update(const UpdateRequest& request, const Progress& progress) {
  const std::unique_lock alone(updating_, std::try_to_lock);
  if (!alone) return fail(Error::Kind::Refused, "another update of the lists is running; update after its end");
  const auto file = sources();
  if (!file) return fail(Error::Kind::NotFound, "no sources file: the setting lists.sources names none");
  CG_TRY(wanted, chosen(*file, request));
  CG_TRY(waiting, store_.waiting());
  CG_TRY(history, store_.history());
  const auto in_force = [&](const std::string& name) {
    return !history.empty() &&
           std::ranges::find(history.back().sources, name, &HistoryEntry::Source::name) != history.back().sources.end();
  };
  std::vector<Fetched> fetched;
  std::vector<ImportRequest> requests;
  for (const Source* source : wanted) {
    const bool held = waiting.holds(source->name);
    fetched.push_back(fetch(*source, request, in_force(source->name), held, progress));
    if (fetched.back().request) requests.push_back(*fetched.back().request);
  }
  if (request.cancelled && request.cancelled())
    return fail(Error::Kind::Refused, "the update was cancelled; what was fetched is kept for the next one");
  auto done = store_.update(requests, request.change, "update", progress);
  if (!done) {
    for (const auto& one : fetched)
      if (one.request) reject(one, done.error().context);
    return std::unexpected(std::move(done).error());
  }
  UpdateReport out;
  out.publication = std::move(done->publication);
  auto result = done->sources.begin();
  for (auto& one : fetched) {
    if (one.request) {
      auto& summary = (result++)->second;
      if (summary && summary->held) {
        one.report.state = UpdateReport::Source::State::Held;
      } else if (summary) {
        one.report.summary = *std::move(summary);
        // Published, unchanged or kept to wait: in each case the store has it.
        if (const auto accepted = accept_fetched(*one.source, staging_); !accepted)
          one.report.notes.push_back(accepted.error().context);
      } else {
        one.report.state = UpdateReport::Source::State::Failed;
        one.report.error = fmt::format("source '{}': {}", one.report.name, summary.error().context);
        reject(one, summary.error().context);
      }
    }
    out.sources.push_back(std::move(one.report));
  }
  return out;
}

// Its error is told already; that this one is not kept costs an early second attempt.
void Updater::reject(const Fetched& one, const std::string& why) const {
  static_cast<void>(reject_fetched(*one.source, staging_, why));
}

std::vector<Updater::Standing> Updater::standing(const Zone& zone) const {
  std::vector<Standing> out;
  const auto file = sources();
  if (!file) return out;
  const auto waiting = store_.waiting().value_or(Waiting());
  const std::uint64_t seed = seed_of(staging_);
  for (const auto& source : file->sources) {
    Standing one{.name = source.name,
                 .where = source.url.empty() ? source.path.string() : shown_url(source.url),
                 .enabled = source.enabled,
                 .past = fetch_state_of(source, staging_)};
    one.held = waiting.holds(source.name);
    if (source.enabled && !one.held) one.next = next_update(plan_of(source, one.past), seed, clock_.now(), zone);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace citygate::categories
