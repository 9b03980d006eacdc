#include "console/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

namespace citygate::console {
namespace {

// What a double holds exactly is written without a point or an exponent.
constexpr double kExact = 9007199254740992.0;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == std::floor(value) && std::abs(value) < kExact)
    return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", value);
}

// Of a label's value; in a help text quotes stand as they are.
std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out.push_back(c);
  }
  return out;
}

std::string label_text(const Metric::Labels& labels, std::string_view bound = {}) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{}{}=\"{}\"", out.empty() ? "{" : ",", name, escaped(value, true));
  };
  for (const auto& [name, value] : labels) add(name, value);
  if (!bound.empty()) add("le", bound);
  if (!out.empty()) out.push_back('}');
  return out;
}

void write_histogram(std::string& out, const std::string& name, const Metric& metric, const HistogramValues& values) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < values.buckets.size(); ++i) {
    count += values.buckets[i];
    const std::string bound = i < kHistogramBounds ? number(values.bound_seconds(i)) : "+Inf";
    fmt::format_to(std::back_inserter(out), "{}_bucket{} {}\n", name, label_text(metric.labels, bound), count);
  }
  const std::string labels = label_text(metric.labels);
  fmt::format_to(std::back_inserter(out), "{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, labels,
                 number(static_cast<double>(values.sum_ns) / 1e9), count);
}

nlohmann::ordered_json to_json(const Metric& metric) {
  nlohmann::ordered_json out;
  out["labels"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : metric.labels) out["labels"][name] = value;
  if (const auto* value = std::get_if<double>(&metric.value)) {
    // The same digits as in the text: 42, not 42.0.
    if (*value == std::floor(*value) && std::abs(*value) < kExact)
      out["value"] = static_cast<std::int64_t>(*value);
    else
      out["value"] = *value;
    return out;
  }
  const auto& values = std::get<HistogramValues>(metric.value);
  std::uint64_t count = 0;
  auto buckets = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < kHistogramBounds; ++i)
    buckets.push_back({{"le", values.bound_seconds(i)}, {"count", count += values.buckets[i]}});
  out["count"] = count + values.buckets.back();
  out["sum"] = static_cast<double>(values.sum_ns) / 1e9;
  out["buckets"] = std::move(buckets);
  return out;
}

}  // namespace

std::string_view to_string(MetricFamily::Type type) {
  switch (type) {
    case MetricFamily::Type::Counter: return "counter";
    case MetricFamily::Type::Gauge: return "gauge";
    case MetricFamily::Type::Histogram: return "histogram";
  }
  return "untyped";
}

std::string metrics_text(const Metrics& metrics) {
  std::string out;
  for (const auto& family : metrics) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", family.name,
                   escaped(family.help, false), to_string(family.type));
    for (const auto& metric : family.metrics) {
      if (const auto* values = std::get_if<HistogramValues>(&metric.value))
        write_histogram(out, family.name, metric, *values);
      else
        fmt::format_to(std::back_inserter(out), "{}{} {}\n", family.name, label_text(metric.labels),
                       number(std::get<double>(metric.value)));
    }
  }
  return out;
}

std::string metrics_json(const Metrics& metrics) {
  std::string out;
  for (const auto& family : metrics) {
    nlohmann::ordered_json json;
    json["name"] = family.name;
    json["type"] = to_string(family.type);
    json["help"] = family.help;
    json["metrics"] = nlohmann::ordered_json::array();
    for (const auto& metric : family.metrics) json["metrics"].push_back(to_json(metric));
    out += json.dump();
    out.push_back('\n');
  }
  return out;
}

}  // namespace citygate::console
