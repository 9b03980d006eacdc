#include "console/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <thread>

#include "console/client.h"
#include "console/unix_socket.h"
#include "tests/unit/console/recorded_output.h"
#include "tests/unit/console/temporary_directory.h"

namespace citygate::console {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ServerTest : public testing::Test {
 protected:
  void start() {
    auto started = Server::start(socket_, op_);
    ASSERT_TRUE(started) << started.error().context;
    server_ = std::move(*started);
  }
  // All that the server says to these bytes, until it closes.
  std::string raw(std::string_view bytes) const {
    auto socket = connect_unix(socket_);
    EXPECT_TRUE(socket);
    EXPECT_EQ(::send(socket->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    ::shutdown(socket->get(), SHUT_WR);
    std::string out;
    char block[4096];
    for (ssize_t got; (got = ::recv(socket->get(), block, sizeof block, 0)) > 0;)
      out.append(block, static_cast<std::size_t>(got));
    return out;
  }

  TemporaryDirectory directory_;
  const std::filesystem::path socket_ = directory_.path() / "control.sock";
  FakeOperator op_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, CarriesACommandAndItsAnswer) {
  start();
  RecordedOutput output;
  const auto status = ask_gateway(socket_, {.command = "status", .args = {}}, output);
  ASSERT_TRUE(status) << status.error().context;
  EXPECT_EQ(*status, 0);
  EXPECT_THAT(output.lines, ElementsAre("version    1", "listening  127.0.0.1:3128"));
}

TEST_F(ServerTest, CarriesErrorsAndTheExitStatus) {
  start();
  RecordedOutput output;
  const auto status = ask_gateway(socket_, {.command = "statsu", .args = {}}, output);
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, 2);
  EXPECT_THAT(output.errors, ElementsAre(HasSubstr("did you mean 'status'")));
}

TEST_F(ServerTest, SocketIsForItsOwnerAlone) {
  start();
  struct stat facts{};
  ASSERT_EQ(::stat(socket_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
}

TEST_F(ServerTest, CollectorsGetMetricsByHttp) {
  start();
  const std::string answer = raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"));
  const std::string body = "# HELP citygate_fakes Fakes.\n# TYPE citygate_fakes gauge\ncitygate_fakes 1\n";
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n" + body));
  EXPECT_THAT(answer, HasSubstr("Content-Length: " + std::to_string(body.size()) + "\r\n"));
}

TEST_F(ServerTest, NothingElseIsAskedByHttp) {
  start();
  EXPECT_THAT(raw("GET / HTTP/1.1\r\n\r\n"), testing::StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(raw("POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), testing::StartsWith("HTTP/1.1 405 "));
  std::string many = "GET /metrics HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) many += "A: b\r\n";
  EXPECT_THAT(raw(many + "\r\n"), testing::StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(raw("GET /metrics HTTP/1.1\r\nHost: cut"), testing::StartsWith("HTTP/1.1 200 ")) << "a head cut short";
}

TEST_F(ServerTest, BadRequestsAreAnswered) {
  start();
  EXPECT_THAT(raw("EHLO\n"), AllOf(HasSubstr("not a JSON object"), HasSubstr(R"({"exit":2})")));
  EXPECT_THAT(raw(std::string(kMaxRequestBytes * 2, 'x') + "\n"),
              AllOf(HasSubstr("a line of more than"), HasSubstr("exit")));
  EXPECT_EQ(raw(""), "");
  EXPECT_THAT(raw("{\"command\": \"status\"}\n"), HasSubstr(R"({"exit":0})")) << "it serves on";
}

TEST_F(ServerTest, NobodyListeningIsNotFound) {
  RecordedOutput output;
  const auto status = ask_gateway(socket_, {.command = "status", .args = {}}, output);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, Error::Kind::NotFound);
}

TEST_F(ServerTest, SocketOfAKilledProcessIsReplaced) {
  {
    const auto left = listen_unix(socket_);
    ASSERT_TRUE(left);
  }
  ASSERT_TRUE(std::filesystem::exists(socket_));
  start();
  RecordedOutput output;
  EXPECT_TRUE(ask_gateway(socket_, {.command = "status", .args = {}}, output));
}

TEST_F(ServerTest, StopRemovesTheSocketAndSendsSilentClientsAway) {
  start();
  const auto silent = connect_unix(socket_);
  ASSERT_TRUE(silent);
  RecordedOutput output;  // the server has accepted the silent one before this one is answered
  ASSERT_TRUE(ask_gateway(socket_, {.command = "status", .args = {}}, output));
  server_->stop(Server::Socket::Remove);
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(ServerTest, ManyClientsAtOnceAllGetTheirAnswer) {
  start();
  std::vector<std::thread> clients;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 16; ++i)
    clients.emplace_back([&] {
      RecordedOutput output;
      const auto status = ask_gateway(socket_, {.command = "status", .args = {}}, output);
      if (status && *status == 0 && output.lines.size() == 2) ++answered;
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(answered, 16);
}

TEST_F(ServerTest, SilentClientsKeepNobodyOut) {
  start();
  std::vector<UniqueFd> silent;
  for (unsigned i = 0; i < kMaxClients; ++i) {
    auto socket = connect_unix(socket_);
    ASSERT_TRUE(socket);
    silent.push_back(std::move(*socket));
  }
  RecordedOutput output;
  const auto status = ask_gateway(socket_, {.command = "status", .args = {}}, output);
  ASSERT_TRUE(status) << status.error().context;
  EXPECT_EQ(*status, 0);
  char byte = 0;
  EXPECT_EQ(::recv(silent.front().get(), &byte, 1, 0), 0) << "the first of them made place";
}

TEST_F(ServerTest, PathLongerThanASocketAddressWorksToo) {
  const auto deep = directory_.path() / std::string(120, 'd');
  std::filesystem::create_directory(deep);
  const auto server = Server::start(deep / "control.sock", op_);
  ASSERT_TRUE(server) << server.error().context;
  RecordedOutput output;
  EXPECT_TRUE(ask_gateway(deep / "control.sock", {.command = "status", .args = {}}, output));
}

}  // namespace
}  // namespace citygate::console
