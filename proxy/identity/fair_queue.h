// fair_queue.h - what waits, a line for each source, served in turn: who sends much waits behind himself.
//
// Sources in good standing are served first, doubtful ones every fourth time, and when nobody else waits. When all
// places are taken, a doubtful source's last one goes for a good one's, or the longest line's for a shorter one's.
// Several may be served at a time: pop() passes over those that must wait for one that is being served.
// Thread    one at a time. Cost: linear in the number of sources that wait, at most `places`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <optional>
#include <utility>
#include <vector>

namespace citygate::proxy {

enum class Standing : std::uint8_t { Good, Doubtful };

template <class Source, class Job>
class FairQueue {
 public:
  explicit FairQueue(std::size_t places) : places_(places) {}

  // The job that had to go for this one, if any: `job` itself when there is no place for it.
  [[nodiscard]] std::optional<Job> push(const Source& source, Standing standing, Job job) {
    std::optional<Job> out;
    if (size_ == places_) {
      const auto victim = victim_of(source, standing);
      if (victim == lines_.end()) return job;
      out = std::move(victim->jobs.back());
      victim->jobs.pop_back();
      if (victim->jobs.empty()) lines_.erase(victim);
      --size_;
    }
    auto line = find(source);
    if (line == lines_.end()) line = lines_.insert(lines_.end(), Line{source, standing, {}});
    if (standing == Standing::Doubtful) line->standing = standing;
    line->jobs.push_back(std::move(job));
    ++size_;
    return out;
  }

  // Nothing when nobody waits.
  [[nodiscard]] std::optional<Job> pop() {
    return pop([](const Source&, const Job&) { return true; });
  }
  // The next one that `ready(source, job)` lets go. Nothing when there is none, and nobody's turn has passed then.
  template <class Ready>
  [[nodiscard]] std::optional<Job> pop(Ready&& ready) {
    constexpr unsigned kDoubtfulEvery = 4;
    const Standing first = (turn_ + 1) % kDoubtfulEvery == 0 ? Standing::Doubtful : Standing::Good;
    auto line = lines_.end();
    typename std::list<Job>::iterator at{};
    for (auto each = lines_.begin(); each != lines_.end(); ++each) {
      if (line != lines_.end() && each->standing != first) continue;
      const auto found = std::ranges::find_if(each->jobs, [&](const Job& job) { return ready(each->source, job); });
      if (found == each->jobs.end()) continue;
      line = each;
      at = found;
      if (each->standing == first) break;
    }
    if (line == lines_.end()) return std::nullopt;
    ++turn_;
    Job job = std::move(*at);
    line->jobs.erase(at);
    --size_;
    // To the end of the round; gone when nothing is left.
    Line rest = std::move(*line);
    lines_.erase(line);
    if (!rest.jobs.empty()) lines_.push_back(std::move(rest));
    return job;
  }

  // One of this source's that waits and is such; null when there is none.
  template <class Such>
  [[nodiscard]] Job* find(const Source& source, Such&& such) {
    const auto line = find(source);
    if (line == lines_.end()) return nullptr;
    const auto job = std::ranges::find_if(line->jobs, such);
    return job == line->jobs.end() ? nullptr : &*job;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Line {
    Source source;
    Standing standing;
    std::list<Job> jobs;  // not a deque, which cannot be moved without the chance of an exception
  };
  auto find(const Source& source) { return std::ranges::find(lines_, source, &Line::source); }
  auto victim_of(const Source& source, Standing standing) {
    // Who is in good standing takes the place of any doubtful one; else the longest line's, if that stays the longer.
    const auto length = [](const Line& line) { return line.jobs.size(); };
    if (standing == Standing::Good) {
      const auto doubtful = std::ranges::find(lines_, Standing::Doubtful, &Line::standing);
      if (doubtful != lines_.end()) return doubtful;
    }
    const auto longest = std::ranges::max_element(lines_, {}, length), mine = find(source);
    const std::size_t have = mine == lines_.end() ? 0 : length(*mine);
    return longest != lines_.end() && have + 1 < length(*longest) ? longest : lines_.end();
  }

  const std::size_t places_;
  std::size_t size_ = 0;
  unsigned turn_ = 0;
  std::vector<Line> lines_;  // in the order of their turns
};

}  // namespace citygate::proxy
