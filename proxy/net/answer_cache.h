// answer_cache.h - answers of DNS by name until they expire, the longest unused dropped first.
//
// Owner     a Resolver. Thread: its loop. Time is passed in: the cache has no clock.
// Cost      find: one hash look-up, no allocation.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/net/resolver.h"

namespace citygate::proxy {

// Either addresses, or the kind of failure that stands for them.
struct DnsAnswer {
  std::shared_ptr<const Addresses> addresses{};  // null: failed
  Error::Kind failure = Error::Kind::NotFound;
};

class AnswerCache {
 public:
  explicit AnswerCache(std::size_t limit) : limit_(limit) {}

  // Null when there is none that is still good at `now`. Valid until the next put().
  [[nodiscard]] const DnsAnswer* find(std::string_view name, MonoTime now);
  void put(std::string_view name, DnsAnswer answer, MonoTime expires);
  void clear();
  void set_limit(std::size_t limit);  // what is too much goes, the longest unused first
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    DnsAnswer answer;
    MonoTime expires;
  };
  void drop(std::list<Entry>::iterator entry);

  std::size_t limit_;
  std::list<Entry> entries_;                                                  // the latest used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;  // views of Entry::name
};

}  // namespace citygate::proxy
