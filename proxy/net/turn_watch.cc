#include "proxy/net/turn_watch.h"

#include <algorithm>

namespace citygate::proxy {

std::string_view to_string(Activity activity) {
  switch (activity) {
    case Activity::Other: return "other";
    case Activity::Accept: return "accept";
    case Activity::Client: return "client";
    case Activity::Origin: return "origin";
    case Activity::Dial: return "dial";
    case Activity::Dns: return "dns";
    case Activity::Timer: return "timer";
    case Activity::Again: return "again";
    case Activity::Task: return "task";
    case Activity::Cleanup: return "cleanup";
  }
  return "other";
}

void TurnWatch::part_ended(MonoTime now) {
  if (now - mark_ > longest_) {
    longest_ = now - mark_;
    const auto most = std::ranges::max_element(ran_);
    longest_activity_ = *most > 0 ? static_cast<Activity>(most - ran_.begin()) : Activity::Other;
  }
  mark_ = now;
  ran_ = {};
}

void TurnWatch::ended(MonoTime now) {
  part_ended(now);
  began_.store(0, std::memory_order_relaxed);
  turns_.add();
  durations_.observe(now - woke_);
  if (now - woke_ >= kSlow) slow_[static_cast<std::size_t>(longest_activity_)].add();
}

}  // namespace citygate::proxy
