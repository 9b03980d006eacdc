#include "app/services.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "policy/city_zone.h"

namespace citygate::app {

Result<std::unique_ptr<Services>> Services::open(const Config& config, const StateDirectory& state, Lists lists,
                                                 const Clock& clock, Warnings warnings) {
  CG_TRY(store, records::Store::open(state.database()));
  std::unique_ptr<Services> services(new Services(state, std::move(store), clock, warnings));
  services->store_->set_clock(clock);

  Problems problems;
  auto taxonomy = categories::Taxonomy::read(config.resolve(config.gateway.taxonomy), services->names(), problems);
  if (!taxonomy) return std::unexpected(problems.to_error());
  services->snapshots_.taxonomy = std::make_shared<const categories::Taxonomy>(std::move(*taxonomy));
  CG_TRY(list_store, categories::ListStore::open(state.lists(), *services->snapshots_.taxonomy, services->names()));
  services->list_store_ = std::move(list_store);
  services->list_store_->set_clock(clock);
  services->updater_ = std::make_unique<categories::Updater>(*services->list_store_, clock, state.lists() / "staging",
                                                             "citygate/" CITYGATE_VERSION);
  CG_TRY(sources, services->read_sources(config));
  services->updater_->set_sources(std::move(sources));
  CG_TRY(registrar, policy::ActRegistrar::open({.journal = services->store().acts(),
                                                .secrets = services->secrets_,
                                                .names = services->names(),
                                                .taxonomy = *services->snapshots_.taxonomy,
                                                .clock = clock,
                                                .keep_beside = [&it = *services](const auto& act, const auto& now) {
                                                  return it.keep_text(act, now);
                                                }}));
  services->registrar_ = std::move(registrar);
  CG_TRY(draft, services->read_policy(config));
  CG_TRY_VOID(services->registrar_->take(std::move(draft)));
  proxy::Snapshots first = services->in_force();
  if (lists == Lists::Load) CG_TRY_VOID(services->read_lists(first));
  services->put_in_force(std::move(first));
  return services;
}

proxy::Snapshots Services::in_force() const {
  auto state = registrar_ ? registrar_->state() : policy::Registrar::State();
  std::lock_guard lock(mutex_);
  proxy::Snapshots out = snapshots_;
  out.people = std::move(state.people);
  out.standing = std::move(state.standing);
  out.grants = std::move(state.grants);
  out.rules = std::move(state.rules);
  return out;
}

void Services::put_in_force(proxy::Snapshots snapshots) {
  std::lock_guard lock(mutex_);
  snapshots_ = std::move(snapshots);
}

Result<void> Services::reload(const Config& config) {
  proxy::Snapshots next = in_force();
  CG_TRY(draft, read_policy(config));
  CG_TRY(sources, read_sources(config));
  CG_TRY_VOID(read_lists(next));
  CG_TRY_VOID(registrar_->take(std::move(draft)));
  updater_->set_sources(std::move(sources));
  put_in_force(std::move(next));
  return {};
}

Result<std::shared_ptr<const categories::SourcesFile>> Services::read_sources(const Config& config) const {
  if (config.gateway.sources.empty()) return std::shared_ptr<const categories::SourcesFile>();
  Problems problems;
  auto file = categories::SourcesFile::read(config.resolve(config.gateway.sources), *in_force().taxonomy, problems);
  if (!file) return std::unexpected(problems.to_error());
  if (warnings_ == Warnings::Logged)
    for (const auto& warning : file->warnings) log::warning("{}", warning.to_string());
  return std::make_shared<const categories::SourcesFile>(*std::move(file));
}

Result<std::shared_ptr<const policy::Directory>> Services::read_people(const std::filesystem::path& file,
                                                                       const Zone& zone) {
  Problems problems;
  const auto text = read_file(file);
  if (!text) {
    problems.add(file.string(), 0, "cannot be read: " + text.error().context);
    return std::unexpected(problems.to_error());
  }
  const policy::Digest sha256 = policy::sha256_of(*text);
  const bool same = people_file_.path == file && people_file_.sha256 == sha256 && people_file_.zone == zone.name();
  if (same && people_file_.people) return people_file_.people;
  auto people = policy::Directory::parse(*text, file.string(), names(), problems, &zone);
  if (!people) return std::unexpected(problems.to_error());
  people_file_ = {.path = file, .sha256 = sha256, .zone = zone.name(), .people = std::move(people)};
  return people_file_.people;
}

Result<policy::ActRegistrar::Draft> Services::read_policy(const Config& config) {
  Problems problems;
  CG_TRY(zone, policy::read_zone(config.resolve(config.gateway.policy)));
  CG_TRY(people, read_people(config.resolve(config.gateway.people), zone));
  CG_TRY(draft,
         registrar_->draft(std::move(people), [&](const policy::Directory& all) -> Result<policy::Rulebook::Loaded> {
           auto loaded = policy::Rulebook::read(config.resolve(config.gateway.policy), *in_force().taxonomy, all,
                                                names(), problems);
           if (!loaded.rules || !loaded.grants) return std::unexpected(problems.to_error());
           return loaded;
         }));
  if (warnings_ == Warnings::Logged)
    for (const auto& warning : draft.warnings.list()) log::warning("{}", warning.to_string());
  CG_TRY_VOID(state_.keep_policy(draft.files.rules->sha256(), draft.files.rules->source_text()));
  return std::move(draft);
}

Result<void> Services::keep_text(const Act& act, const policy::Registrar::State& state) const {
  const auto keep = [&](const policy::Acknowledgement* text) -> Result<void> {
    if (!text || text->sha256 != act.field("text")) return {};
    return state_.keep_text(text->sha256, text->text());
  };
  if (act.kind == ActKind::AcknowledgeAccess) return keep(state.rules->access_agreement());
  const policy::Person* person = state.people->by_name(act.subject);
  if (act.kind != ActKind::Acknowledge || !person) return {};
  return keep(state.rules->acknowledgement(person->department_at(clock_.now()), person->kind));
}

Result<void> Services::take_starter(const Config& config) {
  if (!config.gateway.starter.empty()) {
    const auto imported = import_starter(config);
    // With other lists in force the gateway still refuses what it should; without any it must not start open.
    if (!imported && !in_force().lists->id()) return imported;
    if (!imported)
      log::warning("the starter list was not imported, the lists stay as they were: {}", imported.error().context);
    CG_TRY_VOID(adopt_lists());
  }
  if (!in_force().lists->id())
    log::warning(
        "no list is in force: every site is uncategorised until `citygate lists import` or lists.starter names one");
  return {};
}

Result<void> Services::import_starter(const Config& config) {
  categories::ImportRequest request;
  request.path = config.resolve(config.gateway.starter);
  request.source = "starter";
  // A rollback that took another version of it stands until a person imports it by name.
  CG_TRY(waiting, list_store_->waiting());
  if (std::ranges::find(waiting.held, request.source, &categories::Waiting::Held::name) != waiting.held.end()) {
    log::warning("the starter list is held back by a rollback; `citygate lists import {} --as starter` ends that",
                 request.path.string());
    return {};
  }
  CG_TRY(done, list_store_->import(request, {.author = "citygate", .reason = "the starter list has changed"}, {}));
  const auto& summary = done.first;
  if (!summary.unchanged)
    log::info("starter list: {} entries, {} lines not understood", summary.entries, [&] {
      std::uint64_t lines = 0;
      for (const auto& skipped : summary.skipped) lines += skipped.lines;
      return lines;
    }());
  for (const auto& finding : done.second.findings) log::warning("starter list: {}", finding.text);
  if (!done.second.waiting.empty())
    log::warning(
        "the starter list waits for a person, the one before stays; see `citygate lists status` and `citygate lists "
        "diff`");
  return {};
}

Result<void> Services::adopt_lists() {
  proxy::Snapshots next = in_force();
  const auto before = next.lists;
  CG_TRY_VOID(read_lists(next));
  // An image that was damaged is built anew under its old id.
  if (before && next.lists->id() == before->id() && next.lists->status().built == before->status().built) return {};
  put_in_force(std::move(next));
  return {};
}

Result<void> Services::read_lists(proxy::Snapshots& into) {
  std::string warning;
  CG_TRY(lists, list_store_->load_current(warning));
  if (!warning.empty()) log::warning("{}", warning);
  into.lists = std::move(lists);
  return {};
}

}  // namespace citygate::app
