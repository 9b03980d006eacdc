// Classifying allocates nothing: every operator new of this program is counted.
#include <cstdlib>
#include <new>

#include "tests/unit/categories/support.h"

namespace {
std::atomic<std::uint64_t> allocations = 0;
}

// Not inlined: the compiler would see malloc meet delete, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace citygate::categories {
namespace {

class ListsAllocation : public StoreTest {};

TEST_F(ListsAllocation, NeitherClassifyingNorEvidenceAllocates) {
  imported(source_root() / "categories" / "lists", "", "starter");
  imported(scratch_.write("ads.txt", "||example.com^\n@@||good.example.com^\n||example.com/ads/\n"));
  const auto lists = this->lists();
  const Target targets[] = {target("http://www.bet365.com/"), target("https://www.linkedin.com/jobs/view/7"),
                            target("http://a.b.c.d.e.f.g.h.i.j.k.unknown.test/x"), target("http://192.0.2.1/"),
                            target("http://good.example.com/ads/1")};
  Classification classification;
  const std::uint64_t before = allocations;
  std::uint32_t lines = 0;
  for (const auto& one : targets) {
    lists->classify(one, classification);
    classification.categories.for_each([&](CategoryId id) { lines += lists->evidence(classification, id).line; });
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(lines, 0U);
}

}  // namespace
}  // namespace citygate::categories
