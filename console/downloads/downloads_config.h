// downloads_config.h - settings of programs that wait for somebody's approval.
#pragma once

#include "base/config.h"

namespace citygate::console {

struct DownloadsConfig {
  std::int64_t file_bytes = std::int64_t{1} << 30;
  std::int64_t held_bytes = std::int64_t{8} << 30;
};

inline constexpr std::tuple kDownloadsFields{
    field("downloads.file_bytes", &DownloadsConfig::file_bytes, between<std::int64_t>(1, std::int64_t{1} << 40),
          Reload::Live, "Largest program that is held until somebody has agreed to it."),
    field("downloads.held_bytes", &DownloadsConfig::held_bytes, between<std::int64_t>(1, std::int64_t{1} << 50),
          Reload::Live,
          "Most bytes of programs that are held at a time; further ones are refused until some are decided about."),
};

}  // namespace citygate::console
