#include "app/list_updates.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"
#include "console/text_table.h"

namespace citygate::app {
namespace {

// The wall clock may be set, and a driven one moves by itself: it is looked at this often while nothing is due.
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kAgain{60};

using categories::UpdateReport;

// What a command would have told of it too, without the tables.
void say(const UpdateReport::Source& one) {
  using enum UpdateReport::Source::State;
  if (one.state == Failed) log::error("lists: {}", one.error);
  for (const auto& note : one.notes) log::info("lists: {}: {}", one.name, note);
  const auto& summary = one.summary;
  if (!summary.unmapped.empty())
    log::warning("lists: {}: unknown to the taxonomy, skipped: {}", one.name, fmt::join(summary.unmapped, ", "));
  for (const auto& skipped : summary.skipped) {
    const auto& examples = skipped.examples;
    log::info("lists: {}: {} {} not used: {}{}", one.name, console::with_commas(skipped.lines),
              skipped.lines == 1 ? "line" : "lines", skipped.reason,
              examples.empty() ? "" : fmt::format("; the first is {}:{}", examples[0].file, examples[0].line));
  }
}

void say(const UpdateReport& report) {
  for (const auto& one : report.sources) say(one);
  for (const auto& finding : report.publication.findings) log::warning("lists: {}", finding.text);
  if (report.publication.set_aside_count > 0)
    log::info(
        "lists: set aside, because they would close protected names: {}; `citygate lists status --json` names them",
        console::with_commas(report.publication.set_aside_count));
  if (report.publication.refused_count > 0)
    log::warning("lists: expressions that block nothing, because they cannot be looked for: {}; the first is {}",
                 console::with_commas(report.publication.refused_count), report.publication.refused.front());
  if (!report.publication.waiting.empty())
    log::warning("lists: waiting for a person: {}; see `citygate lists diff`",
                 fmt::join(report.publication.waiting, ", "));
  for (const auto& change : report.publication.changes)
    log::info("lists: {}: {} added, {} removed, now {}", change.source, change.added, change.removed,
              change.to_version);
}

}  // namespace

void ListUpdates::look_again() {
  std::lock_guard lock(mutex_);
  again_ = true;
  wake_.notify_all();
}

void ListUpdates::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void ListUpdates::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  for (auto& one : running_) one.thread.join();
  running_.clear();
}

void ListUpdates::run() {
  name_this_thread("lists");
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10));
  while (wait_until(look())) {
  }
}

bool ListUpdates::wait_until(WallTime then) {
  std::unique_lock lock(mutex_);
  while (!stopping_ && !again_ && needs_.clock.now() < then) wake_.wait_for(lock, kLook);
  again_ = false;
  return !stopping_;
}

// An override has lapsed; or what was published could not be taken up then, as while one process follows another.
ListUpdates::Caught ListUpdates::catch_up(const categories::OverrideBook& book, WallTime now) {
  const auto behind = [&] {
    const auto history = needs_.store.history();
    return history && !history->empty() &&
           (history->back().overrides.size() != book.in_force(now).size() ||
            history->back().generation != needs_.serving());
  };
  // Taking up wakes this thread: what does not help is not done over and over.
  if (!behind()) return Caught::Up;
  const auto moment = std::chrono::steady_clock::now();
  if (caught_up_ && moment < *caught_up_ + kAgain) return Caught::Not;
  caught_up_ = moment;
  adopt();
  if (behind()) return Caught::Not;
  caught_up_.reset();
  return Caught::Up;
}

void ListUpdates::reap() {
  for (auto one = running_.begin(); one != running_.end();) {
    if (!one->ended) {
      ++one;
      continue;
    }
    one->thread.join();
    one = running_.erase(one);
  }
}

void ListUpdates::came_to_its_end(const std::string& name) {
  std::lock_guard lock(mutex_);
  was_at_.insert(at_.extract(name));
  again_ = true;
  wake_.notify_all();
}

WallTime ListUpdates::look() {
  reap();
  // Before the sources are looked at: what an update that ends meanwhile has done would not be seen.
  std::map<std::string, WallTime> at, was_at;
  {
    std::lock_guard lock(mutex_);
    at = at_;
    was_at = std::exchange(was_at_, {});
  }
  // Asked before the time is: a source that was never asked is due at the moment of the question.
  const auto sources = needs_.updater.standing(needs_.zone());
  const WallTime now = needs_.clock.now();
  WallTime next = WallTime::max();
  if (const auto book = needs_.store.overrides()) {
    next = book->next_end(now);
    if (catch_up(*book, now) == Caught::Not) next = std::min(next, now + kAgain);
  } else {
    log::error("lists: {}", book.error().context);
  }
  std::vector<std::string> due;
  for (const auto& one : sources) {
    if (at.contains(one.name)) continue;  // its end wakes this thread
    const bool is_due = one.next <= now;
    // Nothing has come of it if a person's update was in the way, or the disk is full: no reason to spin.
    const auto tried = was_at.find(one.name);
    const bool later = !one.updating.empty() || (tried != was_at.end() && one.past.last_attempt < tried->second);
    if (is_due && !later)
      due.push_back(one.name);
    else
      next = std::min(next, is_due ? now + kAgain : one.next);
  }
  if (!due.empty() && running_.size() < kUpdates) begin(std::move(due));  // else one's end wakes this thread
  return next;
}

void ListUpdates::begin(std::vector<std::string> names) {
  {
    std::lock_guard lock(mutex_);
    for (const auto& name : names) at_.insert_or_assign(name, needs_.clock.now());
  }
  Running& one = running_.emplace_back();
  one.thread = std::thread([this, &one, names = std::move(names)] {
    name_this_thread("lists-update");
    update(names);
    one.ended = true;
    look_again();
  });
}

void ListUpdates::update(const std::vector<std::string>& names) {
  std::set<std::string> left(names.begin(), names.end());
  const auto round = [&](const UpdateReport& report) {
    say(report);
    if (report.published()) adopt();
    for (const auto& one : report.sources) {
      left.erase(one.name);  // the next update of it may have begun before this one ends
      came_to_its_end(one.name);
    }
  };
  const categories::UpdateRequest request{.names = names,
                                          .by = categories::UpdateRequest::By::Clock,
                                          .change = {.author = "citygate", .reason = "by the clock"},
                                          .cancelled = [this] { return stopping_.load(); },
                                          .round = round};
  if (const auto report = needs_.updater.update(request, {}); !report) {
    if (stopping_)
      log::info("lists: {}", report.error().context);
    else
      log::error("lists: {}", report.error().context);
    adopt();  // it may have come after the change itself: what the store calls current is what is served, in any case
  }
  for (const auto& name : left) came_to_its_end(name);
}

void ListUpdates::adopt() {
  if (const auto adopted = needs_.adopt(); !adopted) log::error("lists: {}", adopted.error().context);
}

}  // namespace citygate::app
