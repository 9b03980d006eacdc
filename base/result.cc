#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace citygate {

std::unexpected<Error> fail_errno(std::string_view what, Error::Kind kind) {
  const int number = errno;
  return fail(kind, std::string(what) + ": " + std::strerror(number));
}

std::string_view to_string(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::Timeout: return "timeout";
    case Error::Kind::Refused: return "refused";
    case Error::Kind::Malformed: return "malformed";
    case Error::Kind::TooLarge: return "too large";
    case Error::Kind::NotFound: return "not found";
    case Error::Kind::Storage: return "storage";
    case Error::Kind::Bug: return "bug";
  }
  return "unknown";
}

void check_failed(const char* expression, std::source_location where) noexcept {
  std::fprintf(stderr, "citygate: %s:%u: invariant broken in %s: %s\n", where.file_name(), where.line(),
               where.function_name(), expression);
  std::abort();
}

}  // namespace citygate
