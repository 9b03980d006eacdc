// Both ends of the hand-over's channel in one process.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <thread>

#include "app/earlier_process.h"
#include "app/hand_over_channel.h"
#include "app/relay_names.h"
#include "app/state_directory.h"
#include "app/take_over.h"
#include "records/act_codec.h"
#include "tests/support/temp_dir.h"

namespace citygate::app {
namespace {

using namespace std::chrono_literals;
using Kind = HandOverChannel::Kind;

struct Pair {
  Pair() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    one = std::make_unique<HandOverChannel>(UniqueFd(ends[0]));
    other = std::make_unique<HandOverChannel>(UniqueFd(ends[1]));
  }
  std::unique_ptr<HandOverChannel> one, other;
};

TEST(HandOverChannel, carries_texts_and_descriptors) {
  Pair pair;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const UniqueFd reader(pipe[0]), writer(pipe[1]);
  ASSERT_TRUE(pair.one->send(Kind::Socket, "a\nb", writer.get()));
  ASSERT_TRUE(pair.one->send(Kind::Release));
  auto said = pair.other->receive(10s);
  ASSERT_TRUE(said) << said.error().context;
  EXPECT_EQ(said->kind, Kind::Socket);
  EXPECT_EQ(said->text, "a\nb");
  struct stat sent{}, got{};
  ASSERT_EQ(::fstat(writer.get(), &sent), 0);
  ASSERT_EQ(::fstat(said->descriptor.get(), &got), 0);
  EXPECT_EQ(sent.st_ino, got.st_ino);
  EXPECT_TRUE(pair.other->expect(Kind::Release, 10s));
}

TEST(HandOverChannel, tells_how_it_fails) {
  Pair pair;
  EXPECT_EQ(pair.other->receive(1ms).error().kind, Error::Kind::Timeout);
  ASSERT_TRUE(pair.one->send(Kind::Ready));
  EXPECT_EQ(pair.other->expect(Kind::Committed, 10s).error().kind, Error::Kind::Malformed);
  ASSERT_TRUE(pair.one->send(Kind::Refused, "the lists are damaged"));
  const auto refused = pair.other->expect(Kind::Committed, 10s);
  EXPECT_EQ(refused.error().kind, Error::Kind::Refused);
  EXPECT_EQ(refused.error().context, "the lists are damaged");
  // Of another program, and of another version.
  ASSERT_EQ(::send(pair.one->socket().get(), "GET / HTTP/1.1", 14, 0), 14);
  EXPECT_EQ(pair.other->receive(10s).error().kind, Error::Kind::Malformed);
  const std::uint16_t other_version[] = {0x4855, 0x4347, 9, 1};
  ASSERT_EQ(::send(pair.one->socket().get(), other_version, sizeof other_version, 0),
            static_cast<ssize_t>(sizeof other_version));
  EXPECT_EQ(pair.other->receive(10s).error().kind, Error::Kind::Refused);
  pair.one.reset();
  EXPECT_EQ(pair.other->receive(10s).error().kind, Error::Kind::NotFound);
  EXPECT_EQ(pair.other->send(Kind::Ready).error().kind, Error::Kind::NotFound);
}

TEST(HandOverChannel, a_descriptor_that_finds_no_place_is_not_passed_over) {
  Pair pair;
  ASSERT_TRUE(pair.one->send(Kind::Socket, "a\nb", STDIN_FILENO));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 1;  // with 0 poll() itself would be refused; number 0 is taken
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto said = pair.other->receive(0ms);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().kind, Error::Kind::Refused);
  EXPECT_NE(said.error().context.find("limit of open files"), std::string::npos);
}

TEST(EarlierProcess, gets_names_that_only_the_new_one_may_number) {
  Pair pair;
  std::thread old([&old_end = *pair.other] {
    ASSERT_TRUE(old_end.expect(Kind::Adopt, 10s));
    ASSERT_TRUE(old_end.send(Kind::NameAsked, "5 a rule with blanks"));
    const auto given = old_end.expect(Kind::Name, 10s);
    ASSERT_TRUE(given);
    EXPECT_EQ(given->text, "2");
    ASSERT_TRUE(old_end.send(Kind::NameAsked, "99 x"));
    EXPECT_EQ(old_end.expect(Kind::Name, 10s)->text, "no such kind of name");
    ASSERT_TRUE(old_end.send(Kind::Done));
  });
  MemoryNames names;
  const DrivenClock clock{WallTime{}};
  const MemoryActs acts(clock);
  ASSERT_EQ(*names.intern(NameKind::Rule, "first"), 1u);
  EarlierProcess earlier(std::move(*pair.one), ::getpid());
  EXPECT_EQ(earlier.adopt(News::Files, names, acts), "");
  old.join();
  EXPECT_EQ(names.find(NameKind::Rule, "a rule with blanks"), 2u);
  EXPECT_TRUE(earlier.runs());
  pair.other.reset();
  EXPECT_FALSE(earlier.runs());
  EXPECT_EQ(earlier.adopt(News::Files, names, acts), "") << "it is gone: nothing goes on there";
}

TEST(EarlierProcess, one_that_does_not_follow_acts_is_killed_before_one_that_reads_files) {
  Pair pair;
  const pid_t child = ::fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  MemoryNames names;
  const DrivenClock clock{WallTime{}};
  const MemoryActs acts(clock);
  EarlierProcess earlier(std::move(*pair.one), child, {.usual = 1h, .quick = 10ms});
  EXPECT_EQ(earlier.adopt(News::Acts, names, acts), "");
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(EarlierProcess, gets_acts_piece_by_piece) {
  Pair pair;
  std::string line;
  std::thread old([&old_end = *pair.other, &line] {
    const auto order = old_end.expect(Kind::Adopt, 10s);
    ASSERT_TRUE(order);
    EXPECT_EQ(order->text, "acts");
    for (;;) {
      ASSERT_TRUE(old_end.send(Kind::ActAsked, "1 " + std::to_string(line.size())));
      const auto piece = old_end.expect(Kind::Act, 10s);
      ASSERT_TRUE(piece);
      if (piece->text.empty()) break;
      line += piece->text;
    }
    ASSERT_TRUE(old_end.send(Kind::ActAsked, "2 0"));
    EXPECT_EQ(old_end.expect(Kind::Act, 10s)->text, "") << "there is none of this number";
    ASSERT_TRUE(old_end.send(Kind::Done));
  });
  MemoryNames names;
  const DrivenClock clock{WallTime{}};
  MemoryActs acts(clock);
  Act act;
  act.kind = ActKind::Suspend;
  act.author = "ann";
  act.reason = std::string(100'000, 'r');
  act.subject = "carl";
  const auto kept = acts.append({act});
  ASSERT_TRUE(kept);
  EarlierProcess earlier(std::move(*pair.one), ::getpid());
  EXPECT_EQ(earlier.adopt(News::Acts, names, acts), "");
  old.join();
  const auto read = records::decode_act(line);
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(*read, kept->front());
}

TEST(EarlierProcess, one_that_cannot_follow_is_told_to_close_its_connections) {
  Pair pair;
  std::thread old([&old_end = *pair.other] {
    ASSERT_TRUE(old_end.expect(Kind::Adopt, 10s));
    ASSERT_TRUE(old_end.send(Kind::Done, "policy.toml:3: unknown word"));
    const auto stop = old_end.expect(Kind::Stop, 10s);
    ASSERT_TRUE(stop);
    EXPECT_EQ(stop->text, "0");
    ASSERT_TRUE(old_end.send(Kind::Done));
  });
  MemoryNames names;
  const DrivenClock clock{WallTime{}};
  const MemoryActs acts(clock);
  EarlierProcess earlier(std::move(*pair.one), ::getpid());
  EXPECT_EQ(earlier.adopt(News::Files, names, acts), "policy.toml:3: unknown word");
  old.join();
}

// An old process, up to the new one's word that it serves.
class OldProcess {
 public:
  OldProcess() : listener_(*HandOverChannel::listen(StateDirectory::hand_over_socket(directory_.path()))) {}

  TakeOver taken_over() {
    std::jthread old([this] {
      channel_.emplace(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
      ASSERT_TRUE(channel_->expect(Kind::Hello, 10s));
      for (const Kind kind : {Kind::Memory, Kind::Control, Kind::Lock})
        ASSERT_TRUE(channel_->send(kind, {}, listener_.get()));
      ASSERT_TRUE(channel_->send(Kind::Offer, offer_words("1.0", "policy 1", std::nullopt)));
      ASSERT_TRUE(channel_->expect(Kind::Release, 10s));
      ASSERT_TRUE(channel_->send(Kind::Released));
    });
    auto taken = TakeOver::ask(directory_.path());
    EXPECT_TRUE(taken->release());
    return *std::move(taken);
  }
  HandOverChannel& channel() { return *channel_; }
  void ends() { channel_.reset(); }

 private:
  test::TempDir directory_;
  UniqueFd listener_;
  std::optional<HandOverChannel> channel_;
};

TEST(TakeOver, one_that_is_refused_after_it_said_ready_does_not_serve_beside_the_old_one) {
  OldProcess old;
  TakeOver taken = old.taken_over();
  ASSERT_TRUE(old.channel().send(Kind::Refused, "the running gateway is stopping"));
  const auto before = taken.ready();
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().kind, Error::Kind::Refused);
  EXPECT_NE(before.error().context.find("the running gateway is stopping"), std::string::npos);
}

TEST(TakeOver, an_old_one_that_ended_meanwhile_leaves_the_new_one_serving) {
  OldProcess old;
  TakeOver taken = old.taken_over();
  old.ends();
  const auto before = taken.ready();
  ASSERT_TRUE(before) << before.error().context;
  EXPECT_FALSE((*before)->runs());
}

TEST(RelayNames, asks_elsewhere_only_for_what_it_does_not_know) {
  MemoryNames own;
  ASSERT_EQ(*own.intern(NameKind::Rule, "known"), 1u);
  RelayNames names(own);
  int asked = 0;
  names.ask_elsewhere([&asked](NameKind, std::string_view) -> Result<std::uint32_t> {
    ++asked;
    return 7;
  });
  EXPECT_EQ(*names.intern(NameKind::Rule, "known"), 1u);
  EXPECT_EQ(*names.intern(NameKind::Rule, "new"), 7u);
  EXPECT_EQ(*names.intern(NameKind::Rule, "new"), 7u);
  const std::vector<std::string_view> both{"new", "known"};
  EXPECT_EQ(*names.intern_all(NameKind::Rule, both), (std::vector<std::uint32_t>{7, 1}));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(names.name(NameKind::Rule, 7), "new");
  EXPECT_EQ(names.name(NameKind::Rule, 1), "known");
  EXPECT_EQ(own.find(NameKind::Rule, "new"), std::nullopt) << "the old database is another's";
  names.ask_elsewhere(
      [](NameKind, std::string_view) -> Result<std::uint32_t> { return fail(Error::Kind::TooLarge, "255 are taken"); });
  EXPECT_FALSE(names.intern(NameKind::Rule, "one too many"));
}

}  // namespace
}  // namespace citygate::app
