#define PCRE2_CODE_UNIT_WIDTH 8
#include "matcher/pattern_confirm.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <string>

#include "matcher/pattern_syntax.h"

namespace citygate::matcher {
namespace {

constexpr std::size_t kBytesPerStep = 16;
constexpr std::size_t kFirstStackBytes = 32 << 10, kMostStackBytes = 256 << 10;
constexpr std::uint32_t kNoMatchLimit = 0xffffffffU;
constexpr int kTooLarge = PCRE2_ERROR_PATTERN_TOO_LARGE;
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

pcre2_code* compile_with(std::string_view text, std::uint32_t options, int& code, std::size_t& at) {
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &code, &at, compile_context());
}

// The largest number of a repeat, "{200}" or "{1,200}": so many bytes one item may pass over before it fails.
std::size_t largest_repeat(std::string_view text) {
  std::size_t largest = 0, number = 0;
  bool inside = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) number = 0;
    inside = c == '{' || (inside && (digit || c == ','));
    if (!inside || !digit) continue;
    number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(c - '0'), 0xffff);
    largest = std::max(largest, number);
  }
  return largest;
}

// One question being answered.
struct Question {
  std::uint32_t allowed, used = 0, per_item;
  std::size_t at = 0;
};

// PCRE2's own limit does not see what goes on within one item: on a URL of 8,000 letters "(.*)\1\1[0-9]" takes a minute in
// 8,000 of its steps. Between two of these calls no more than one item is gone through.
int count_step(pcre2_callout_block* block, void* data) {
  auto& question = *static_cast<Question*>(data);
  const std::size_t at = block->current_position;
  const std::size_t passed = at > question.at ? at - question.at : question.at - at;
  question.at = at;
  question.used += question.per_item + static_cast<std::uint32_t>(passed / kBytesPerStep);
  return question.used > question.allowed ? PCRE2_ERROR_MATCHLIMIT : 0;
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
  out.code_.reset(compile_with(text, kOptions | PCRE2_AUTO_CALLOUT, code, at));
  out.counted_ = out.code_ != nullptr;
  // Telling each item makes it several times as large.
  if (!out.code_ && code == kTooLarge) out.code_.reset(compile_with(text, kOptions, code, at));
  if (!out.code_)
    return fail(Error::Kind::Malformed,
                "is no regular expression: " + message_of(code) + " at character " + std::to_string(at + 1));
  // Machine code that does not tell its items cannot be stopped in time; the interpreter can.
  out.machine_code_ = out.counted_ && pcre2_jit_compile(out.code_.get(), PCRE2_JIT_COMPLETE) == 0;
  std::uint32_t references = 0;
  (void)pcre2_pattern_info(out.code_.get(), PCRE2_INFO_BACKREFMAX, &references);
  out.unseen_bytes_ = references > 0 || !out.counted_ ? std::string_view::npos : largest_repeat(text);
  return out;
}

Expression::Answer Expression::ask(std::string_view url, Asker& asker, Steps& steps) const noexcept {
  const auto* text = reinterpret_cast<PCRE2_SPTR>(url.data());
  const auto per_item = static_cast<std::uint32_t>(1 + std::min(unseen_bytes_, url.size()) / kBytesPerStep);
  Question question{.allowed = steps.allowed(), .per_item = per_item};
  auto* context = asker.context_.get();
  (void)pcre2_set_callout(context, count_step, &question);
  (void)pcre2_set_match_limit(context, counted_ ? kNoMatchLimit : question.allowed / per_item);
  const int code = machine_code_ ? pcre2_jit_match(code_.get(), text, url.size(), 0, 0, asker.data_.get(), context)
                                 : pcre2_match(code_.get(), text, url.size(), 0, 0, asker.data_.get(), context);
  steps.take(counted_ ? question.used : question.allowed);
  if (code >= 0) return Answer::Yes;
  return code == PCRE2_ERROR_NOMATCH ? Answer::No : Answer::Unsettled;  // steps, stack, heap: no answer
}

Asker::Asker()
    : context_(made(pcre2_match_context_create(nullptr))),
      data_(made(pcre2_match_data_create(1, nullptr))),
      stack_(made(pcre2_jit_stack_create(kFirstStackBytes, kMostStackBytes, nullptr))) {
  (void)pcre2_set_heap_limit(context_.get(), kMostHeapKib);
  pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
}

}  // namespace citygate::matcher
