// list_oracle.h - what lists say about a target, found the plain way: every line is read by a few rules, and each counts.
//
// Own reading and own look-up: all that it shares with the product is the canonical form of hosts with letters outside ASCII
// (base/target.h) and the form in which paths are compared (base/matching_form.h).
//
// It knows few shapes of lines. A line of another shape that names a host makes that host unclear: about it and what is
// below it the oracle says nothing. A line that names no host, and is no pattern, must have no effect.
//
// Rules     a host falls under each listed name that is it or a parent of it at a label border; an address only under itself,
//           and a name of a hosts file covers itself alone.
//           An exception of adblock's takes away all that the same source says of what is at or below its name; one of dnsmasq's
//           what it says of that name and of shorter ones.
//           Categories in `below` hold for everything under a listed name; of the others, those of the longest name listed under one of them.
//           host/path holds where the path with its query begins so, up to its end or '/', '?', '&', in any letter case.
// Owner     a test. Thread: one.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/category_set.h"
#include "base/target.h"

namespace citygate::test {

enum class Syntax : std::uint8_t { Plain, Hosts, Adblock, Resolver };

// A line's meaning.
struct Said {
  enum class Kind : std::uint8_t { Nothing, Listed, Exception, Unclear, Pattern };
  Kind kind = Kind::Nothing;
  std::vector<std::string> hosts;
  std::string path;    // lower case, no '/' at its end
  bool alone = false;  // the hosts alone, and nothing below them
  bool deep = false;   // of an exception: what its source says below the hosts goes as well
};
[[nodiscard]] Said read_list_line(Syntax syntax, std::string_view line);

class ListOracle {
 public:
  explicit ListOracle(const CategorySet& below) : below_(below) {}

  // One file of a source. Category 0: its lines count for nothing.
  void add(Syntax syntax, std::string text, int source, CategoryId category);
  // After the last add().
  void sort();

  struct Line {
    std::string_view host, path;
    std::string_view text;  // as it stands in the file
    CategoryId category;
    std::int16_t source = 0;
    Said::Kind kind = Said::Kind::Nothing;
    bool alone = false, deep = false;
  };
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }

  struct Answer {
    bool clear = true;
    CategorySet categories;
    std::vector<const Line*> lines;  // all that cover the target
  };
  // The host's names are looked up one by one.
  [[nodiscard]] Answer answer(const Target& target) const;
  // Every line is held against the target.
  [[nodiscard]] Answer answer_by_scan(const Target& target) const;

 private:
  [[nodiscard]] std::string_view keep(std::string_view text);
  [[nodiscard]] Answer judge(const Target& target, std::vector<const Line*> covering) const;

  CategorySet below_;
  std::deque<std::string> texts_;
  std::deque<std::string> made_;
  std::vector<Line> lines_;
};

}  // namespace citygate::test
