// Nothing on the path of an event allocates: counted by a global operator new of this program's own.

#include <cstdlib>
#include <new>

#include "loop_fixture.h"

namespace {
std::size_t allocations = 0;
}

// Not inlined: the compiler would see free() on what came from new.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* block = std::malloc(bytes)) return block;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* block) noexcept { std::free(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace citygate::proxy {
namespace {

// Sends each byte back and pushes its deadline on, as a connection does.
struct Echo : Transport::Handler {
  Echo(EventLoop& l, Transport& t) : transport(t), timer(l, [] {}) { transport.set_handler(this); }
  void on_readable() override {
    char block[64];
    for (;;) {
      const IoResult result = transport.read(block);
      if (result.kind != IoResult::Kind::Ok) return;
      const iovec piece{.iov_base = block, .iov_len = result.bytes};
      echoed += transport.write({&piece, 1}).bytes;
      timer.arm(std::chrono::seconds(60));
    }
  }
  void on_writable() override {}
  Transport& transport;
  Timer timer;
  std::size_t echoed = 0;
};

class AllocationTest : public LoopFixture {};

TEST_F(AllocationTest, a_thousand_round_trips_allocate_nothing) {
  TcpPair pair;
  const auto transport = make_transport(*loop_, std::move(pair.near)).value();
  Echo echo(*loop_, *transport);
  const auto round_trip = [&] {
    char byte = 'x';
    ASSERT_EQ(::send(pair.far.get(), &byte, 1, MSG_NOSIGNAL), 1);
    run_once();
    ASSERT_EQ(::recv(pair.far.get(), &byte, 1, 0), 1);
  };
  for (int i = 0; i < 10; ++i) round_trip();
  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i) round_trip();
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(echo.echoed, 1010u);
}

}  // namespace
}  // namespace citygate::proxy
