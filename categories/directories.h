// directories.h - directories that are made beside and put in place whole.
//
// Errors    Storage, naming the path.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

inline constexpr std::string_view kUnfinished = ".new";  // what is being written; of no meaning after a kill

[[nodiscard]] Result<void> make_directory(const std::filesystem::path& path);
// Makes `path` an empty directory.
[[nodiscard]] Result<void> fresh_directory(const std::filesystem::path& path);
[[nodiscard]] Result<void> remove_directory(const std::filesystem::path& path);
// Puts the finished directory `from` in the place of `to`, at every instant of which one of the two is whole.
[[nodiscard]] Result<void> put_in_place(const std::filesystem::path& from, const std::filesystem::path& to);
[[nodiscard]] std::vector<std::filesystem::path> directories_in(const std::filesystem::path& path);

}  // namespace citygate::categories
