// Acts through a kill and a full disk: what append() acknowledged is there, and the chain is whole.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <random>
#include <set>

#include "records/store.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/records/children.h"

namespace citygate::records {
namespace {

using test::in_child;
using test::wait_for;

Act permit(unsigned round, std::size_t length) {
  Act act;
  act.kind = ActKind::GrantRequest;
  act.author = "pat.lee";
  act.via = "a test";
  act.reason = std::string(length, static_cast<char>('a' + round % 26));
  act.subject = "ada";
  return act;
}

void append_until_killed(const std::filesystem::path& state, unsigned round, int report) {
  auto store = Store::open(state / "db");
  if (!store) {
    ADD_FAILURE() << store.error().context;
    ::_exit(1);
  }
  std::mt19937 random(round);
  for (;;) {
    std::vector<Act> some(1 + random() % 5, permit(round, random() % 3000));
    const auto kept = (*store)->acts().append(some);
    if (!kept) ::_exit(3);
    const std::uint64_t last = kept->back().number;
    if (::write(report, &last, sizeof last) < 0) ::_exit(2);
  }
}

// All up to `acknowledged` and perhaps a batch more, whose acknowledgement the kill has met.
std::uint64_t check_acts(const std::filesystem::path& state, std::uint64_t acknowledged) {
  auto store = Store::open(state / "db");
  EXPECT_TRUE(store) << store.error().context;
  const auto whole = verify_acts((*store)->acts());
  EXPECT_TRUE(whole) << whole.error().context;
  EXPECT_GE(whole->number, acknowledged);
  std::uint64_t read = 0;
  EXPECT_TRUE((*store)->acts().scan(1, [&](const Act& act) { return act.number == ++read; }));
  EXPECT_EQ(read, whole->number);
  return read;
}

TEST(Kill, of_who_appends_acts_loses_none_that_was_acknowledged) {
  test::TempDir state;
  std::mt19937 random(22);
  std::uint64_t acknowledged = 0;
  for (unsigned round = 0; round < 30; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t writer = in_child([&] { append_until_killed(state.path(), round, ends[1]); });
    ::close(ends[1]);
    std::uint64_t last = 0;
    for (auto left = 1 + random() % 40; left > 0; --left) {
      ASSERT_EQ(::read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last)) << "the writer died by itself";
      ASSERT_GT(last, acknowledged) << "a number was given twice";
      acknowledged = last;
    }
    ::kill(writer, SIGKILL);
    while (::read(ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) acknowledged = last;
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(wait_for(writer)));
    if (round % 5 != 4) continue;
    ASSERT_EQ(wait_for(in_child([&] { check_acts(state.path(), acknowledged); })), 0) << "round " << round;
  }
}

TEST(FullDisk, an_act_that_was_refused_is_not_there_and_the_next_one_is) {
  test::TempDir state;
  const pid_t child = in_child([&] {
    auto store = Store::open(state.path() / "db");
    ASSERT_TRUE(store) << store.error().context;
    auto& acts = (*store)->acts();
    ASSERT_TRUE(acts.append({permit(0, 10)}));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit tight{.rlim_cur = 64 << 10, .rlim_max = limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    // Past what the log may hold: the next one takes it.
    std::uint64_t last = 1;
    for (unsigned i = 0; i < 30; ++i) {
      const auto kept = acts.append(std::vector<Act>(3, permit(i, 1000)));
      if (kept) last = kept->back().number;
      EXPECT_EQ(acts.last(), last);
    }
    // No log may hold this one.
    for (int i = 0; i < 2; ++i) {
      const auto refused = acts.append({permit(0, 10), permit(1, 100'000)});
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, Error::Kind::Storage);
      EXPECT_TRUE(refused.error().context.contains("cannot be kept")) << refused.error().context;
      EXPECT_EQ(acts.last(), last);
    }

    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto again = acts.append({permit(2, 10)});
    ASSERT_TRUE(again) << again.error().context;
    EXPECT_EQ(again->front().number, last + 1);
    const auto whole = verify_acts(acts);
    ASSERT_TRUE(whole) << whole.error().context;
    EXPECT_EQ(whole->number, last + 1);
  });
  ASSERT_EQ(wait_for(child), 0);
  ASSERT_EQ(wait_for(in_child([&] { check_acts(state.path(), 2); })), 0);
}

}  // namespace
}  // namespace citygate::records
