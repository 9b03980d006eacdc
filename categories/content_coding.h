// content_coding.h - what the beginning of a body says under the codings of its Content-Encoding (RFC 9110 section 8.4).
//
// gzip, deflate, zstd, and several of them one over the other.
// Thread    any; pure. Cost: a few microseconds, an allocation for each coding.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace citygate::categories {

// `codings`: the field's value, in the order in which they were applied.
[[nodiscard]] bool is_coded(std::string_view codings);
// At most `most` bytes of what `bytes` unpack to. Nothing: a coding that is not known here, or bytes that are not in it.
[[nodiscard]] std::optional<std::string> decoded_beginning(std::string_view codings, std::string_view bytes,
                                                           std::size_t most);

}  // namespace citygate::categories
