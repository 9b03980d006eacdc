#include "app/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "tests/support/temp_dir.h"

namespace citygate::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

Result<ServiceManager> environment(ServiceManager::Process process = ServiceManager::Process::First) {
  return ServiceManager::from_environment(process);
}

class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

  // The manager's end; `name` as NOTIFY_SOCKET has it.
  void listen(std::string name) {
    set("NOTIFY_SOCKET", name);
    if (name.front() == '@') name.front() = '\0';
    end_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const timeval patience{.tv_sec = 30, .tv_usec = 0};  // what is not said fails, and does not hang
    ASSERT_EQ(::setsockopt(end_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    ASSERT_EQ(::bind(end_.get(), reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
  }
  std::string heard() const {
    char text[4096];
    const ssize_t got = ::recv(end_.get(), text, sizeof text, 0);
    return {text, static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  test::TempDir directory_;
  UniqueFd end_;
};

TEST_F(ServiceManagerTest, SaysNothingWhereNobodySupervises) {
  const auto manager = environment();
  ASSERT_TRUE(manager);
  EXPECT_FALSE(manager->supervised());
  EXPECT_FALSE(manager->watchdog());
  manager->ready("serving");
  ServiceManager().alive();
}

TEST_F(ServiceManagerTest, SaysWhatTheProtocolSays) {
  listen((directory_.path() / "notify").string());
  const auto manager = environment();
  ASSERT_TRUE(manager);
  EXPECT_TRUE(manager->supervised());
  manager->ready("listening on 127.0.0.1:3128\nMAINPID=1");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=listening on 127.0.0.1:3128") << "a text cannot add assignments";
  manager->reloading();
  EXPECT_THAT(heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager->stopping("draining", std::chrono::seconds(40));
  EXPECT_EQ(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=40000000\nSTATUS=draining");
  manager->alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager->is_main();
  EXPECT_EQ(heard(), "MAINPID=" + std::to_string(::getpid()));
  manager->main_is(4321);
  EXPECT_EQ(heard(), "MAINPID=4321");
}

TEST_F(ServiceManagerTest, AbstractAddressesAreTaken) {
  listen("@citygate-test-" + std::to_string(::getpid()));
  const auto manager = environment();
  ASSERT_TRUE(manager);
  manager->alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, AManagerThatIsGoneOrDoesNotReadIsNotWaitedFor) {
  listen((directory_.path() / "notify").string());
  const auto manager = environment();
  ASSERT_TRUE(manager);
  for (int i = 0; i < 10'000; ++i) manager->alive();
  end_.reset();
  manager->alive();
}

TEST_F(ServiceManagerTest, WhoTakesOverIsSaidThoughSignsOfLifeHaveFilledTheQueue) {
  listen((directory_.path() / "notify").string());
  const auto manager = environment();
  ASSERT_TRUE(manager);
  for (int i = 0; i < 10'000; ++i) manager->alive();
  std::atomic<bool> speaking{false};
  std::thread speaker([&] {
    speaking = true;
    speaking.notify_one();
    manager->main_is(4321);
    manager->stopping("gone", std::chrono::milliseconds(1));
  });
  speaking.wait(false);
  std::string said;
  while ((said = heard()) == "WATCHDOG=1") {
  }
  EXPECT_EQ(said, "MAINPID=4321");
  EXPECT_EQ(heard(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=1000\nSTATUS=gone");
  speaker.join();
}

TEST_F(ServiceManagerTest, AManagerThatHangsIsNotWaitedForForever) {
  listen((directory_.path() / "notify").string());
  const auto manager = environment();
  ASSERT_TRUE(manager);
  for (int i = 0; i < 10'000; ++i) manager->alive();
  manager->main_is(4321);
}

TEST_F(ServiceManagerTest, TheWatchdogIsOursOrAnotherProcesss) {
  set("NOTIFY_SOCKET", "/nowhere");
  set("WATCHDOG_USEC", "30000000");
  EXPECT_EQ(environment()->watchdog(), std::chrono::seconds(30));
  set("WATCHDOG_PID", std::to_string(::getpid()));
  EXPECT_EQ(environment()->watchdog(), std::chrono::seconds(30));
  set("WATCHDOG_PID", std::to_string(::getpid() + 1));
  EXPECT_FALSE(environment()->watchdog());
  EXPECT_TRUE(environment(ServiceManager::Process::Successor)->watchdog());
}

TEST_F(ServiceManagerTest, NonsenseIsNamed) {
  set("NOTIFY_SOCKET", "relative/path");
  EXPECT_THAT(environment().error().context, HasSubstr("NOTIFY_SOCKET is 'relative/path'"));
  set("NOTIFY_SOCKET", "/" + std::string(200, 'x'));
  EXPECT_THAT(environment().error().context, HasSubstr("NOTIFY_SOCKET"));
  set("NOTIFY_SOCKET", "/nowhere");
  for (const char* wrong : {"0", "soon", "-1", "30s"}) {
    set("WATCHDOG_USEC", wrong);
    EXPECT_THAT(environment().error().context, HasSubstr("WATCHDOG_USEC")) << wrong;
  }
}

}  // namespace
}  // namespace citygate::app
