#include "base/matching_form.h"

#include <gtest/gtest.h>

namespace citygate {
namespace {

TEST(MatchingForm, SpellingsOfAPathThatSomeServerTakesForTheSame) {
  const std::pair<const char*, const char*> cases[] = {
      {"/", "/"},
      {"/casino", "/casino"},
      {"//casino", "/casino"},
      {"/a//casino///", "/a/casino/"},
      {"/a%2Fcasino", "/a/casino"},
      {"/a%2fcasino%2f", "/a/casino/"},
      {"/a/%2Fcasino", "/a/casino"},
      {"/a\\casino", "/a/casino"},
      {"/a%5Ccasino", "/a/casino"},
      {"/a%2F.%2Fcasino", "/a/casino"},
      {"/a%2F.", "/a/"},
      {"/a%2F.b", "/a/.b"},
      {"/a%3Bx%3D1", "/a;x=1"},
      {"/%40%21%3A", "/@!:"},
      {"/a%20b", "/a%20b"},
      {"/a%7cb", "/a|b"},
      {"/a%3Fb%23c", "/a%3Fb%23c"},
      {"/caf\xc3\xa9", "/caf%C3%A9"},
      {"/caf%c3%a9", "/caf%C3%A9"},
  };
  std::string scratch;
  for (const auto& [path, wanted] : cases) EXPECT_EQ(matching_path(path, scratch), wanted) << path;
}

// "%2563" is "%63" to the server that decodes it, not "c".
TEST(MatchingForm, IsDecodedOnce) {
  std::string scratch;
  EXPECT_EQ(matching_path("/%2563asino", scratch), "/%2563asino");
  EXPECT_EQ(matching_path("/%252Fx", scratch), "/%252Fx");
  EXPECT_EQ(matching_path("/%", scratch), "/%25");
  EXPECT_EQ(matching_path("/%2", scratch), "/%252");
  EXPECT_EQ(matching_query("q=%2563", scratch), "q=%2563");
}

TEST(MatchingForm, AQueryKeepsWhatDividesIt) {
  std::string scratch;
  EXPECT_EQ(matching_query("q=%63asino+slots&x=1", scratch), "q=casino+slots&x=1");
  EXPECT_EQ(matching_query("q=a%26b%3dc%2Bd%23e", scratch), "q=a%26b%3Dc%2Bd%23e");
  EXPECT_EQ(matching_query("u=http%3A%2F%2Fa.test%2f", scratch), "u=http://a.test/");
  EXPECT_EQ(matching_query("u=http://a.test/?x//y\\", scratch), "u=http://a.test/?x//y\\");
}

// Scripts write it, http.sys decodes it: what is not ASCII alone, base/target.cc refuses the rest.
TEST(MatchingForm, WhatOnlyOneServerDecodesIsDecoded) {
  const std::pair<const char*, const char*> cases[] = {
      {"/caf%25u00e9", "/caf%C3%A9"},
      {"/caf%u00e9", "/caf%C3%A9"},
      {"/%25U4E2D%25u6587x", "/%E4%B8%AD%E6%96%87x"},
      {"/%25uD83D%25ude00", "/%F0%9F%98%80"},
      {"/%25uD83Dx", "/%25uD83Dx"},
      {"/%25uD83D%25u0041", "/%25uD83D%25u0041"},
      {"/%25uDE00", "/%25uDE00"},
      {"/%25u0041", "/%25u0041"},
      {"/%25u4E2", "/%25u4E2"},
  };
  std::string scratch, again;
  for (const auto& [path, wanted] : cases) {
    EXPECT_EQ(matching_path(path, scratch), wanted) << path;
    EXPECT_EQ(matching_path(wanted, again), wanted) << path;
  }
  EXPECT_EQ(matching_query("q=%u4E2D", scratch), "q=%25u4E2D");
}

TEST(MatchingForm, PairsOfNothingSayNothing) {
  const std::pair<const char*, const char*> cases[] = {
      {"&v=abc", "v=abc"},
      {"?v=abc", "v=abc"},
      {"?&?&v=abc", "v=abc"},
      {"v=abc&", "v=abc"},
      {"a=b&&&v=abc", "a=b&v=abc"},
      {"%3Fv=abc", "v=abc"},
      {"a=b&?v=c", "a=b&?v=c"},
      {"&", ""},
      {"a=%26&b", "a=%26&b"},
      {"a=?", "a=?"},
      {"?", ""},
  };
  std::string scratch, again;
  for (const auto& [query, wanted] : cases) {
    EXPECT_EQ(matching_query(query, scratch), wanted) << query;
    EXPECT_EQ(matching_query(wanted, again), wanted) << query;
  }
}

TEST(MatchingForm, PathParametersMayGo) {
  const std::pair<const char*, const char*> cases[] = {
      {"/a;x/b;y=1", "/a/b"}, {"/;x/b", "/b"},    {"/a/;x/b", "/a/b"}, {"/a/.;x/b", "/a/b"}, {"/a/.;x", "/a/"},
      {"/a;", "/a"},          {"/a;x;y/", "/a/"}, {"/;", "/"},         {"/a/b", "/a/b"},     {"/a;x.b/c;d", "/a/c"},
  };
  std::string scratch, again;
  for (const auto& [path, wanted] : cases) {
    EXPECT_EQ(without_parameters(path, scratch), wanted) << path;
    EXPECT_EQ(matching_path(wanted, again), wanted) << path;
  }
}

TEST(MatchingForm, NothingIsCopiedWhereNothingDiffers) {
  std::string scratch = "untouched";
  const std::string_view path = "/a/b;c=d/e.html", query = "a=b&c=d+e";
  EXPECT_EQ(matching_path(path, scratch).data(), path.data());
  EXPECT_EQ(matching_query(query, scratch).data(), query.data());
  EXPECT_EQ(scratch, "untouched");
}

TEST(MatchingForm, EveryByteHasOneSpelling) {
  std::string scratch, again, other;
  for (int byte = 1; byte < 256; ++byte) {
    const char plain[] = {'/', static_cast<char>(byte), 'x', '\0'};
    std::string encoded = "/%";
    for (int digit : {byte >> 4, byte & 15}) encoded += "0123456789abcdef"[digit];
    encoded += 'x';
    const std::string form(matching_path(encoded, scratch));
    EXPECT_EQ(matching_path(form, again), form) << encoded;
    if (byte > ' ' && byte != 0x7f && byte != '%' && byte != '?' && byte != '#') {
      EXPECT_EQ(matching_path(plain, other), form) << encoded;
    }
  }
}

}  // namespace
}  // namespace citygate
