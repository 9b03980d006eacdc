#include "proxy/net/answer_cache.h"

namespace citygate::proxy {

const DnsAnswer* AnswerCache::find(std::string_view name, MonoTime now) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->expires <= now) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->answer;
}

void AnswerCache::put(std::string_view name, DnsAnswer answer, MonoTime expires) {
  if (limit_ == 0) return;
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    const auto entry = found->second;
    entry->answer = std::move(answer);
    entry->expires = expires;
    entries_.splice(entries_.begin(), entries_, entry);
    return;
  }
  if (entries_.size() >= limit_) drop(std::prev(entries_.end()));
  entries_.push_front({std::string(name), std::move(answer), expires});
  by_name_.emplace(entries_.front().name, entries_.begin());
}

void AnswerCache::clear() {
  by_name_.clear();
  entries_.clear();
}

void AnswerCache::set_limit(std::size_t limit) {
  limit_ = limit;
  while (entries_.size() > limit_) drop(std::prev(entries_.end()));
}

void AnswerCache::drop(std::list<Entry>::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace citygate::proxy
