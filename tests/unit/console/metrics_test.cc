#include "console/metrics.h"

#include <gtest/gtest.h>

#include <limits>

namespace citygate::console {
namespace {

using Type = MetricFamily::Type;

MetricFamily family(std::string name, Type type, std::string help) {
  return {.name = std::move(name), .type = type, .help = std::move(help), .metrics = {}};
}

TEST(MetricsText, CountersAndLabels) {
  MetricFamily bytes = family("citygate_bytes_total", Type::Counter, "Payload.");
  bytes.add(1, {{"direction", "to_client"}});
  bytes.add(9007199254740991.0, {{"direction", "from_client"}, {"worker", "0"}});
  EXPECT_EQ(metrics_text({bytes}),
            "# HELP citygate_bytes_total Payload.\n"
            "# TYPE citygate_bytes_total counter\n"
            "citygate_bytes_total{direction=\"to_client\"} 1\n"
            "citygate_bytes_total{direction=\"from_client\",worker=\"0\"} 9007199254740991\n");
}

TEST(MetricsText, SpecialNumbersAndCharacters) {
  MetricFamily odd = family("odd", Type::Gauge, "A \"back\\slash\"\nand a line feed");
  odd.add(std::numeric_limits<double>::infinity(), {{"name", "a\"b\\c\nd"}});
  odd.add(-std::numeric_limits<double>::infinity(), {{"name", "minus"}});
  odd.add(std::numeric_limits<double>::quiet_NaN(), {{"name", "none"}});
  odd.add(0.25, {{"name", "quarter"}});
  odd.add(-3, {{"name", "less"}});
  EXPECT_EQ(metrics_text({odd}),
            "# HELP odd A \"back\\\\slash\"\\nand a line feed\n"
            "# TYPE odd gauge\n"
            "odd{name=\"a\\\"b\\\\c\\nd\"} +Inf\n"
            "odd{name=\"minus\"} -Inf\n"
            "odd{name=\"none\"} NaN\n"
            "odd{name=\"quarter\"} 0.25\n"
            "odd{name=\"less\"} -3\n");
}

TEST(MetricsText, HistogramsAreCumulated) {
  Histogram histogram(7);
  histogram.observe(std::chrono::nanoseconds(100));
  histogram.observe(std::chrono::nanoseconds(200));
  histogram.observe(std::chrono::hours(1));
  MetricFamily took = family("took_seconds", Type::Histogram, "How long.");
  took.add(histogram.values(), {{"worker", "1"}});
  const std::string text = metrics_text({took});
  EXPECT_NE(text.find("took_seconds_bucket{worker=\"1\",le=\"1.28e-07\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("took_seconds_bucket{worker=\"1\",le=\"2.56e-07\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("took_seconds_bucket{worker=\"1\",le=\"+Inf\"} 3\n"
                      "took_seconds_sum{worker=\"1\"} 3600.0000003\n"
                      "took_seconds_count{worker=\"1\"} 3\n"),
            std::string::npos)
      << text;
}

TEST(MetricsJson, SaysTheSame) {
  Histogram histogram(7);
  histogram.observe(std::chrono::nanoseconds(200));
  histogram.observe(std::chrono::hours(1));
  MetricFamily took = family("took_seconds", Type::Histogram, "How long.");
  took.add(histogram.values());
  MetricFamily open = family("open", Type::Gauge, "Open.");
  open.add(3, {{"worker", "0"}});
  const std::string json = metrics_json({open, took});
  EXPECT_TRUE(json.starts_with(
      R"({"name":"open","type":"gauge","help":"Open.","metrics":[{"labels":{"worker":"0"},"value":3}]})"
      "\n"))
      << json;
  EXPECT_NE(
      json.find(
          R"("labels":{},"count":2,"sum":3600.0000002,"buckets":[{"le":1.28e-07,"count":0},{"le":2.56e-07,"count":1})"),
      std::string::npos)
      << json;
}

}  // namespace
}  // namespace citygate::console
