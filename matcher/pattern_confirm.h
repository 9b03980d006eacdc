// pattern_confirm.h - one expression as PCRE2 sees it, asked about one URL: yes, no, or too long to tell.
//
// Meaning   the bytes of the URL, letter case ignored in ASCII, "." any byte; neither UTF nor Unicode properties.
// Thread    Expression: immutable, shared. Asker: one per thread.
// Bounds    steps of all questions about one URL (Steps) and the stack have a limit, so no expression holds a worker; beyond
//           it: Unsettled. A step is an item of the expression that is tried, or 16 bytes that one item passes over.
// Cost      compiling about 50 us with its machine code; a question 0.2 to 1 us, a step 3 to 20 ns. No allocation where
//           PCRE2 can make machine code.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;
struct pcre2_real_jit_stack_8;

namespace citygate::matcher {

inline constexpr std::size_t kMaxExpressionBytes = 8192;

class Asker;

// What the questions about one URL may cost together: a million steps, some 4 ms. One that takes many gets half of what
// others that did have left; one that takes few, as nearly all, is answered whatever those took.
class Steps {
 private:
  friend class Expression;
  static constexpr std::uint32_t kQuick = 500;  // of one question, before it counts as one that takes many

  [[nodiscard]] std::uint32_t allowed() const { return std::min(quick_, kQuick) + many_ / 2; }
  void take(std::uint32_t used) {
    const std::uint32_t few = std::min({used, quick_, kQuick});
    quick_ -= few;
    many_ -= std::min(used - few, many_);
  }

  std::uint32_t quick_ = 50'000, many_ = 950'000;
};

class Expression {
 public:
  enum class Answer : std::uint8_t { No, Yes, Unsettled };

  // Malformed: what PCRE2 says and at which character. TooLarge: longer than kMaxExpressionBytes.
  [[nodiscard]] static Result<Expression> compile(std::string_view text);

  [[nodiscard]] Answer ask(std::string_view url, Asker& asker, Steps& steps) const noexcept;
  // The only question about this URL.
  [[nodiscard]] Answer ask(std::string_view url, Asker& asker) const noexcept {
    Steps steps;
    return ask(url, asker, steps);
  }

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const noexcept;
  };
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  bool machine_code_ = false, counted_ = false;  // counted: each item that is tried is told, and makes a step
  std::size_t unseen_bytes_ = 0;                 // the most that one item passes over and has nothing to show for
};

// What a question needs beside the expression; a moved-from one must not be used.
class Asker {
 public:
  Asker();

 private:
  friend class Expression;
  struct Free {
    void operator()(pcre2_real_match_context_8* context) const noexcept;
    void operator()(pcre2_real_match_data_8* data) const noexcept;
    void operator()(pcre2_real_jit_stack_8* stack) const noexcept;
  };
  std::unique_ptr<pcre2_real_match_context_8, Free> context_;
  std::unique_ptr<pcre2_real_match_data_8, Free> data_;
  std::unique_ptr<pcre2_real_jit_stack_8, Free> stack_;
};

}  // namespace citygate::matcher
