// source_name.h - what a source of lists may be called.
//
// Thread any; pure.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace citygate::categories {

// Lower-case letters, digits, '-', '_' and '.', at most 64, no '.' in front: a source's name is that of its directory.
[[nodiscard]] bool good_source_name(std::string_view name);
// "UT1 list.tar.zst" -> "ut1-list"; it may still be no good name.
[[nodiscard]] std::string source_name_of(std::filesystem::path path);
// Names that evidence gives to what the gateway says itself.
[[nodiscard]] bool reserved_source_name(std::string_view name);

}  // namespace citygate::categories
