// exceptions.h - what sources take back of their own words for one target; private to categories/.
//
//   by a name or path    "@@||name^"       all that its source says of it
//   by an expression     "@@/banner/"      what expressions of its source say, and what its names and paths say that closes nothing:
//                                          whoever asks can write a URL that it finds
//   for a protected name (the image's own) what would close it (protected_names.h)
//
// The first two meet listings of their own weight and of lesser ones: adblock's $important outlasts a usual exception. No
// listing outlasts the last.
//
// A value of 40 bytes. Pure.
#pragma once

#include <cstdint>

#include "categories/manifest.h"

namespace citygate::categories {

class Exceptions {
 public:
  enum class Said : std::uint8_t { ByName, ByExpression };

  void add(const Mark& exception, Said how) {
    const std::uint64_t source = std::uint64_t{1} << exception.source;
    if (exception.weight == Mark::Weight::Protecting)
      closing_ |= source;
    else
      (exception.weight == Mark::Weight::Important ? important_ : usual_)[how] |= source;
  }
  // A protected name for all sources.
  void protect() { closing_ = ~std::uint64_t{0}; }

  // Whether they take away what `listing` says; `closes`: its category closes a site whatever else is said of it.
  [[nodiscard]] bool hold(const Mark& listing, Said how, bool closes) const {
    const bool loose = how == Said::ByExpression || !closes;
    std::uint64_t sources = important_.met_by(loose);
    if (listing.weight == Mark::Weight::Usual) sources |= usual_.met_by(loose);
    if (closes) sources |= closing_;
    return (sources >> listing.source & 1) != 0;
  }
  [[nodiscard]] bool none() const { return *this == Exceptions(); }
  friend bool operator==(const Exceptions&, const Exceptions&) = default;

 private:
  // Masks: bit s is source s.
  struct OneWeight {
    std::uint64_t by_name = 0, by_expression = 0;
    std::uint64_t& operator[](Said how) { return how == Said::ByName ? by_name : by_expression; }
    [[nodiscard]] std::uint64_t met_by(bool loose) const { return loose ? by_name | by_expression : by_name; }
    friend bool operator==(const OneWeight&, const OneWeight&) = default;
  };
  OneWeight usual_, important_;
  std::uint64_t closing_ = 0;
};

}  // namespace citygate::categories
