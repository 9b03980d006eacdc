// metrics.h - numbers for a monitoring system, and the two forms in which they are handed over.
//
//   Operator::metrics() ─▶ MetricFamily... ─▶ Prometheus text (exposition format 0.0.4) or JSON, a family a line
//
// The text is written by hand rather than by a client library: such a library brings its own counters, which a worker
// could not write without locked instructions, and its text would be all that we took of it.
// Labels    of fixed words, worker numbers and versions in force: how many there are does not grow with traffic.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/histogram.h"

namespace citygate::console {

struct Metric {
  using Labels = std::vector<std::pair<std::string, std::string>>;
  Labels labels;
  std::variant<double, HistogramValues> value;
};

struct MetricFamily {
  enum class Type : std::uint8_t { Counter, Gauge, Histogram };
  std::string name;  // whole: "citygate_exchanges_total"
  Type type = Type::Gauge;
  std::string help;
  std::vector<Metric> metrics;  // no two with the same labels

  void add(double value, Metric::Labels labels = {}) { metrics.push_back({std::move(labels), value}); }
  void add(const HistogramValues& value, Metric::Labels labels = {}) { metrics.push_back({std::move(labels), value}); }
};
using Metrics = std::vector<MetricFamily>;

[[nodiscard]] std::string_view to_string(MetricFamily::Type type);

// With its last line feed.
[[nodiscard]] std::string metrics_text(const Metrics& metrics);
// {"name": ..., "type": ..., "help": ..., "metrics": [{"labels": {}, "value": 1} |
//  {"labels": {}, "count": 3, "sum": 0.5, "buckets": [{"le": 0.001, "count": 2}, ...]}]}: one object a line.
[[nodiscard]] std::string metrics_json(const Metrics& metrics);

}  // namespace citygate::console
