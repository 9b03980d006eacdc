// list_urls.h - URLs to ask lists about: the names that they hold, real URLs, and what differs from those by a little.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace citygate::test {

// Numbers from a seed, the same on every machine (the library's distributions are not).
class Lot {
 public:
  explicit Lot(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 random_;
};

// A URL for a listed host and path, as it stands or changed: labels put in front or taken away, letters changed, another
// case, a name that only ends alike, a path longer, shorter, or cut inside a word.
[[nodiscard]] std::string url_near(std::string_view host, std::string_view path, Lot& lot);
// The same for a whole URL.
[[nodiscard]] std::string url_near(std::string_view url, Lot& lot);

}  // namespace citygate::test
