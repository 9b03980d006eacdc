#include "app/policy_commands.h"

#include <fmt/format.h>

#include <vector>

#include "app/config.h"
#include "base/file.h"
#include "base/hex.h"
#include "categories/taxonomy.h"
#include "console/commands.h"
#include "policy/city_zone.h"
#include "policy/people/directory.h"
#include "policy/rulebook.h"
#include "review/policy_diff.h"
#include "review/policy_idle.h"
#include "review/policy_text.h"

namespace citygate::app {
namespace {

namespace fs = std::filesystem;

// What a policy file's names are.
struct Ground {
  MemoryNames names;
  std::optional<Config> config;
  std::optional<categories::Taxonomy> taxonomy;
  std::shared_ptr<const policy::Directory> people;

  // `policy_file` says by which clock the people file's dates are.
  [[nodiscard]] bool read(const fs::path& config_file, const std::string& policy_file, Problems& problems) {
    config = Config::read_in_part(config_file, problems);
    if (!config) return false;
    auto zone = policy::read_zone(policy_file.empty() ? this->policy_file() : fs::path(policy_file));
    if (!zone) zone = Zone::open("UTC");  // the policy's own reader will tell
    taxonomy = categories::Taxonomy::read(config->resolve(config->gateway.taxonomy), names, problems);
    people = policy::Directory::read(config->resolve(config->gateway.people), names, problems, zone ? &*zone : nullptr);
    return taxonomy && people;
  }

  [[nodiscard]] fs::path policy_file() const { return config->resolve(config->gateway.policy); }

  [[nodiscard]] policy::Rulebook::Loaded load(const fs::path& file, Problems& problems) {
    return policy::Rulebook::read(file, *taxonomy, *people, names, problems);
  }

  [[nodiscard]] review::PolicyView view(const policy::Rulebook::Loaded& loaded) const {
    return {*loaded.rules, *loaded.grants, *taxonomy, *people};
  }
};

int tell(const Problems& problems, console::Output& output) {
  output.err(problems.to_string());
  return console::kFailed;
}

void print(std::string text, console::Output& output) {
  while (text.ends_with('\n')) text.pop_back();
  output.out(text);
}

// A file of that name; else the kept version whose SHA-256 begins so.
Result<fs::path> find_version(const std::string& word, const fs::path& state) {
  constexpr std::size_t kFewest = 8;
  std::error_code error;
  if (fs::exists(word, error)) return fs::path(word);
  if (word.size() < kFewest || word.find_first_not_of(kHexDigits) != std::string::npos)
    return fail(Error::Kind::NotFound,
                fmt::format("'{}' is neither a file nor the SHA-256 of a kept version, of which at least {} hex digits "
                            "are needed",
                            word, kFewest));
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(state / "policies", error))
    if (entry.path().extension() == ".toml" && entry.path().stem().string().starts_with(word))
      found.push_back(entry.path());
  if (found.size() == 1) return found.front();
  return fail(Error::Kind::NotFound,
              found.empty() ? fmt::format("no version '{}' is kept in {}", word, (state / "policies").string())
                            : fmt::format("'{}' is the beginning of {} kept versions", word, found.size()));
}

}  // namespace

int show_policy(const fs::path& config_file, const PolicyRequest& request, console::Output& output) {
  Problems problems;
  Ground ground;
  if (!ground.read(config_file, request.file, problems)) return tell(problems, output);
  const auto loaded = ground.load(request.file.empty() ? ground.policy_file() : fs::path(request.file), problems);
  if (!loaded.rules) return tell(problems, output);
  std::optional<DepartmentId> department;
  if (request.department) {
    const auto* known = ground.people->department(std::string_view(*request.department));
    if (!known) {
      std::vector<std::string_view> names;
      for (const auto& each : ground.people->departments()) names.push_back(each.name);
      const auto near = nearest(*request.department, names);
      output.err(fmt::format("unknown department '{}'{}", *request.department,
                             near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
      return console::kWrongRequest;
    }
    department = known->id;
  }
  print(review::policy_text(ground.view(loaded), department), output);
  return console::kDone;
}

int diff_policies(const fs::path& config_file, const fs::path& state, const PolicyRequest& request,
                  console::Output& output) {
  const auto before = find_version(request.before, state), after = find_version(request.after, state);
  for (const auto* each : {&before, &after})
    if (!*each) return console::report_error(each->error(), output);
  Problems problems;
  Ground ground;
  if (!ground.read(config_file, after->string(), problems)) return tell(problems, output);
  const auto old_policy = ground.load(*before, problems), new_policy = ground.load(*after, problems);
  if (!old_policy.rules || !new_policy.rules) return tell(problems, output);
  const auto changes = review::policy_changes(ground.view(old_policy), ground.view(new_policy));
  if (!changes.empty())
    output.out(fmt::format("{}", fmt::join(changes, "\n")));
  else
    output.out(old_policy.rules->sha256() == new_policy.rules->sha256()
                   ? "They are the same file."
                   : "They say the same: only titles, order or comments differ.");
  return console::kDone;
}

int check_policy(const fs::path& config_file, const PolicyRequest& request, console::Output& output) {
  Problems problems;
  Ground ground;
  if (!ground.read(config_file, request.file, problems)) return tell(problems, output);
  const auto loaded = ground.load(request.file.empty() ? ground.policy_file() : fs::path(request.file), problems);
  if (!loaded.rules) return tell(problems, output);
  const auto& rules = *loaded.rules;
  std::string text =
      fmt::format("OK        {}, {}: version {}, {} rules, {} of them of departments", rules.city(),
                  rules.zone().name(), rules.sha256().substr(0, 16), rules.rules().size(),
                  std::ranges::count_if(rules.rules(), [](const auto& rule) { return bool{rule.department}; }));
  for (const auto& idle : review::idle_parts(ground.view(loaded), SystemClock().now())) text += "\nidle      " + idle;
  output.out(text);
  return console::kDone;
}

}  // namespace citygate::app
