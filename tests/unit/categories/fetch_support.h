// fetch_support.h - what the tests of fetching share: a staging place, a source, and one look at what came.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "base/file.h"
#include "categories/digest.h"
#include "categories/fetch.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {

inline std::string sha256_of(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.finish_hex();
}

class FetchTest : public ::testing::Test {
 protected:
  FetchTest() {
    source_.name = "a";
    options_.staging = scratch_.path() / "staging";
    options_.user_agent = "citygate/test";
    options_.now = WallTime(std::chrono::seconds(1'000'000));
    options_.limits.total = std::chrono::minutes(1);
  }

  Result<FetchOutcome> fetch() { return fetch_source(source_, options_); }
  // "" when the fetch failed, and the test with it.
  std::string fetched() {
    const auto out = fetch();
    EXPECT_TRUE(out) << out.error().context;
    if (!out || out->what != FetchOutcome::What::Fetched) {
      ADD_FAILURE() << "nothing was fetched";
      return {};
    }
    const std::string text = read_file(out->file).value_or("");
    EXPECT_EQ(out->version.bytes, text.size());
    EXPECT_EQ(out->version.sha256, sha256_of(text));
    return text;
  }
  bool unchanged() {
    const auto out = fetch();
    EXPECT_TRUE(out) << out.error().context;
    return out && out->what == FetchOutcome::What::NotModified;
  }
  Error error() {
    const auto out = fetch();
    EXPECT_FALSE(out);
    return out ? Error{} : out.error();
  }
  void accept() {
    const auto done = accept_fetched(source_, options_.staging);
    EXPECT_TRUE(done) << done.error().context;
  }
  [[nodiscard]] FetchState state() const { return fetch_state_of(source_, options_.staging); }
  [[nodiscard]] std::filesystem::path home() const { return options_.staging / source_.name; }
  // Files in the source's place, whatever they are called, but for what is remembered.
  [[nodiscard]] std::size_t files_in_staging() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home()))
      count += !entry.is_directory() && entry.path().filename() != "fetch.json";
    return count;
  }

  Scratch scratch_;
  Source source_;
  FetchOptions options_;
};

}  // namespace citygate::categories
