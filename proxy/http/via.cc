#include "proxy/http/via.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "proxy/http/head_rules.h"

namespace citygate::proxy {
namespace {

std::string_view second_word(std::string_view member) {
  const auto space = member.find_first_of(" \t");
  if (space == std::string_view::npos) return {};
  member.remove_prefix(std::min(member.find_first_not_of(" \t", space), member.size()));
  return member.substr(0, member.find_first_of(" \t"));
}

}  // namespace

std::string via_of(std::string_view gateway_name) {
  static const std::uint32_t process = std::random_device{}();
  return fmt::format("1.1 {}-{:08x}", gateway_name, process);
}

bool has_passed(const MessageHead& request, std::string_view via) {
  for (const Field& field : request.fields) {
    if (field.id != FieldName::Via) continue;
    // Commas in a comment split it into pieces that name nobody, or cost their author a refusal.
    std::string_view rest = field.value, member;
    while (next_member(rest, member))
      if (equal_ignoring_case(second_word(member), second_word(via))) return true;
  }
  return false;
}

Result<std::optional<std::uint64_t>> max_forwards(const MessageHead& request) {
  std::optional<std::uint64_t> least;
  for (const Field& field : request.fields) {
    if (field.id != FieldName::MaxForwards) continue;
    const char *begin = field.value.data(), *end = begin + field.value.size();
    std::uint64_t number = 0;
    const auto [stopped, error] = std::from_chars(begin, end, number);
    if (begin == end || stopped != end || error == std::errc::invalid_argument)
      return fail(Error::Kind::Malformed, "Max-Forwards is no number", Error::Side::Client);
    if (error == std::errc::result_out_of_range) number = UINT64_MAX;  // as many as there are
    least = std::min(least.value_or(UINT64_MAX), number);
  }
  return least;
}

}  // namespace citygate::proxy
