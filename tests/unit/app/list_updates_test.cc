// Updates of lists by the clock, with a clock that goes on between two questions, as a real one does.
#include "app/list_updates.h"

#include <atomic>
#include <future>

#include "tests/unit/categories/support.h"

namespace citygate::app {
namespace {

using categories::SourcesFile;
using categories::Updater;

class GoingClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override {
    return WallTime(std::chrono::microseconds(kStart + ++asked_));
  }

 private:
  static constexpr std::int64_t kStart = 1'796'000'000'000'000;  // 2026-11-30
  mutable std::atomic<std::int64_t> asked_ = 0;
};

class ListUpdatesTest : public categories::StoreTest {
 protected:
  std::shared_ptr<const SourcesFile> sources(const std::string& text) {
    Problems problems;
    auto file = SourcesFile::read(scratch_.write("sources.toml", text), taxonomy_, problems);
    EXPECT_TRUE(file) << problems.to_string();
    return file ? std::make_shared<const SourcesFile>(*std::move(file)) : nullptr;
  }

  GoingClock clock_;
};

// What was never asked is due "now"; compared with a moment before that it never was, and the thread asked without end.
TEST_F(ListUpdatesTest, ASourceThatWasNeverAskedIsFetchedAtOnce) {
  const auto list = scratch_.write("bets.txt", "casino.example\n");
  store_->set_clock(clock_);
  Updater updater(*store_, clock_, scratch_.path() / "lists" / "staging", "citygate/test");
  updater.set_sources(
      sources("[[source]]\nname = \"bets\"\npath = \"" + list.string() + "\"\ncategory = \"gambling\"\n"));
  std::promise<void> adopted;
  std::atomic<std::uint64_t> serving = 0;
  ListUpdates updates({.updater = updater,
                       .store = *store_,
                       .clock = clock_,
                       .zone = [] { return *Zone::open("America/Chicago"); },
                       .adopt = [&]() -> Result<void> {
                         serving = lists()->id().value;
                         adopted.set_value();
                         return {};
                       },
                       .serving = [&serving] { return GenerationId{serving}; }});
  updates.start();
  ASSERT_EQ(adopted.get_future().wait_for(std::chrono::minutes(2)), std::future_status::ready);
  updates.stop();
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_GT(updater.standing(*Zone::open("America/Chicago")).front().next, clock_.now());
}

}  // namespace
}  // namespace citygate::app
