// load.cc - the load generator: clients in one thread, every reply checked, one line of JSON at the end.
//
// Workloads
//   keep-alive      64 connections, GET 1 KB or 64 KB           operations/s, CPU per operation
//   new-connection  a connection per GET 1 KB                   what accepting and closing costs
//   connect         a connection, CONNECT, GET 1 KB             what a tunnel costs to open
//   tunnel          8 tunnels, GETs of a large object           GB/s, CPU seconds per GB
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "bench/load/options.h"
#include "bench/load/process_cpu.h"
#include "bench/load/session.h"

namespace citygate::load {
namespace {

using std::chrono::milliseconds;

struct Measured {
  Tally tally;
  double seconds = 0, cpu_seconds = 0;
};

std::string make_object(std::uint64_t bytes) {
  std::string out(bytes, '\0');
  for (std::uint64_t at = 0; at < bytes; ++at) out[at] = object_byte(at);
  return out;
}

Measured run(const Options& options) {
  Measured out;
  const std::string object = make_object(options.body_bytes);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> scratch(256 * 1024);
  std::vector<std::unique_ptr<Session>> sessions;
  const Time start = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < options.connections; ++i) {
    sessions.push_back(std::make_unique<Session>(options, object, epoll, i, out.tally));
    sessions.back()->begin(start);
  }
  Time counted_from{}, next_look = start;
  milliseconds cpu_before{0};
  std::array<epoll_event, 256> events;
  for (Time now = start; now < start + options.warm_up + options.measured; now = std::chrono::steady_clock::now()) {
    if (!out.tally.counting && now >= start + options.warm_up) {
      cpu_before = cpu_of_tree(options.pid);
      counted_from = std::chrono::steady_clock::now();
      out.tally.counting = true;
    }
    if (now >= next_look) {
      for (auto& session : sessions) session->check_deadline(now);
      next_look = now + milliseconds(100);
    }
    Time wake = next_look;
    if (options.rate > 0) {
      for (auto& session : sessions) session->begin_if_due(now);
      for (auto& session : sessions) wake = std::min(wake, session->due());
    }
    // To the microsecond: in a steady load whole milliseconds would bring operations due together into one burst.
    const auto sleep = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(wake - now));
    const timespec timeout{.tv_sec = 0, .tv_nsec = std::min<long>(sleep.count(), 50'000'000)};
    const int ready = epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < ready; ++i) static_cast<Session*>(events[i].data.ptr)->on_event(events[i].events, scratch);
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - counted_from).count();
  out.cpu_seconds = static_cast<double>((cpu_of_tree(options.pid) - cpu_before).count()) / 1000.0;
  sessions.clear();
  close(epoll);
  return out;
}

std::uint32_t percentile(std::vector<std::uint32_t>& values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

void print(const Options& options, Measured& measured) {
  Tally& tally = measured.tally;
  const auto operations = static_cast<double>(std::max<std::uint64_t>(tally.operations, 1));
  const double gigabytes = static_cast<double>(tally.body_bytes) / 1e9;
  std::string kinds;
  for (const auto& [kind, count] : tally.error_kinds)
    kinds += fmt::format("{}\"{}\": {}", kinds.empty() ? "" : ", ", kind, count);
  fmt::print(
      "{{\"label\": \"{}\", \"operations\": {}, \"seconds\": {:.3f}, \"operations_per_s\": {:.0f}, "
      "\"cpu_us_per_operation\": "
      "{:.2f}, \"gb_per_s\": {:.3f}, \"cpu_s_per_gb\": {:.4f}, \"p50_us\": {}, \"p90_us\": {}, \"p99_us\": {}, "
      "\"max_us\": {}, "
      "\"errors\": {}, \"error_kinds\": {{{}}}}}\n",
      options.label, tally.operations, measured.seconds, static_cast<double>(tally.operations) / measured.seconds,
      measured.cpu_seconds * 1e6 / operations, gigabytes / measured.seconds,
      gigabytes > 0 ? measured.cpu_seconds / gigabytes : 0.0, percentile(tally.latencies_us, 0.5),
      percentile(tally.latencies_us, 0.9), percentile(tally.latencies_us, 0.99), percentile(tally.latencies_us, 1.0),
      tally.errors, kinds);
}

}  // namespace
}  // namespace citygate::load

int main(int argc, char** argv) {
  using namespace citygate::load;
  if (argc == 3 && std::string_view(argv[1]) == "make-object") {
    const std::string object = make_object(std::strtoull(argv[2], nullptr, 10));
    return std::fwrite(object.data(), 1, object.size(), stdout) == object.size() ? 0 : 1;
  }
  const auto options = parse_options(argc, argv);
  if (!options) return 2;
  Measured measured = run(*options);
  print(*options, measured);
  return measured.tally.errors == 0 && measured.tally.operations > 0 ? 0 : 1;
}
