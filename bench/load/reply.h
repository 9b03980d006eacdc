// reply.h - reads one reply from a stream of bytes and holds it against what it must be: status, length, every byte.
//
// Owner     a session. Cost: one comparison per body byte, no allocation after the first reply.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::load {

class ReplyReader {
 public:
  enum class Step : std::uint8_t { NeedMore, Complete, Wrong };

  // `object` is what a body of that length must hold; borrowed.
  explicit ReplyReader(std::string_view object) : object_(object) {}

  // A reply whose head ends the message: the answer to a CONNECT.
  void expect_head_only() { start(0, true); }
  void expect_object() { start(object_.size(), false); }

  // Takes bytes; `used` says how many belong to this reply.
  [[nodiscard]] Step feed(std::string_view bytes, std::size_t& used);
  [[nodiscard]] std::string_view wrong() const { return wrong_; }  // after Step::Wrong

 private:
  void start(std::uint64_t body_bytes, bool head_only);
  [[nodiscard]] bool check_head();
  bool fail(std::string_view why) {
    wrong_ = why;
    return false;
  }

  std::string_view object_, wrong_;
  std::string head_;
  std::uint64_t body_bytes_ = 0, at_ = 0;
  bool head_only_ = false, in_body_ = false;
};

}  // namespace citygate::load
