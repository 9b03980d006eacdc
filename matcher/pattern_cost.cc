#include "matcher/pattern_cost.h"

#include <algorithm>
#include <chrono>

namespace citygate::matcher {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRounds = 3;  // the best one counts: a machine's other work only ever adds

double ns_since(Clock::time_point start, std::size_t urls) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(urls);
}

// Nanoseconds per URL of one expression alone; `candidates` are the URLs that it is found in.
double scan_alone(const ScanExpression& expression, std::span<const std::string_view> urls,
                  std::vector<std::string_view>& candidates) {
  std::size_t culprit = 0;
  const auto database = ScanDatabase::compile({&expression, 1}, ScanDatabase::Machine::This, culprit);
  if (!database) return 0;  // it was compiled with the others before
  ScanScratch scratch;
  scratch.fit(*database);
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    candidates.clear();
    std::uint32_t found = 0;
    const auto start = Clock::now();
    for (const auto url : urls)
      if (database->scan(url, scratch, {&found, 1}) > 0) candidates.push_back(url);
    const double ns = ns_since(start, urls.size());
    best = round == 0 ? ns : std::min(best, ns);
  }
  return best;
}

}  // namespace

std::vector<PatternCost> measure_pattern_costs(const PatternSet& set, std::span<const std::string_view> urls) {
  std::vector<PatternCost> out(set.size());
  if (urls.empty()) return out;
  std::vector<std::string_view> candidates;
  candidates.reserve(urls.size());
  const double floor = scan_alone({"qzjxkvwqzj"}, urls, candidates);
  PatternScratch scratch;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto& pattern = set.pattern(i);
    out[i].scan_ns =
        std::max(scan_alone({std::string(pattern.looked_for), pattern.scan_mode}, urls, candidates) - floor, 0.0);
    if (pattern.confirmed == Confirmed::No) continue;
    std::size_t answered = 0;
    const auto start = Clock::now();
    for (const auto url : candidates) answered += set.ask(i, url, scratch) == Expression::Answer::Yes ? 1 : 0;
    out[i].confirm_ns = answered <= candidates.size() ? ns_since(start, urls.size()) : 0;
  }
  return out;
}

}  // namespace citygate::matcher
