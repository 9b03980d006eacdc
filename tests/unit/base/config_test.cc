#include "base/config.h"

#include <gtest/gtest.h>

namespace citygate {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Sample {
  milliseconds wait = 5s;
  std::uint32_t workers = 4;
  std::uint64_t head_bytes = 32 << 10;
  bool verbose = false;
  std::string title = "a \"b\"\n";
  TextList ports{"80", "443"};
  TextTable hosts;
};

constexpr std::tuple kFields{
    field("proxy.wait", &Sample::wait, between<milliseconds>(100ms, 5min), Reload::Live, "How long to wait."),
    field("proxy.workers", &Sample::workers, between(1u, 64u), Reload::Restart, "How many workers."),
    field("proxy.head_bytes", &Sample::head_bytes, any_value, Reload::Live, "Longest head."),
    field("log.verbose", &Sample::verbose, any_value, Reload::Live, "Says more."),
    field("log.title", &Sample::title, any_value, Reload::Live, "A text."),
    field("log.ports", &Sample::ports, any_value, Reload::Live, "A list."),
    field("hosts", &Sample::hosts, any_value, Reload::Live, "A table."),
};

// What is wrong with `text`; "" and `out` filled where nothing is.
std::string read(std::string_view text, Sample& out) {
  Problems problems;
  const auto root = parse_document(text, "c.toml", problems);
  if (!root) return problems.to_string();
  ConfigSchema schema;
  schema.add(kFields, out);
  schema.read(*root, problems);
  return problems.to_string();
}

TEST(Config, ReadsEveryType) {
  Sample sample;
  EXPECT_EQ(read("[proxy]\nwait = \"2min\"\nworkers = 8\nhead_bytes = \"64KiB\"\n"
                 "[log]\nverbose = true\ntitle = 'x'\nports = ['8080']\n"
                 "[hosts]\n\"a.test\" = '127.0.0.1'\n\"b.test\" = ['10.0.0.1', '::1']\n",
                 sample),
            "");
  EXPECT_EQ(sample.wait, 2min);
  EXPECT_EQ(sample.workers, 8u);
  EXPECT_EQ(sample.head_bytes, 65536u);
  EXPECT_TRUE(sample.verbose);
  EXPECT_EQ(sample.title, "x");
  EXPECT_EQ(sample.ports, (TextList{"8080"}));
  EXPECT_EQ(sample.hosts, (TextTable{{"a.test", {"127.0.0.1"}}, {"b.test", {"10.0.0.1", "::1"}}}));
}

TEST(Config, UnitsOfTimeAndSize) {
  const std::pair<const char*, milliseconds> times[] = {
      {"100ms", 100ms}, {"5s", 5s}, {"1 min", 1min}, {"120000ms", 2min}};
  for (const auto& [text, wanted] : times) {
    Sample sample;
    EXPECT_EQ(read("[proxy]\nwait = \"" + std::string(text) + "\"\n", sample), "") << text;
    EXPECT_EQ(sample.wait, wanted) << text;
  }
  const std::pair<const char*, std::uint64_t> sizes[] = {
      {"7", 7}, {"\"7B\"", 7}, {"\"1MiB\"", 1 << 20}, {"\"2GiB\"", 2ull << 30}};
  for (const auto& [text, wanted] : sizes) {
    Sample sample;
    EXPECT_EQ(read("[proxy]\nhead_bytes = " + std::string(text) + "\n", sample), "") << text;
    EXPECT_EQ(sample.head_bytes, wanted) << text;
  }
}

TEST(Config, WrongTypesAndBoundsLeaveTheFieldAlone) {
  for (const char* text : {"wait = 5", "wait = \"5\"", "wait = \"5 weeks\"", "wait = \"99ms\"", "wait = \"6min\"",
                           "wait = \"-1s\"", "wait = \"99999999999999999h\"", "workers = 0", "workers = 65",
                           "workers = \"4\"", "workers = 4.0", "workers = -1", "head_bytes = \"64kb\"",
                           "head_bytes = -1", "head_bytes = \"99999999999GiB\"", "head_bytes = true"}) {
    Sample sample;
    const std::string wrong = read("[proxy]\n" + std::string(text) + "\n", sample);
    EXPECT_TRUE(wrong.starts_with("c.toml:2: proxy.")) << text << ": " << wrong;
    EXPECT_EQ(sample.wait, 5s) << text;
    EXPECT_EQ(sample.workers, 4u) << text;
    EXPECT_EQ(sample.head_bytes, 32u << 10) << text;
  }
  for (const char* text : {"verbose = 1", "verbose = 'true'", "title = 3", "ports = '80'", "ports = [80]"}) {
    Sample sample;
    EXPECT_TRUE(read("[log]\n" + std::string(text) + "\n", sample).starts_with("c.toml:2: log.")) << text;
    EXPECT_EQ(sample.ports, (TextList{"80", "443"})) << text;
  }
  Sample sample;
  EXPECT_NE(read("hosts = 3\n", sample), "");
  EXPECT_NE(read("[hosts]\n'a.test' = 3\n", sample), "");
  EXPECT_NE(read("proxy = 3\n", sample), "");
}

TEST(Config, SaysAllThatIsWrongAndWhatWasMeant) {
  Sample sample;
  EXPECT_EQ(read("[proxy]\nwaits = \"1s\"\nworkers = 0\n[prxoy]\nx = 1\n[zzzzzzzzzzzz]\n", sample),
            "c.toml:2: unknown key 'proxy.waits'; did you mean 'proxy.wait'?\n"
            "c.toml:3: proxy.workers must be from 1 to 64\n"
            "c.toml:4: unknown key 'prxoy'; did you mean 'proxy'?\n"
            "c.toml:6: unknown key 'zzzzzzzzzzzz'");
}

TEST(Config, WhatIsPrintedReadsBackTheSame) {
  Sample changed;
  changed.wait = 90s;
  changed.head_bytes = 12345;
  changed.title = "tab\tquote\" backslash\\ umlaut \xc3\xa4";
  changed.ports = {};
  changed.hosts = {{"a.test", {"127.0.0.1"}}};
  for (const auto detail : {ConfigSchema::Detail::Values, ConfigSchema::Detail::Reference}) {
    ConfigSchema schema;
    schema.add(kFields, changed);
    Sample again;
    EXPECT_EQ(read(schema.print(detail), again), "") << schema.print(detail);
    EXPECT_EQ(again.wait, changed.wait);
    EXPECT_EQ(again.head_bytes, changed.head_bytes);
    EXPECT_EQ(again.title, changed.title);
    EXPECT_EQ(again.ports, changed.ports);
    EXPECT_EQ(again.hosts, changed.hosts);
  }
}

TEST(Config, TheReferenceAndTheManualSayWhatTheTableSays) {
  Sample sample;
  ConfigSchema schema;
  schema.add(kFields, sample);
  const std::string reference = schema.print(ConfigSchema::Detail::Reference);
  EXPECT_NE(reference.find("[proxy]\n# How long to wait.\n# duration, from \"100ms\" to \"5min\".\nwait = \"5s\"\n"),
            std::string::npos)
      << reference;
  EXPECT_NE(reference.find("# whole number, from 1 to 64; a change needs a restart.\n"), std::string::npos)
      << reference;
  const std::string manual = schema.manual();
  for (const auto& field : schema.fields()) EXPECT_NE(manual.find(field.doc), std::string::npos) << field.key;
  EXPECT_NE(manual.find("A change needs a restart."), std::string::npos);
}

}  // namespace
}  // namespace citygate
