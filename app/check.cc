#include "app/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/certificates.h"
#include "app/listed_categories.h"
#include "app/portal_host.h"
#include "categories/sources_file.h"
#include "categories/taxonomy.h"
#include "policy/city_zone.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"

namespace citygate::app {
namespace {

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string summarise(const Config& config, const categories::Taxonomy& taxonomy, const policy::Directory& people,
                      const policy::Rulebook::Loaded& policy) {
  const auto& rules = *policy.rules;
  return fmt::format(
      "OK  {}\nlisten    {}\ntaxonomy  {} categories\npeople    {} people and devices in {} departments\n"
      "policy    {}, {}: {}, {}, {}",
      config.file.string(), fmt::join(config.gateway.listen, ", "), taxonomy.all().size(), people.people().size(),
      people.departments().size(), rules.city(), rules.zone().name(), counted(rules.rules().size(), "rule"),
      counted(rules.quotas(DepartmentId{}).size(), "quota"), counted(policy.grants->all().size(), "grant"));
}

// Of `citygate check`.
std::string read_sources(const Config& config, const categories::Taxonomy& taxonomy, Problems& problems) {
  std::string notes;
  if (const auto& file = config.gateway.sources; !file.empty())
    if (const auto sources = categories::SourcesFile::read(config.resolve(file), taxonomy, problems)) {
      notes += fmt::format("\nsources   {} of lists, {} enabled", sources->sources.size(),
                           std::ranges::count_if(sources->sources, &categories::Source::enabled));
      for (const auto& warning : sources->warnings) notes += "\nwarning   " + warning.to_string();
    }
  return notes;
}

// Refused all the same, but nameless: an older taxonomy of a city's own is no reason not to start.
std::string missing_signs(const categories::Taxonomy& taxonomy) {
  std::string notes;
  for (const std::string_view sign : policy::kSignCategories)
    if (!taxonomy.find(sign))
      notes += fmt::format("\nnote      the taxonomy has no category '{}': records cannot name what is refused for it",
                           sign);
  return notes;
}

// Every request would be refused for a signature that nobody can give.
std::string missing_portal(const Config& config, const policy::Rulebook& rules) {
  if (!config.portal.listen.empty() || !rules.acknowledgement({}, policy::Subject::Kind::Person)) return "";
  return "\nnote      the policy asks for an acknowledgement and portal.listen is empty: it can be given by "
         "`citygate access acknowledge` alone";
}

std::string check_certificates(const Config& config, Problems& problems) {
  std::string certificate = check_certificate(config, problems);
  check_portal_certificate(config, problems);
  return certificate;
}

}  // namespace

std::optional<Checked> read_everything(const std::filesystem::path& config_file, Problems& problems) {
  MemoryNames names;
  auto config = Config::read_in_part(config_file, problems);
  if (!config) return std::nullopt;
  const auto taxonomy = categories::Taxonomy::read(config->resolve(config->gateway.taxonomy), names, problems);
  const auto policy_file = config->resolve(config->gateway.policy);
  // A policy without a zone is told of below, by its own reader; until then any will do.
  auto zone = policy::read_zone(policy_file);
  if (!zone) zone = Zone::open("UTC");
  const auto people =
      policy::Directory::read(config->resolve(config->gateway.people), names, problems, zone ? &*zone : nullptr);
  if (!taxonomy || !people) {
    const auto before = problems.list().size();
    static_cast<void>(read_document(policy_file, problems));  // its syntax at least
    if (problems.list().size() == before)
      problems.add(policy_file.string(), 0, "its names were not checked: they hang on the files above");
    return std::nullopt;
  }
  const auto policy = policy::Rulebook::read(policy_file, *taxonomy, *people, names, problems);
  const std::string notes = read_sources(*config, *taxonomy, problems) + missing_signs(*taxonomy);
  const std::string certificate = check_certificates(*config, problems);
  if (!problems.empty()) return std::nullopt;
  std::string summary = summarise(*config, *taxonomy, *people, policy);
  summary += notes + missing_portal(*config, *policy.rules);
  if (!certificate.empty()) summary += "\n" + certificate;
  auto idle = rules_without_entries(*config, *taxonomy, *policy.rules);
  return Checked{std::move(*config), std::move(summary), std::move(idle)};
}

std::optional<Config> read_settings(const std::filesystem::path& config_file, Problems& problems) {
  MemoryNames names;
  auto config = Config::read_in_part(config_file, problems);
  if (!config) return std::nullopt;
  const auto taxonomy = categories::Taxonomy::read(config->resolve(config->gateway.taxonomy), names, problems);
  if (!taxonomy) return std::nullopt;
  static_cast<void>(read_sources(*config, *taxonomy, problems));
  static_cast<void>(check_certificates(*config, problems));
  if (!problems.empty()) return std::nullopt;
  return config;
}

bool may_hold_acts(const std::filesystem::path& state) {
  std::error_code error;
  return std::filesystem::exists(state / "db" / "CURRENT", error);
}

int check(const std::filesystem::path& config_file, console::Output& output) {
  Problems problems;
  const auto checked = read_everything(config_file, problems);
  if (checked)
    for (const auto& idle : checked->idle_rules) problems.add(idle.file, idle.line, idle.text);
  if (problems.empty())
    output.out(checked->summary);
  else
    output.err(problems.to_string());
  Problems ignored;
  if (const auto config = checked ? std::nullopt : Config::read_in_part(config_file, ignored))
    if (may_hold_acts(config->resolve(config->gateway.state)))
      output.err(
          "this command reads files alone: a name that acts have added to the people file is known to a start and a "
          "reload, and not here");
  return problems.empty() ? 0 : 1;
}

}  // namespace citygate::app
