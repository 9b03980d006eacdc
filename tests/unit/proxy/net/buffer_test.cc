#include "proxy/net/buffer.h"

#include <gtest/gtest.h>

#include <optional>

namespace citygate::proxy {
namespace {

TEST(Buffer, takes_a_block_when_bytes_come_and_gives_it_back) {
  BufferPool pool(16);
  {
    Buffer buffer(pool);
    EXPECT_TRUE(buffer.empty());
    EXPECT_FALSE(buffer.holds_block());
    EXPECT_EQ(pool.lent(), 0u);
    EXPECT_EQ(buffer.writable().size(), 16u);
    EXPECT_EQ(pool.lent(), 1u);
    buffer.release();
    EXPECT_EQ(pool.lent(), 0u);
    ASSERT_TRUE(buffer.append("again"));
    EXPECT_EQ(buffer.readable(), "again");
  }
  EXPECT_EQ(pool.lent(), 0u);
}

TEST(Buffer, room_is_whole_again_once_everything_is_consumed) {
  BufferPool pool(8);
  Buffer buffer(pool);
  ASSERT_TRUE(buffer.append("12345678"));
  EXPECT_TRUE(buffer.writable().empty());
  buffer.consume(5);
  EXPECT_TRUE(buffer.writable().empty());
  EXPECT_EQ(buffer.readable(), "678");
  buffer.compact();
  EXPECT_EQ(buffer.readable(), "678");
  EXPECT_EQ(buffer.writable().size(), 5u);
  buffer.consume(3);
  EXPECT_TRUE(buffer.holds_block());
  EXPECT_EQ(buffer.writable().size(), 8u);
}

TEST(Buffer, append_makes_room_by_moving_and_refuses_what_does_not_fit) {
  BufferPool pool(8);
  Buffer buffer(pool);
  ASSERT_TRUE(buffer.append("123456"));
  buffer.consume(4);
  EXPECT_TRUE(buffer.append("abcdef"));
  EXPECT_EQ(buffer.readable(), "56abcdef");
  EXPECT_FALSE(buffer.append("x"));
  EXPECT_EQ(buffer.readable(), "56abcdef");
  EXPECT_TRUE(buffer.append(""));
}

TEST(BufferPool, lends_the_blocks_it_kept_and_keeps_no_more_than_told) {
  BufferPool pool(32, 1);
  char* first = pool.take();
  char* second = pool.take();
  EXPECT_EQ(pool.lent(), 2u);
  pool.give_back(first);
  pool.give_back(second);  // beyond what is kept: freed
  EXPECT_EQ(pool.take(), first);
  pool.give_back(first);
  EXPECT_EQ(pool.lent(), 0u);
}

}  // namespace
}  // namespace citygate::proxy
