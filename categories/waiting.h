// waiting.h - lists/waiting.json: versions of sources that wait for a person, and sources that a rollback holds back.
//
// A held source is not updated by the clock any more: the next update would bring back what the rollback took away. A person's update or
// publish of it ends that.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace citygate::categories {

struct Waiting {
  struct Version {
    std::string name, id, version;
    std::string since;             // RFC 3339, UTC
    std::vector<std::string> why;  // a sentence each
  };
  struct Held {
    std::string name, since, why;
  };
  std::vector<Version> versions;  // by name
  std::vector<Held> held;         // by name

  [[nodiscard]] static Result<Waiting> read(const std::filesystem::path& file);  // empty where there is none
  [[nodiscard]] Result<void> write(const std::filesystem::path& file) const;
  [[nodiscard]] const Version* find(std::string_view name) const;
  [[nodiscard]] bool holds(std::string_view name) const;
  void put(Version version);
  void hold(Held held);
  void release(std::string_view name);  // from both
};

}  // namespace citygate::categories
