// slow_server.h - a server that gives slow.example, and not before it is told to; for tests.
#pragma once

#include <future>
#include <string>
#include <utility>

#include "tests/unit/categories/list_server.h"

namespace citygate::categories {

class SlowServer {
 public:
  SlowServer() : server_([this](const ListRequest&) { return answer(); }) {}
  ~SlowServer() { let_go(); }
  [[nodiscard]] std::string url() const { return server_.url("/slow.txt"); }
  void wait_until_asked() { asked_.get_future().wait(); }
  void let_go() {
    if (!std::exchange(gone_, true)) go_.set_value();
  }

 private:
  ListAnswer answer() {
    if (!std::exchange(was_asked_, true)) asked_.set_value();
    let_go_.wait();
    return ListAnswer::ok("slow.example\n");
  }
  std::promise<void> asked_, go_;
  std::shared_future<void> let_go_ = go_.get_future().share();
  bool gone_ = false;
  bool was_asked_ = false;  // of the server's thread alone
  ListServer server_;
};

}  // namespace citygate::categories
