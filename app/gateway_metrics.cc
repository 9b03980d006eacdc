#include "app/gateway_metrics.h"

#include <fmt/format.h>

#include <chrono>
#include <map>

#include "base/process_usage.h"
#include "base/vocabulary.h"

namespace citygate::app {
namespace {

using console::MetricFamily;
using console::Metrics;
using Type = MetricFamily::Type;

constexpr std::string_view kPrefix = "citygate_";

// A family of ours; `process_` names are the monitoring world's own and have no prefix.
MetricFamily& begin(Metrics& out, std::string_view name, Type type, std::string_view help) {
  const bool ours = !name.starts_with("process_");
  return out.emplace_back(MetricFamily{.name = ours ? fmt::format("{}{}", kPrefix, name) : std::string(name),
                                       .type = type,
                                       .help = std::string(help),
                                       .metrics = {}});
}

void single(Metrics& out, std::string_view name, Type type, std::string_view help, double value) {
  begin(out, name, type, help).add(value);
}

double as_double(std::uint64_t value) { return static_cast<double>(value); }

void add_counters(Metrics& out, const MetricSources& from) {
  std::string_view before;
  for (const auto& row : proxy::counter_rows()) {
    const auto type = row.kind == proxy::CounterRow::Kind::Gauge ? Type::Gauge : Type::Counter;
    MetricFamily& family = row.family == before ? out.back() : begin(out, row.family, type, row.help);
    before = row.family;
    std::uint64_t sum = 0;
    for (const auto& worker : from.workers) sum += (worker->counters().*row.counter).get();
    console::Metric::Labels labels;
    if (!row.label.empty()) labels.emplace_back(row.label, row.label_value);
    family.add(as_double(sum), std::move(labels));
  }
}

void add_verdicts(Metrics& out, const MetricSources& from) {
  MetricFamily& family = begin(out, "verdicts_total", Type::Counter,
                               "Exchanges that have ended, by what policy said last and by how they ended.");
  for (std::size_t r = 0; r < proxy::VerdictCounters::kRulings; ++r)
    for (std::size_t o = 0; o < proxy::VerdictCounters::kOutcomes; ++o) {
      const auto ruling = static_cast<Ruling>(r);
      const auto outcome = static_cast<Outcome>(o);
      std::uint64_t sum = 0;
      for (const auto& worker : from.workers) sum += worker->counters().verdicts.get(ruling, outcome);
      family.add(as_double(sum),
                 {{"verdict", std::string(to_string(ruling))}, {"outcome", std::string(to_string(outcome))}});
    }
}

void add_histograms(Metrics& out, const MetricSources& from) {
  for (const auto& row : proxy::histogram_rows()) {
    HistogramValues sum;
    for (std::size_t i = 0; i < from.workers.size(); ++i) {
      const auto values = (from.workers[i]->counters().*row.histogram).values();
      if (i == 0)
        sum = values;
      else
        sum += values;
    }
    begin(out, row.family, Type::Histogram, row.help).add(sum);
  }
}

void add_turns(Metrics& out, const MetricSources& from) {
  MetricFamily& busy = begin(out, "worker_busy_seconds_total", Type::Counter,
                             "Time in which a worker was not waiting; its share of a second is the worker's load.");
  HistogramValues sum;
  for (std::size_t i = 0; i < from.workers.size(); ++i) {
    const auto values = from.workers[i]->turns().durations();
    busy.add(static_cast<double>(values.sum_ns) / 1e9, {{"worker", fmt::format("{}", i)}});
    if (i == 0)
      sum = values;
    else
      sum += values;
  }
  begin(out, "turn_seconds", Type::Histogram, "A turn of a worker's loop, its waiting not counted.").add(sum);
  MetricFamily& slow = begin(out, "slow_turns_total", Type::Counter,
                             "Turns beyond 5 ms, by what their longest part was for the most part.");
  for (std::size_t a = 0; a < proxy::kActivities; ++a) {
    const auto activity = static_cast<proxy::Activity>(a);
    std::uint64_t count = 0;
    for (const auto& worker : from.workers) count += worker->turns().slow_turns(activity);
    slow.add(as_double(count), {{"activity", std::string(to_string(activity))}});
  }
  single(out, "stalls_total", Type::Counter, "Turns beyond a second; the log has a stack of each.",
         as_double(from.stalls));
}

void add_recorder(Metrics& out, const records::Recorder::Status& status) {
  single(out, "records_total", Type::Counter, "Records taken into the store since the start.",
         as_double(status.records));
  single(out, "sealed_total", Type::Counter, "Sealed records among them.", as_double(status.sealed));
  single(out, "uncertain_total", Type::Counter, "Records of exchanges of which a kill has hidden the end.",
         as_double(status.uncertain));
  single(out, "batches_total", Type::Counter, "Batches written to the store.", as_double(status.batches));
  single(out, "failed_batches_total", Type::Counter, "Batches that could not be written and were tried again.",
         as_double(status.failed_batches));
  const auto of_rings = [&](std::string_view name, std::string_view help,
                            std::uint64_t records::Recorder::Status::RingUse::* what) {
    MetricFamily& family = begin(out, name, Type::Gauge, help);
    for (std::size_t i = 0; i < status.rings.size(); ++i)
      family.add(as_double(status.rings[i].*what), {{"worker", fmt::format("{}", i)}});
  };
  using Ring = records::Recorder::Status::RingUse;
  of_rings("spool_bytes", "Records that wait in a worker's ring for the recorder.", &Ring::used_bytes);
  of_rings("spool_capacity_bytes", "Size of the ring; a worker whose ring is three quarters full answers 503.",
           &Ring::bytes);
  single(out, "earlier_processes", Type::Gauge, "Processes that handed over to this one and have not ended yet.",
         as_double(status.earlier_running));
  single(out, "recorder_trouble", Type::Gauge, "1 while the store cannot be written.", status.trouble ? 1 : 0);
}

void add_versions(Metrics& out, const MetricSources& from) {
  begin(out, "build_info", Type::Gauge, "Always 1; the labels say what runs.")
      .add(1, {{"version", std::string(from.version)}});
  MetricFamily& family =
      begin(out, "generation_info", Type::Gauge, "Always 1; the versions in force, as `citygate status` names them.");
  const auto hex = [](std::uint64_t value) { return fmt::format("{:016x}", value); };
  family.add(1, {{"part", "policy"}, {"generation", from.in_force.rules->sha256().substr(0, 16)}});
  family.add(1, {{"part", "people"}, {"generation", hex(from.in_force.people->version().value)}});
  family.add(1, {{"part", "lists"}, {"generation", hex(from.in_force.lists->id().value)}});
  MetricFamily& running = begin(
      out, "generation", Type::Gauge,
      "Number of the generation that a worker runs: each reload, and each change of lists or certificate, adds one.");
  for (std::size_t i = 0; i < from.workers.size(); ++i)
    running.add(as_double(from.workers[i]->running()), {{"worker", fmt::format("{}", i)}});
  single(out, "list_entries", Type::Gauge, "Entries of the lists in force.",
         as_double(from.in_force.lists->status().entries));
  single(out, "workers", Type::Gauge, "Threads that carry traffic.", as_double(from.workers.size()));
}

// One series for each source of the sources file, and one for each other that waits: what people have written or
// imported by hand, so their number is theirs. A city without any has none of these families.
void add_list_sources(Metrics& out, const MetricSources& from) {
  if (!from.list_sources.empty()) {
    MetricFamily& success = begin(out, "list_last_success_time_seconds", Type::Gauge,
                                  "When a source of lists was last fetched or found unchanged, seconds since 1970; 0: "
                                  "never.");
    for (const auto& one : from.list_sources) {
      const auto last = one.past.last_success.value_or(WallTime());
      success.add(std::chrono::duration<double>(last.time_since_epoch()).count(), {{"source", one.name}});
    }
    MetricFamily& failures = begin(out, "list_failures", Type::Gauge,
                                   "Failures of a source of lists in a row; its last version stays in force.");
    for (const auto& one : from.list_sources) failures.add(one.past.failures, {{"source", one.name}});
  }
  std::map<std::string, bool> waits;
  for (const auto& one : from.list_sources) waits.emplace(one.name, false);
  for (const auto& one : from.list_waiting.versions) waits[one.name] = true;
  if (waits.empty()) return;
  MetricFamily& waiting = begin(out, "list_waiting", Type::Gauge,
                                "1 while a version of a source of lists waits for a person; `citygate lists diff`.");
  for (const auto& [name, now] : waits) waiting.add(now ? 1 : 0, {{"source", name}});
}

void add_process(Metrics& out) {
  const ProcessUsage usage = process_usage();
  const auto seconds = [](auto duration) { return std::chrono::duration<double>(duration).count(); };
  single(out, "process_cpu_seconds_total", Type::Counter, "CPU time of all threads, user and system.",
         seconds(usage.cpu));
  single(out, "process_start_time_seconds", Type::Gauge, "When the process began, seconds since 1970.",
         seconds(usage.started.time_since_epoch()));
  single(out, "process_resident_memory_bytes", Type::Gauge, "Resident memory, mapped files included.",
         as_double(usage.resident_bytes));
  single(out, "process_virtual_memory_bytes", Type::Gauge, "Address space.", as_double(usage.virtual_bytes));
  single(out, "process_open_fds", Type::Gauge, "Open descriptors.", as_double(usage.open_descriptors));
  single(out, "process_max_fds", Type::Gauge, "Limit of open descriptors; 0: none.", as_double(usage.most_descriptors));
  single(out, "process_threads", Type::Gauge, "Threads.", as_double(usage.threads));
}

}  // namespace

Metrics gateway_metrics(const MetricSources& sources) {
  Metrics out;
  add_versions(out, sources);
  add_list_sources(out, sources);
  add_counters(out, sources);
  add_verdicts(out, sources);
  add_histograms(out, sources);
  add_turns(out, sources);
  add_recorder(out, sources.recorder);
  add_process(out);
  return out;
}

}  // namespace citygate::app
