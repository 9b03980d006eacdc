// verify.h - whether a fetched file is the one that its publisher meant: signature, checksum, or both.
//
// Thread    may block on the network for the signature or checksum: builders and commands only.
// Errors    Refused: it is not; Malformed: signature or checksum are not of their form; those of fetching them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "categories/sources_file.h"

namespace citygate::categories {

// Gives the text at a URL or path: the signature, the checksum.
using ReadCompanion = std::function<Result<std::string>(const std::string& place)>;

// Holds `file`, whose SHA-256 is `sha256`, against all that the source demands. `name`: the file's own, to find its line
// among several checksums. The trusted comment of its signature, or "".
[[nodiscard]] Result<std::string> verify_fetched(const Source& source, const std::filesystem::path& file,
                                                 std::string_view sha256, std::string_view name,
                                                 const ReadCompanion& read);

// The checksum of `name` in lines of "hex  name" (sha256sum's), "SHA256 (name) = hex" (BSD's) or one line of hex alone.
[[nodiscard]] Result<std::string> find_checksum(std::string_view text, std::string_view name);

}  // namespace citygate::categories
