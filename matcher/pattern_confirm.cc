#define PCRE2_CODE_UNIT_WIDTH 8
#include "matcher/pattern_confirm.h"

#include <pcre2.h>

#include <array>
#include <string>

#include "matcher/pattern_syntax.h"

namespace citygate::matcher {
namespace {

constexpr std::uint32_t kMostSteps = 10'000;  // some 0.3 ms of the worst expressions
constexpr std::size_t kFirstStackBytes = 32 << 10, kMostStackBytes = 256 << 10;
constexpr std::uint32_t kMostHeapKib = 1024;  // of the interpreter, where no machine code can be made

constexpr std::uint32_t kOptions =
    PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 160> text{};
  (void)pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

template <class T>
T* made(T* pointer) {
  CG_CHECK(pointer != nullptr);  // out of memory
  return pointer;
}

// Compile options that never change.
pcre2_compile_context* compile_context() {
  static pcre2_compile_context* const kContext = [] {
    auto* context = made(pcre2_compile_context_create(nullptr));
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    (void)pcre2_set_parens_nest_limit(context, kMaxPatternNesting);
    (void)pcre2_set_max_pattern_length(context, kMaxExpressionBytes);
    return context;
  }();
  return kContext;
}

}  // namespace

void Expression::Free::operator()(pcre2_real_code_8* code) const noexcept { pcre2_code_free(code); }
void Asker::Free::operator()(pcre2_real_match_context_8* context) const noexcept { pcre2_match_context_free(context); }
void Asker::Free::operator()(pcre2_real_match_data_8* data) const noexcept { pcre2_match_data_free(data); }
void Asker::Free::operator()(pcre2_real_jit_stack_8* stack) const noexcept { pcre2_jit_stack_free(stack); }

Result<Expression> Expression::compile(std::string_view text) {
  if (text.size() > kMaxExpressionBytes)
    return fail(Error::Kind::TooLarge, "is " + std::to_string(text.size()) + " bytes long; an expression may have " +
                                           std::to_string(kMaxExpressionBytes));
  int code = 0;
  std::size_t at = 0;
  Expression out;
  out.code_.reset(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), kOptions, &code, &at, compile_context()));
  if (!out.code_)
    return fail(Error::Kind::Malformed,
                "is no regular expression: " + message_of(code) + " at character " + std::to_string(at + 1));
  out.machine_code_ = pcre2_jit_compile(out.code_.get(), PCRE2_JIT_COMPLETE) == 0;
  return out;
}

Expression::Answer Expression::ask(std::string_view url, Asker& asker) const noexcept {
  const auto* text = reinterpret_cast<PCRE2_SPTR>(url.data());
  const int code = machine_code_
                       ? pcre2_jit_match(code_.get(), text, url.size(), 0, 0, asker.data_.get(), asker.context_.get())
                       : pcre2_match(code_.get(), text, url.size(), 0, 0, asker.data_.get(), asker.context_.get());
  if (code >= 0) return Answer::Yes;
  return code == PCRE2_ERROR_NOMATCH ? Answer::No : Answer::Unsettled;  // steps, stack, heap: no answer
}

Asker::Asker()
    : context_(made(pcre2_match_context_create(nullptr))),
      data_(made(pcre2_match_data_create(1, nullptr))),
      stack_(made(pcre2_jit_stack_create(kFirstStackBytes, kMostStackBytes, nullptr))) {
  (void)pcre2_set_match_limit(context_.get(), kMostSteps);
  (void)pcre2_set_depth_limit(context_.get(), kMostSteps);
  (void)pcre2_set_heap_limit(context_.get(), kMostHeapKib);
  pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
}

}  // namespace citygate::matcher
