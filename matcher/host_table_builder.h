// host_table_builder.h - gathers names and writes the bytes of a host table.
//
// Thread    one. Slow: never on a worker.
// Cost      24 bytes per naming while gathering, and the finished table beside them; 1 M names: about 0.3 s.
// Errors    build: TooLarge (sets, slots), or a retryable Bug when two names collide under this key: begin again with
//           another one. The chance is about 1 in 10^6 per million names.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "matcher/host_table.h"

namespace citygate::matcher {

class HostTableBuilder {
 public:
  explicit HostTableBuilder(std::uint64_t key) : key_(key) {}

  // `host` in canonical form; `naming.mark` is not kPathsBelow.
  void add(std::string_view host, Naming naming);
  // `path` begins with '/', and does not end with one. False when it is too long or too deep to be looked for.
  [[nodiscard]] bool add_path(std::string_view host, std::string_view path, Naming naming);

  [[nodiscard]] static bool path_fits(std::string_view path);

  // The table; the builder is empty afterwards.
  [[nodiscard]] Result<std::vector<std::byte>> build();

 private:
  struct Item {
    std::uint64_t hash;
    std::uint64_t identity;  // an independent hash of the name: tells apart two names of one hash
    Naming naming;
    friend auto operator<=>(const Item&, const Item&) = default;
  };
  std::uint64_t key_;
  std::vector<Item> items_;
};

// A 64-bit hash for counting distinct texts; not that of any table.
[[nodiscard]] std::uint64_t hash_of_text(std::string_view text, std::uint64_t seed);

// A key that nobody outside can know.
[[nodiscard]] std::uint64_t random_table_key();

}  // namespace citygate::matcher
