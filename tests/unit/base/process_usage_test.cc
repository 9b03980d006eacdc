#include "base/process_usage.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace citygate {
namespace {

TEST(ProcessUsage, TellsOfThisProcess) {
  const ProcessUsage before = process_usage();
  EXPECT_GT(before.resident_bytes, 100'000U);
  EXPECT_GE(before.virtual_bytes, before.resident_bytes);
  EXPECT_GE(before.threads, 1U);
  EXPECT_GE(before.open_descriptors, 1U);
  const auto age = std::chrono::system_clock::now() - before.started;
  EXPECT_GT(age, std::chrono::seconds(-2));
  EXPECT_LT(age, std::chrono::hours(24));

  const UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC)), two(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(process_usage().open_descriptors, before.open_descriptors + 2);
  EXPECT_GE(process_usage().cpu, before.cpu);
}

}  // namespace
}  // namespace citygate
