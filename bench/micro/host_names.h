// host_names.h - made-up listed names and the hosts that are asked for, the same for every store that is measured.
//
// Names are made from their number; 2.5 labels on average, as in real lists. Hosts stand one behind the other in one
// text, as a request's does in a buffer: what is measured is the store's cache misses, not those of the questions.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::bench {

inline std::string name_of(std::uint64_t number) {
  std::uint64_t mixed = number * 0x9e3779b97f4a7c15U;
  std::string out;
  for (int i = 0; i < 9; ++i, mixed /= 26) out += static_cast<char>('a' + mixed % 26);
  if (number % 3 == 0) out += ".sub" + std::to_string(number % 1000);
  return out + (number % 5 == 0 ? ".co.example" : ".example");
}

enum class Asked : std::uint8_t {
  Uniform,  // every listed name equally often, one label put in front of half of them
  Zipf,     // listed names, the n-th most popular as often as 1/n
  Missing,  // names that are not listed, two to four suffixes each
  Lately,   // the same 256 names over and over
};

class Hosts {
 public:
  Hosts(Asked asked, std::uint64_t names, std::size_t count = std::size_t{1} << 20) {
    std::mt19937_64 random(static_cast<std::uint64_t>(asked) + 1);
    std::uniform_real_distribution<double> share(0, 1);
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t number = random() % names;
      if (asked == Asked::Zipf)
        number = static_cast<std::uint64_t>(std::pow(static_cast<double>(names), share(random))) * 7919 % names;
      if (asked == Asked::Lately) number = number % 256 * (names / 256);
      std::string host = name_of(number);
      if (asked == Asked::Missing) host += "x.net";
      if (asked == Asked::Missing || random() % 2 == 0) host.insert(0, "www.");
      at_.push_back({text_.size(), host.size()});
      text_ += host;
    }
  }
  [[nodiscard]] std::size_t size() const { return at_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    return {text_.data() + at_[i].first, at_[i].second};
  }

 private:
  std::string text_;
  std::vector<std::pair<std::size_t, std::size_t>> at_;
};

// Calls look(suffix) for `host` and each shorter name at a label border that still has two labels.
template <class Look>
std::size_t for_each_suffix(std::string_view host, Look&& look) {
  std::size_t found = 0;
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.')) {
    found += look(host) ? 1 : 0;
    host.remove_prefix(dot + 1);
  }
  return found;
}

}  // namespace citygate::bench
