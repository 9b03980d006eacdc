#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace citygate::log {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("citygate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum convert(Level level) {
  switch (level) {
    case Level::Debug: return spdlog::level::debug;
    case Level::Info: return spdlog::level::info;
    case Level::Warning: return spdlog::level::warn;
    case Level::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void set_level(Level level) { logger().set_level(convert(level)); }

bool parse_level(std::string_view word, Level& level) {
  if (word == "debug") level = Level::Debug;
  else if (word == "info") level = Level::Info;
  else if (word == "warning") level = Level::Warning;
  else if (word == "error") level = Level::Error;
  else return false;
  return true;
}

void write(Level level, std::string_view text) { logger().log(convert(level), "{}", text); }

}  // namespace citygate::log
