// Classifying allocates nothing: every operator new of this program is counted.
#include "tests/support/counting_new.h"
#include "tests/unit/categories/support.h"

using citygate::tests::allocations;

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
    lists->classify(one, workspace_, classification);
    classification.categories.for_each([&](CategoryId id) { lines += lists->evidence(classification, id).line; });
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(lines, 0U);
}

}  // namespace
}  // namespace citygate::categories
