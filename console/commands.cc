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
    lists_commands,    lists_change_commands,   lists_override_commands, access_commands,
    receipts_commands, access_show_commands,    acts_commands,           acts_export_commands,
    people_commands,   people_change_commands,  people_import_commands,  downloads_commands,
    grants_commands,   sealed_summary_commands, dispute_commands,        records_commands,
    report_commands,   explain_commands,        effective_commands,      metrics_commands,
    status_commands,
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

int report_error(const Error& error, Output& output) {
  output.err(error.context.empty() ? to_string(error.kind) : std::string_view(error.context));
  return error.kind == Error::Kind::Malformed || error.kind == Error::Kind::NotFound ? kWrongRequest : kFailed;
}

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
  std::vector<std::string_view> known(command->required.begin(), command->required.end());
  known.insert(known.end(), command->optional.begin(), command->optional.end());
  for (const auto& [name, value] : request.args) {
    if (std::ranges::find(known, name) != known.end()) continue;
    output.err(fmt::format("'{}' takes no argument '{}'{}", command->name, name, suggestion(name, known)));
    return kWrongRequest;
  }
  for (const auto name : command->required) {
    if (!argument(request.args, name).empty()) continue;
    output.err(fmt::format("'{}' needs the argument '{}'", command->name, name));
    return kWrongRequest;
  }
  // Where it is required, the registrar says who may be an author.
  if (std::ranges::find(command->optional, "by") != command->optional.end())
    if (const auto by = check_by(op, request.args); !by) return report_error(by.error(), output);
  return command->run(op, request.args, output);
}

}  // namespace citygate::console
