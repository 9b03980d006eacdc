// waiting.h - lists/waiting.json: versions of sources that wait for a person, sources of which one was dropped, and sources that a
// rollback holds back.
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
  // Sources whose newest version a person has dropped, by name: until another comes, or what is in force of them changes.
  std::vector<std::string> dropped = {};

  [[nodiscard]] static Result<Waiting> read(const std::filesystem::path& file);  // empty where there is none
  [[nodiscard]] Result<void> write(const std::filesystem::path& file) const;
  [[nodiscard]] const Version* find(std::string_view name) const;
  [[nodiscard]] bool holds(std::string_view name) const;
  [[nodiscard]] bool decided(
      std::string_view name) const;  // its newest version waits, or was dropped: nothing is missed
  void put(Version version);
  void hold(Held held);
  void drop(std::string_view name);     // the version that waits
  void release(std::string_view name);  // from all
};

}  // namespace citygate::categories
