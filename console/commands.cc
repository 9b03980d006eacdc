#include "console/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/document.h"
#include "console/act_log.h"

namespace citygate::console {
namespace {

using Part = std::span<const Command> (*)();
constexpr Part kParts[] = {
    lists_update_commands,   lists_change_commands,  lists_commands,     lists_override_commands,
    access_commands,         access_show_commands,   receipts_commands,  people_commands,
    people_change_commands,  people_import_commands, downloads_commands, grants_commands,
    sealed_summary_commands, dispute_commands,       records_commands,   acts_commands,
    acts_export_commands,    explain_commands,       effective_commands, report_commands,
    metrics_commands,        status_commands,
};

constexpr CommandGroup kGroups[] = {
    {"lists", "Fetch lists, see what is in force, look a site up, override what lists say."},
    {"access", "Suspend, reinstate and separate people; who has signed what."},
    {"people", "Who is who: people, guests, devices, departments and addresses."},
    {"people address", "Give somebody an address, or take it away."},
    {"people guest", "People who are here for a term."},
    {"people department", "Add a department, or change one."},
    {"download", "Programs that wait at the gateway until somebody has agreed to them."},
    {"grant", "Ask for a permission, agree to one, see what is agreed to."},
    {"dispute", "\"This was work\": what people say against a verdict."},
    {"records", "Search the records of exchanges, or follow them as they come."},
    {"acts", "What people decided about this gateway: look it up, export it, verify it."},
    {"clock", "Move the clock of a gateway that was started with --test-clock."},
};

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> out;
    for (const Part part : kParts) out.insert(out.end(), part().begin(), part().end());
    return out;
  }();
  return all;
}

std::span<const CommandGroup> command_groups() { return kGroups; }

int report_error(const Error& error, Output& output) {
  output.err(error.context.empty() ? to_string(error.kind) : std::string_view(error.context));
  return error.kind == Error::Kind::Malformed || error.kind == Error::Kind::NotFound ? kWrongRequest : kFailed;
}

int answer(const Result<void>& done, Output& output) { return done ? kDone : report_error(done.error(), output); }

std::string_view argument(const Arguments& args, std::string_view name) {
  const auto it = args.find(name);
  return it == args.end() ? std::string_view() : std::string_view(it->second);
}

int run_command(Operator& op, const Request& request, Output& output) {
  const auto all = commands();
  const auto command = std::ranges::find(all, request.command, &Command::name);
  if (command == all.end()) {
    std::vector<std::string_view> names;
    for (const auto& known : all) names.push_back(known.name);
    output.err(fmt::format("unknown command '{}'{}", request.command, suggestion(request.command, names)));
    return kWrongRequest;
  }
  std::vector<std::string_view> known;
  for (const Option& option : command->options)
    if (option.file_of != Option::File::Own) known.push_back(option.name);
  for (const auto& [name, value] : request.args) {
    if (std::ranges::find(known, name) != known.end()) continue;
    output.err(fmt::format("'{}' takes no argument '{}'{}", command->name, name, suggestion(name, known)));
    return kWrongRequest;
  }
  for (const Option& option : command->options) {
    if (!option.required || !argument(request.args, option.name).empty()) continue;
    output.err(fmt::format("'{}' needs the argument '{}'", command->name, option.name));
    return kWrongRequest;
  }
  // Where it is required, the registrar says who may be an author.
  const auto by = std::ranges::find(command->options, std::string_view("by"), &Option::name);
  if (by != command->options.end() && !by->required)
    if (const auto known_by = check_by(op, request.args); !known_by) return report_error(known_by.error(), output);
  return command->run(op, request.args, output);
}

}  // namespace citygate::console
