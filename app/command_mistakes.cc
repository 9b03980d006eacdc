#include "app/command_mistakes.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/document.h"

namespace citygate::app {
namespace {

// The innermost command that was named, and its words: "lists import ".
std::pair<const CLI::App*, std::string> asked(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string path;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += at->get_name() + " ";
  }
  return {at, path};
}

}  // namespace

void name_unexpected_words(const CLI::App& app) {
  const auto [at, path] = asked(app);
  std::vector<std::string> options;
  for (const CLI::Option* option : at->get_options())
    for (const auto& name : option->get_lnames()) options.push_back("--" + name);
  const std::vector<std::string_view> names(options.begin(), options.end());
  const auto words = app.remaining(true);
  const std::string first = words.empty() ? "" : words.front().substr(0, words.front().find('='));
  const auto near = first.starts_with("--") ? nearest(first, names) : std::string_view();
  const auto command = std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1);
  if (!near.empty() && near == first) {
    fmt::print(stderr, "'{0}' stands behind the command: `citygate {1} {0} ...`\n", first, command);
    return;
  }
  fmt::print(stderr, "`citygate{}{}` does not take '{}'{}\nRun with --help for more information.\n",
             path.empty() ? "" : " ", command, first, near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

bool name_missing_command(const CLI::App& app) {
  const auto [at, path] = asked(app);
  const auto known = at->get_subcommands([](const CLI::App*) { return true; });
  if (known.empty()) return false;
  std::vector<std::string_view> names;
  for (const CLI::App* command : known) names.push_back(command->get_name());
  const auto words = app.remaining(true);
  if (words.empty() || words.front().starts_with('-')) {
    if (!words.empty()) fmt::print(stderr, "'{}' is not expected here. ", words.front());
    fmt::print(stderr, "`citygate{}{}` needs a command: {}\n", path.empty() ? "" : " ",
               std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1), fmt::join(names, ", "));
    return true;
  }
  const auto near = nearest(words.front(), names);
  fmt::print(stderr, "there is no command '{}{}'{}\nRun with --help for more information.\n", path, words.front(),
             near.empty() ? fmt::format("; there is: {}", fmt::join(names, ", "))
                          : fmt::format("; did you mean '{}{}'?", path, near));
  return true;
}

}  // namespace citygate::app
