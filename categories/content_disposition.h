// content_disposition.h - the name that an answer would be saved under.
#pragma once

#include <string>
#include <string_view>

namespace citygate::categories {

// Of Content-Disposition (RFC 6266, filename* before filename), else of the path; "" for neither. Without directories.
[[nodiscard]] std::string file_name_of(std::string_view content_disposition, std::string_view path);

}  // namespace citygate::categories
