// pattern_confirm.h - one expression as PCRE2 sees it, asked about one URL: yes, no, or too long to tell.
//
// Meaning   the bytes of the URL, letter case ignored in ASCII, "." any byte; neither UTF nor Unicode properties.
// Thread    Expression: immutable, shared. Asker: one per thread.
// Bounds    steps and stack of one question have a limit, so no expression holds a worker; beyond it: Unsettled.
// Cost      compiling about 30 us with its machine code; a question 0.1 to 0.5 us, at worst (the limit) some 0.3 ms. No
//           allocation where PCRE2 can make machine code.
#pragma once

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

class Expression {
 public:
  enum class Answer : std::uint8_t { No, Yes, Unsettled };

  // Malformed: what PCRE2 says and at which character. TooLarge: longer than kMaxExpressionBytes.
  [[nodiscard]] static Result<Expression> compile(std::string_view text);

  [[nodiscard]] Answer ask(std::string_view url, Asker& asker) const noexcept;

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const noexcept;
  };
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  bool machine_code_ = false;
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
