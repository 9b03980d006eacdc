// result.h - how a function says that it failed.
//
// Three kinds of trouble, three answers: hostile or unlucky input becomes an Error and is counted;
// a broken invariant stops the process (CG_CHECK always, CG_ASSERT in debug builds); out of memory dies.
// No Error is ever turned into "allowed": whoever asks for a verdict and gets an Error refuses.
#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace citygate {

struct Error {
  enum class Kind : std::uint8_t {
    Timeout,    // a deadline passed
    Refused,    // the other side, or a rule of ours, said no
    Malformed,  // bytes that are not what they should be
    TooLarge,   // a bound was crossed
    NotFound,   // no such name, record, file
    Storage,    // disk, database, memory map
    Bug,        // should not happen; reported and counted
  };
  enum class Side : std::uint8_t { Client, Origin, Local };

  Kind kind = Kind::Bug;
  Side side = Side::Local;  // whose fault: picks 4xx, 502/504 or 500, and the log level
  bool retryable = false;   // decided where the error is born
  std::string context;      // for the log and for the operator; never sent to a client of the proxy
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Error::Kind kind, std::string context,
                                                 Error::Side side = Error::Side::Local) {
  return std::unexpected(Error{.kind = kind, .side = side, .context = std::move(context)});
}

// What `errno` says, after `what`: "open spool/1/worker-0.ring: No space left on device".
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what, Error::Kind kind = Error::Kind::Storage);

[[nodiscard]] std::string_view to_string(Error::Kind kind);

[[noreturn]] void check_failed(const char* expression, std::source_location where) noexcept;

}  // namespace citygate

#define CG_JOIN_(a, b) a##b
#define CG_JOIN(a, b) CG_JOIN_(a, b)

// CG_TRY(lease, pool.take()): names the value, or returns the error to the caller.
#define CG_TRY(name, ...)                                                               \
  auto CG_JOIN(cg_result_, __LINE__) = (__VA_ARGS__);                                   \
  if (!CG_JOIN(cg_result_, __LINE__)) [[unlikely]]                                      \
    return std::unexpected(std::move(CG_JOIN(cg_result_, __LINE__)).error());           \
  auto& name = *CG_JOIN(cg_result_, __LINE__)

// CG_TRY_VOID(store.sync()): the same for Result<void>, or when the value is of no interest.
#define CG_TRY_VOID(...)                                                   \
  if (auto cg_void_result = (__VA_ARGS__); !cg_void_result) [[unlikely]]   \
  return std::unexpected(std::move(cg_void_result).error())

#define CG_CHECK(expression)                                                                   \
  ((expression) ? static_cast<void>(0)                                                         \
                : ::citygate::check_failed(#expression, std::source_location::current()))
#ifdef NDEBUG
#define CG_ASSERT(expression) static_cast<void>(0)
#else
#define CG_ASSERT(expression) CG_CHECK(expression)
#endif
