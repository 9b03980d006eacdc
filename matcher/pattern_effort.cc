#include "matcher/pattern_effort.h"

#include <algorithm>

namespace citygate::matcher {
namespace {

using Kind = PatternNode::Kind;
constexpr std::uint64_t kEnough = std::uint64_t{1} << 40;

// What a node adds to the runs around it.
struct Shape {
  bool may_be_empty = false;
  std::uint64_t front = 0, back = 0;  // optional parts at its ends; both are all of them where it may be empty
  std::uint64_t ends = 1;             // places where it may end
  std::uint64_t longest_run = 0, most_repeated = 0;

  void inside(const Shape& part) {
    longest_run = std::max(longest_run, part.longest_run);
    most_repeated = std::max(most_repeated, part.most_repeated);
  }
  void run(std::uint64_t length) { longest_run = std::max(longest_run, length); }
};

Shape shape_of(const PatternNode& node);

Shape sequence(const PatternNode& node) {
  Shape out{.may_be_empty = true, .ends = 0};
  for (const auto& one : node.parts) {
    const Shape part = shape_of(one);
    out.inside(part);
    out.run(out.back + part.front);
    if (out.may_be_empty) out.front += part.front;
    out.back = part.may_be_empty ? out.back + part.back : part.back;
    out.ends = part.may_be_empty ? out.ends + part.ends : part.ends;
    out.may_be_empty = out.may_be_empty && part.may_be_empty;
  }
  return out;
}

Shape choice(const PatternNode& node) {
  Shape out{.ends = 0};
  std::uint64_t empty = 0;  // optional parts of all that may be empty
  for (const auto& one : node.parts) {
    const Shape part = shape_of(one);
    out.inside(part);
    out.ends += part.ends;
    if (part.may_be_empty) {
      out.may_be_empty = true;
      empty += part.front;
    } else {
      out.front = std::max(out.front, part.front);
      out.back = std::max(out.back, part.back);
    }
  }
  out.front = std::max(out.front, empty);
  out.back = std::max(out.back, empty);
  return out;
}

Shape repeat(const PatternNode& node) {
  Shape part = shape_of(node.parts.front());
  Shape out = part;
  if (node.most == 0) return {.may_be_empty = true, .ends = 0};
  if (node.most > 1) {
    // Ends go on with beginnings; of one byte that is repeated only with itself.
    out.most_repeated = std::max(out.most_repeated, part.ends);
    out.run(part.back + part.front);
  }
  const std::uint64_t times = node.most == kNoEnd ? 2 : node.most;
  if (part.may_be_empty) {
    out.front = out.back = std::min(part.front * times, kEnough);
    out.run(out.front);
  } else if (node.least == 0) {
    out.front = out.back = std::max<std::uint64_t>(1, part.front + part.back);
  }
  out.may_be_empty = part.may_be_empty || node.least == 0;
  return out;
}

Shape shape_of(const PatternNode& node) {
  switch (node.kind) {
    case Kind::Bytes: return {};
    case Kind::Nothing: return {.may_be_empty = true, .ends = 0};
    case Kind::Anything: return {.may_be_empty = true, .front = 1, .back = 1};
    case Kind::Sequence: return sequence(node);
    case Kind::Choice: return choice(node);
    case Kind::Repeat: return repeat(node);
  }
  return {};
}

}  // namespace

bool takes_long_to_compile(const PatternNode& node) {
  const Shape shape = shape_of(node);
  return shape.longest_run > kMaxOptionalRun || shape.most_repeated > kMaxRepeatedChoice;
}

}  // namespace citygate::matcher
