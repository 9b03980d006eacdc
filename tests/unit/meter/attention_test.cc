#include "meter/attention.h"

#include <gtest/gtest.h>

#include "meter/tunnel_estimate.h"

namespace citygate::meter {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPage = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

RequestSigns get(std::string_view accept) {
  RequestSigns signs;
  signs.method = Method::Get;
  signs.accept = accept;
  return signs;
}
RequestSigns fetch(std::string_view mode, std::string_view dest, std::string_view user) {
  RequestSigns signs = get(kPage);
  signs.sec_fetch_mode = mode;
  signs.sec_fetch_dest = dest;
  signs.sec_fetch_user = user;
  return signs;
}

TEST(Attention, what_a_browser_says_is_believed) {
  EXPECT_EQ(promised(fetch("navigate", "document", "?1")), Attention::Navigation);
  EXPECT_EQ(promised(fetch("navigate", "document", "")), Attention::Document);
  EXPECT_EQ(promised(fetch("navigate", "iframe", "?1")), Attention::None);
  EXPECT_EQ(promised(fetch("cors", "empty", "")), Attention::None);
  EXPECT_EQ(promised(fetch("no-cors", "image", "")), Attention::None);
}

TEST(Attention, without_signs_the_shape_decides) {
  EXPECT_EQ(promised(get(kPage)), Attention::Document);
  EXPECT_EQ(promised(get("*/*")), Attention::None);
  EXPECT_EQ(promised(get("image/avif,image/webp,*/*;q=0.8")), Attention::None);
  EXPECT_EQ(promised(get("")), Attention::None);
  RequestSigns signs = get(kPage);
  signs.method = Method::Head;
  EXPECT_EQ(promised(signs), Attention::None);
  signs = get(kPage);
  signs.x_requested_with = "XMLHttpRequest";
  EXPECT_EQ(promised(signs), Attention::None);
  signs.x_requested_with = "com.android.browser";
  EXPECT_EQ(promised(signs), Attention::Document);
  signs.sec_purpose = "prefetch;prerender";
  EXPECT_EQ(promised(signs), Attention::None);
  signs = get(kPage);
  signs.x_moz = "prefetch";
  EXPECT_EQ(promised(signs), Attention::None);
  signs = get(kPage);
  signs.range = "bytes=0-";
  EXPECT_EQ(promised(signs), Attention::Document) << "asking for a part does not make the whole page free";
}

TEST(Attention, what_no_page_asked_for_was_asked_by_hand) {
  RequestSigns signs;
  signs.method = Method::Get;
  EXPECT_TRUE(asked_by_hand(signs));
  signs.accept = "*/*";
  EXPECT_TRUE(asked_by_hand(signs)) << "curl";
  signs.referer = "http://site.example/";
  EXPECT_FALSE(asked_by_hand(signs)) << "a script or picture of a page";
  signs.referer = {};
  signs.accept = "image/avif,image/webp,*/*;q=0.8";
  EXPECT_FALSE(asked_by_hand(signs)) << "a picture";
  signs.accept = "*/*";
  signs.sec_fetch_mode = "cors";
  EXPECT_FALSE(asked_by_hand(signs)) << "a script's request";
}

TEST(Attention, the_answer_must_be_a_page) {
  EXPECT_EQ(confirmed(Attention::Document, 200, "Text/HTML; charset=utf-8", false), Attention::Document);
  EXPECT_EQ(confirmed(Attention::Document, 200, "application/json", false), Attention::None);
  EXPECT_EQ(confirmed(Attention::Document, 302, "text/html", false), Attention::None);
  EXPECT_EQ(confirmed(Attention::Document, 404, "text/html", false), Attention::None);
  EXPECT_EQ(confirmed(Attention::Document, 206, "text/html", false), Attention::None);
  EXPECT_EQ(confirmed(Attention::Document, 304, "", false), Attention::Document);
  EXPECT_EQ(confirmed(Attention::Document, 200, "text/html", true), Attention::None);
  EXPECT_EQ(confirmed(Attention::Navigation, 200, "application/pdf", true), Attention::Navigation);
  EXPECT_EQ(confirmed(Attention::None, 200, "text/html", false), Attention::None);
}

TEST(Attention, media_and_their_manifests_stream) {
  for (const char* type : {"video/mp4", "Audio/MPEG", "application/vnd.apple.mpegurl",
                           "application/x-mpegURL; charset=utf-8", "application/dash+xml", "audio/mpegurl"})
    EXPECT_TRUE(is_streaming_media(type)) << type;
  for (const char* type : {"", "text/html", "image/gif", "application/octet-stream", "videos/x"})
    EXPECT_FALSE(is_streaming_media(type)) << type;
}

class Tunnel : public testing::Test {
 protected:
  void exchange(std::chrono::milliseconds at, std::uint64_t up, std::uint64_t down) {
    tunnel_.from_client(kStart + at, up);
    tunnel_.to_client(kStart + at + 100ms, down);
  }
  const WallTime kStart = WallTime(std::chrono::hours(500'000));
  TunnelEstimate tunnel_;
};

TEST_F(Tunnel, a_page_counts_and_small_talk_does_not) {
  exchange(0s, 700, 5000);  // the handshake
  EXPECT_FALSE(tunnel_.take(kStart + 1s).any);
  exchange(5s, 800, 60'000);
  const auto stretch = tunnel_.take(kStart + 60s);
  ASSERT_TRUE(stretch.any);
  EXPECT_EQ(stretch.from, kStart + 5s);
  EXPECT_EQ(stretch.until, stretch.from);
  for (int i = 0; i < 50; ++i) exchange(100s + i * 7s, 900, 1200);        // beacons
  for (int i = 0; i < 5; ++i) exchange(500s + i * 11s, 200'000, 30'000);  // an upload
  EXPECT_FALSE(tunnel_.take(kStart + 600s).any);
}

TEST_F(Tunnel, two_pages_make_a_stretch) {
  exchange(0s, 800, 60'000);
  exchange(40s, 800, 60'000);
  const auto stretch = tunnel_.take(kStart + 60s);
  EXPECT_EQ(stretch.from, kStart);
  EXPECT_EQ(stretch.until, kStart + 40s);
}

TEST_F(Tunnel, polling_stops_counting) {
  int counted = 0;
  for (int i = 0; i < 60; ++i) {
    exchange(i * 60s, 800, 60'000);
    counted += tunnel_.take(kStart + i * 60s + 1s).any ? 1 : 0;
  }
  EXPECT_EQ(counted, 3);
}

TEST_F(Tunnel, media_counts_from_its_beginning_while_it_flows) {
  for (int i = 0; i < 300; ++i) tunnel_.to_client(kStart + i * 1s, 100'000);
  const auto stretch = tunnel_.take(kStart + 300s);
  ASSERT_TRUE(stretch.any);
  EXPECT_EQ(stretch.from, kStart);
  EXPECT_GE(stretch.until, kStart + 295s);
  EXPECT_FALSE(tunnel_.take(kStart + 400s).any);
}

TEST_F(Tunnel, a_trickle_is_no_media) {
  for (int i = 0; i < 600; ++i) tunnel_.to_client(kStart + i * 1s, 2'000);
  EXPECT_FALSE(tunnel_.take(kStart + 600s).any);
}

}  // namespace
}  // namespace citygate::meter
