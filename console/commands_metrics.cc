#include <fmt/format.h>

#include "console/commands.h"
#include "console/metrics.h"

namespace citygate::console {
namespace {

int metrics(Operator& op, const Arguments& args, Output& output) {
  const auto format = argument(args, "format");
  if (!format.empty() && format != "text" && format != "json") {
    output.err(fmt::format("format '{}' is none; write text (Prometheus) or json", format));
    return kWrongRequest;
  }
  const auto metrics = op.metrics();
  if (!metrics) return report_error(metrics.error(), output);
  std::string text = format == "json" ? metrics_json(*metrics) : metrics_text(*metrics);
  if (text.ends_with('\n')) text.pop_back();
  output.out(text);
  return kDone;
}

constexpr Option kMetricsOptions[] = {
    Option::value("format", "FORMAT", "text (Prometheus) or json (an object a line)")};

constexpr Command kCommands[] = {
    {"metrics", "Numbers for a monitoring system, as Prometheus reads them; docs/metrics.md lists them.",
     kMetricsOptions, metrics},
};

}  // namespace

std::span<const Command> metrics_commands() { return kCommands; }

}  // namespace citygate::console
