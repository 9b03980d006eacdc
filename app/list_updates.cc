#include "app/list_updates.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"

namespace citygate::app {
namespace {

// The wall clock may be set, and a driven one moves by itself: it is looked at this often while nothing is due.
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kAgain{60};

using categories::UpdateReport;

void say(const UpdateReport& report) {
  for (const auto& one : report.sources) {
    if (one.state == UpdateReport::Source::State::Failed) log::error("lists: {}", one.error);
    for (const auto& note : one.notes) log::info("lists: {}: {}", one.name, note);
  }
  for (const auto& finding : report.publication.findings) log::warning("lists: {}", finding.text);
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
  if (const auto adopted = needs_.adopt(); !adopted) log::error("lists: {}", adopted.error().context);
  if (behind()) return Caught::Not;
  caught_up_.reset();
  return Caught::Up;
}

WallTime ListUpdates::look() {
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
    if (one.next <= now)
      due.push_back(one.name);
    else
      next = std::min(next, one.next);
  }
  if (due.empty()) return next;
  update(std::move(due));
  // Each has its next time now, unless a person's update was in the way or the disk is full: no reason to spin.
  return std::min(next, needs_.clock.now() + kAgain);
}

void ListUpdates::update(std::vector<std::string> names) {
  const categories::UpdateRequest request{.names = std::move(names),
                                          .by = categories::UpdateRequest::By::Clock,
                                          .change = {.author = "citygate", .reason = "by the clock"},
                                          .cancelled = [this] { return stopping_.load(); }};
  const auto report = needs_.updater.update(request, {});
  if (report)
    say(*report);
  else
    log::error("lists: {}", report.error().context);
  using enum categories::Publication::Outcome;
  // An error may have come after the change itself: what the store calls current is what is served, in any case.
  if (report && report->publication.outcome != InForce && report->publication.outcome != Partly) return;
  if (const auto adopted = needs_.adopt(); !adopted) log::error("lists: {}", adopted.error().context);
}

}  // namespace citygate::app
