// host_table_builder.h - gathers names and writes the bytes of a host table and of its lines.
//
// Thread    one. Slow: never on a worker.
// Cost      24 bytes per naming while gathering, and the finished files beside them; 10 M names: about a second.
// Errors    build: TooLarge (sets, slots), or a retryable Bug when two names collide under this key: begin again with
//           another one. The chance is about 2 in 10^6 for 10 M names.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "matcher/host_hash.h"
#include "matcher/host_items.h"
#include "matcher/host_lines.h"

namespace citygate::matcher {

struct HostFiles {
  std::vector<std::byte> table;  // hosts.table
  std::vector<std::byte> lines;  // hosts.lines
};

class HostTableBuilder {
 public:
  explicit HostTableBuilder(std::uint64_t key, HashFamily family = fastest_hash_family())
      : key_(key), keys_(key, family) {}

  // `host` in canonical form, so of 253 bytes at most; `naming.mark` is not kPathsBelow.
  void add(std::string_view host, Naming naming);
  // `path` is "/path[?query]"; borders at its end are left out. False when nothing is left, or when it is too long or
  // too deep to be looked for.
  [[nodiscard]] bool add_path(std::string_view host, std::string_view path, Naming naming);

  [[nodiscard]] static bool path_fits(std::string_view path);

  // The files; the builder is empty afterwards.
  [[nodiscard]] Result<HostFiles> build();

 private:
  std::uint64_t key_;
  NameKeys keys_;
  HostItems items_;
};

// A 64-bit hash for counting distinct texts; not that of any table.
[[nodiscard]] std::uint64_t hash_of_text(std::string_view text, std::uint64_t seed);

// A key that nobody outside can know.
[[nodiscard]] std::uint64_t random_table_key();

}  // namespace citygate::matcher
