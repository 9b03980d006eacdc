#include "app/check.h"

#include <fmt/format.h>

#include "app/config.h"
#include "categories/taxonomy.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"

namespace citygate::app {
namespace {

void summarise(const Config& config, const categories::Taxonomy& taxonomy, const policy::Directory& people,
               const policy::Rulebook::Loaded& policy, console::Output& output) {
  const auto& rules = *policy.rules;
  output.out(fmt::format("OK  {}", config.file.string()));
  output.out(fmt::format("listen    {}", fmt::join(config.gateway.listen, ", ")));
  output.out(fmt::format("taxonomy  {} categories", taxonomy.all().size()));
  output.out(fmt::format("people    {} people and devices in {} departments", people.people().size(),
                         people.departments().size()));
  output.out(fmt::format("policy    {}, {}: {} rules, {} quotas, {} grants", rules.city(), rules.zone().name(),
                         rules.rules().size(), rules.quotas(DepartmentId{}).size(), policy.grants->all().size()));
}

}  // namespace

int check(const std::filesystem::path& config_file, console::Output& output) {
  Problems problems;
  MemoryNames names;
  const auto config = Config::read(config_file, problems);
  if (!config) {
    output.err(problems.to_string());
    output.err("the files it names were not looked at: mend these first");
    return 1;
  }
  const auto taxonomy = categories::Taxonomy::read(config->resolve(config->gateway.taxonomy), names, problems);
  const auto people = policy::Directory::read(config->resolve(config->gateway.people), names, problems);
  const auto policy_file = config->resolve(config->gateway.policy);
  policy::Rulebook::Loaded policy;
  const bool policy_read = taxonomy && people;
  if (policy_read)
    policy = policy::Rulebook::read(policy_file, *taxonomy, *people, names, problems);
  else
    static_cast<void>(read_document(policy_file, problems));  // its syntax at least
  if (!problems.empty()) {
    output.err(problems.to_string());
    if (!policy_read)
      output.err(fmt::format("{}: its names were not checked: they hang on the files above", policy_file.string()));
    return 1;
  }
  summarise(*config, *taxonomy, *people, policy, output);
  return 0;
}

}  // namespace citygate::app
