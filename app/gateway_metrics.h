// gateway_metrics.h - what a running gateway tells a monitoring system: docs/metrics.md lists it.
//
// Sums over the workers where a sum says enough; a label `worker` where one that differs from the others is the news.
// Thread    any but a worker: it reads counters that others write, and /proc.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "categories/updater.h"
#include "console/metrics.h"
#include "proxy/snapshots.h"
#include "proxy/worker.h"
#include "records/recorder.h"

namespace citygate::app {

struct MetricSources {
  std::span<const std::unique_ptr<proxy::Worker>> workers;
  const proxy::Snapshots& in_force;
  const std::vector<categories::Updater::Standing>& list_sources;
  const categories::Waiting& list_waiting;
  const records::Recorder::Status& recorder;
  std::uint64_t stalls;  // as the watchdog counts them
  std::string_view version;
};

[[nodiscard]] console::Metrics gateway_metrics(const MetricSources& sources);

}  // namespace citygate::app
