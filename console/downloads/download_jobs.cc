#include "console/downloads/download_jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/thread_name.h"

namespace citygate::console {

DownloadJobs::~DownloadJobs() {
  ending_ = true;
  for (auto& each : jobs_)
    if (each.thread.joinable()) each.thread.join();
}

Result<void> DownloadJobs::start(DownloadAsk ask) {
  std::lock_guard lock(mutex_);
  forget_ended();
  const auto under_way = [](const Running& each) { return !each.done; };
  const auto total = static_cast<std::size_t>(std::ranges::count_if(jobs_, under_way));
  const auto mine = static_cast<std::size_t>(
      std::ranges::count_if(jobs_, [&](const Running& each) { return !each.done && each.job.person == ask.person; }));
  if (mine >= kPerPerson || total >= HeldStore::kFetches)
    return fail(Error::Kind::Refused, fmt::format("{} are being fetched already; wait until one of them is done",
                                                  mine >= kPerPerson ? "your downloads" : "others' downloads"));
  Running& running = jobs_.emplace_front();
  running.job.person = ask.person;
  running.job.url = ask.url.substr(0, ask.url.find('?'));
  ask.cancelled = [this] { return ending_.load(); };
  running.thread = std::thread([this, &running, ask = std::move(ask)]() mutable { run(running, std::move(ask)); });
  return {};
}

void DownloadJobs::run(Running& running, DownloadAsk ask) {
  name_this_thread("download");
  sweep_downloads(op_);
  const auto asked = ask_for_download(op_, ask);
  std::lock_guard lock(mutex_);
  running.job.state = asked ? Job::State::Asked : Job::State::Failed;
  running.job.said = asked ? asked->grant : asked.error().context;
  running.done = true;
}

void DownloadJobs::forget_ended() {
  for (auto& each : jobs_)
    if (each.done && each.thread.joinable()) each.thread.join();
  while (jobs_.size() >= kRemembered && jobs_.back().done) jobs_.pop_back();
}

std::vector<DownloadJobs::Job> DownloadJobs::of(std::string_view person) const {
  std::vector<Job> out;
  std::lock_guard lock(mutex_);
  for (const auto& each : jobs_)
    if (each.job.person == person) out.push_back(each.job);
  return out;
}

}  // namespace citygate::console
