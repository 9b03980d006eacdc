#include "categories/sources_file.h"

#include <gmock/gmock.h>

#include "categories/fetch_state.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kTaxonomy =
    "[[category]]\nname = \"gambling\"\ntitle = \"G\"\ndescription = \"g\"\ngroup = \"prohibited\"\n"
    "foreign = [\"arjel\"]\n"
    "[[category]]\nname = \"pornography\"\ntitle = \"P\"\ndescription = \"p\"\ngroup = \"prohibited\"\n";
constexpr std::string_view kKey = "RWRVgMwj68hco+jjk2PmuIiyFaf9bg6mmbO1MYs7cPQ23bEVwf5hT7r7";
constexpr std::string_view kHead = "[[source]]\nname = \"a\"\n";  // 2 lines
constexpr std::string_view kUrl = "url = \"https://lists.example/a.txt\"\n";

class SourcesFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    taxonomy_ = *Taxonomy::read(scratch_.write("taxonomy.toml", kTaxonomy), names_, problems);
  }
  std::optional<SourcesFile> read(std::string_view text) {
    problems_ = {};
    auto out = SourcesFile::read(scratch_.write("sources.toml", text), taxonomy_, problems_);
    EXPECT_EQ(out.has_value(), problems_.empty());
    return out;
  }
  Source source(const std::string& text) {
    const auto file = read(text);
    EXPECT_TRUE(file) << problems_.to_string();
    return file && !file->sources.empty() ? file->sources.front() : Source{};
  }
  // "3: text\n" for each.
  static std::string lines_of(const std::vector<Problem>& list) {
    std::string out;
    for (const auto& problem : list) out += std::to_string(problem.line) + ": " + problem.text + "\n";
    return out;
  }
  std::string problems_of(const std::string& text) {
    EXPECT_FALSE(read(text)) << text;
    return lines_of(problems_.list());
  }
  // Of a source that is right but for these lines, which begin at line 4.
  std::string wrong(const std::string& lines) { return problems_of(std::string(kHead) + std::string(kUrl) + lines); }

  Scratch scratch_;
  MemoryNames names_;
  Taxonomy taxonomy_;
  Problems problems_;
};

TEST_F(SourcesFileTest, MoreSourcesThanAnImageHoldsAreRefused) {
  const auto some = [](int count, int disabled) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += "[[source]]\nname = \"s" + std::to_string(i) + "\"\nurl = \"https://lists.example/a.txt\"\n" +
             "category = \"gambling\"\nenabled = " + (i < disabled ? "false" : "true") + "\n";
    return out;
  };
  EXPECT_TRUE(read(some(63, 0))) << problems_.to_string();
  EXPECT_TRUE(read(some(65, 2))) << problems_.to_string();
  EXPECT_EQ(problems_of(some(65, 0)),
            "316: source 's63' is one too many: 63 may be enabled, beside the lists of lists.starter; join some of "
            "them, or set enabled = false\n");
}

TEST_F(SourcesFileTest, ReadsEveryKey) {
  const std::string text =
      "[guards]\nprotected = [\"City.Example.\", \"192.0.2.1\"]\nprotected_file = \"p.txt\"\n"
      "max_loss_percent = 5\nmax_gain_percent = 12.5\nmust_allow = [\"https://city.example/\"]\n"
      "must_block = [\"http://casino.example/x\"]\n"
      "[[source]]\nname = \"ut1\"\nurl = \"https://lists.example/ut1.tar.gz?key=1\"\nformat = \"directory\"\n"
      "every = \"48h\"\njitter = \"2h\"\nat = \"03:15\"\nminisign = \"" +
      std::string(kKey) +
      "\"\nproxy = \"http://10.0.0.9:8080\"\nmax_bytes = \"1GiB\"\nmax_loss_percent = 20\nenabled = false\n"
      "[source.categories]\nadult = \"pornography\"\nspecial = \"\"\n"
      "[[source]]\nname = \"own\"\npath = \"lists/own\"\ncategory = \"gambling\"\nat = 04:00:00\n"
      "sha256_url = \"https://lists.example/sums\"\n";
  EXPECT_THAT(problems_of(text), HasSubstr("3: 'protected_file' cannot be read"));  // there is no p.txt yet
  scratch_.write("p.txt", "# ours\n\ncourts.example  # the court\r\n");
  const auto file = read(text);
  ASSERT_TRUE(file) << problems_.to_string();
  ASSERT_EQ(file->sources.size(), 2U);
  const Source& ut1 = file->sources[0];
  EXPECT_EQ(ut1.name, "ut1");
  EXPECT_EQ(ut1.line, 8);
  EXPECT_EQ(ut1.url, "https://lists.example/ut1.tar.gz?key=1");
  EXPECT_EQ(ut1.format, "directory");
  EXPECT_EQ(ut1.every, 48h);
  EXPECT_EQ(ut1.jitter, 2h);
  EXPECT_EQ(ut1.at, 3 * 3600 + 900);
  EXPECT_EQ(ut1.minisign, kKey);
  EXPECT_EQ(ut1.signature_url, "https://lists.example/ut1.tar.gz.minisig?key=1");
  EXPECT_EQ(ut1.proxy, "http://10.0.0.9:8080");
  EXPECT_EQ(ut1.max_bytes, std::uint64_t{1} << 30);
  EXPECT_EQ(ut1.max_loss_percent, 20);
  EXPECT_EQ(ut1.max_gain_percent, 12.5);
  EXPECT_FALSE(ut1.enabled);
  ASSERT_EQ(ut1.categories.size(), 2U);
  EXPECT_EQ(ut1.categories[0], std::pair(std::string("adult"), std::string("pornography")));
  EXPECT_EQ(ut1.categories[1], std::pair(std::string("special"), std::string()));
  const Source& own = file->sources[1];
  EXPECT_EQ(own.path, scratch_.path() / "lists/own");
  EXPECT_EQ(own.category, "gambling");
  EXPECT_EQ(own.at, 4 * 3600);
  EXPECT_EQ(own.max_loss_percent, 5);
  EXPECT_TRUE(own.enabled);
  ASSERT_EQ(file->guards.protected_hosts.size(), 3U);
  EXPECT_EQ(file->guards.protected_hosts[0].text, "city.example");
  EXPECT_EQ(file->guards.protected_hosts[0].line, 2);
  EXPECT_EQ(file->guards.protected_hosts[2].text, "courts.example");
  EXPECT_EQ(file->guards.protected_hosts[2].line, 3);
  EXPECT_THAT(file->guards.protected_hosts[2].file, HasSubstr("p.txt"));
  EXPECT_EQ(file->guards.must_allow[0].text, "https://city.example/");
  EXPECT_EQ(file->guards.must_block[0].line, 7);
  const GuardRules rules = guard_rules_of(*file);
  EXPECT_EQ(rules.share.loss_percent, 5);
  EXPECT_EQ(rules.of_source.at("ut1").loss_percent, 20);
  EXPECT_EQ(rules.of_source.at("ut1").gain_percent, 12.5);
  EXPECT_EQ(rules.protected_hosts, (std::vector<std::string>{"city.example", "192.0.2.1", "courts.example"}));
  EXPECT_EQ(rules.must_allow, std::vector<std::string>{"https://city.example/"});
  EXPECT_EQ(rules.must_block, std::vector<std::string>{"http://casino.example/x"});
  EXPECT_EQ(file->find("own"), &file->sources[1]);
  EXPECT_EQ(file->find("other"), nullptr);
}

// A list that has not changed says more under a taxonomy that knows more of its words: "not modified" must not hide that.
TEST_F(SourcesFileTest, AnotherTaxonomyHasEverySourceReadAnew) {
  const std::string text = std::string(kHead) + std::string(kUrl);
  const std::string before = digest_of_request(source(text));
  EXPECT_EQ(digest_of_request(source(text)), before);
  std::string more(kTaxonomy);
  more.replace(more.find("\"arjel\""), 7, "\"arjel\", \"betting\"");
  Problems problems;
  taxonomy_ = *Taxonomy::read(scratch_.write("more.toml", more), names_, problems);
  EXPECT_NE(digest_of_request(source(text)), before);
}

TEST_F(SourcesFileTest, SubdomainsAreForHostsFiles) {
  const std::string text = std::string(kHead) + std::string(kUrl);
  EXPECT_FALSE(source(text).subdomains);
  const Source with_below = source(text + "format = \"hosts\"\ncategory = \"gambling\"\nsubdomains = true\n");
  EXPECT_TRUE(with_below.subdomains);
  EXPECT_NE(digest_of_request(with_below),
            digest_of_request(source(text + "format = \"hosts\"\ncategory = \"gambling\"\n")));
  EXPECT_TRUE(source(text + "subdomains = true\n").subdomains);
  EXPECT_EQ(wrong("format = \"adblock\"\ncategory = \"gambling\"\nsubdomains = true\n"),
            "6: 'subdomains' is for hosts files: what names mean in the format adblock is settled\n");
}

TEST_F(SourcesFileTest, GivesDefaultsThatSuitADailyList) {
  const Source plain = source(std::string(kHead) + std::string(kUrl));
  EXPECT_EQ(plain.format, "detect");
  EXPECT_EQ(plain.every, 24h);
  EXPECT_EQ(plain.jitter, 30min);
  EXPECT_FALSE(plain.at);
  EXPECT_EQ(plain.max_loss_percent, 10);
  EXPECT_EQ(plain.max_gain_percent, 50);
  EXPECT_EQ(source(std::string(kHead) + std::string(kUrl) + "every = \"20min\"\n").jitter, 2min);
  EXPECT_TRUE(read("")->sources.empty());
}

TEST_F(SourcesFileTest, NamesEveryErrorWithItsLine) {
  EXPECT_EQ(wrong("evry = \"1h\"\n"), "4: unknown key 'evry' in [[source]]; did you mean 'every'?\n");
  EXPECT_EQ(wrong("path = \"x\"\n"), "1: [[source]] has both 'url' and 'path': give one of them\n");
  EXPECT_EQ(problems_of(std::string(kHead)),
            "1: [[source]] says neither 'url' nor 'path': where should the list come from?\n");
  EXPECT_EQ(problems_of("[[source]]\n" + std::string(kUrl)), "1: [[source]] has no 'name'\n");
  EXPECT_THAT(problems_of("[[source]]\nname = \"../x\"\n" + std::string(kUrl)), HasSubstr("2: 'name' is '../x'"));
  EXPECT_THAT(problems_of("[[source]]\nname = \"starter\"\n" + std::string(kUrl)),
              HasSubstr("2: 'name' is 'starter', under which the lists of the setting lists.starter are kept"));
  EXPECT_THAT(problems_of("[[source]]\nname = 3\n" + std::string(kUrl)), HasSubstr("2: 'name' must be a text"));
  EXPECT_THAT(wrong("format = \"domain\"\n"), HasSubstr("did you mean 'domains'?"));
  EXPECT_EQ(wrong("format = \"domains\"\n"),
            "1: source 'a' needs 'category': a list in the format domains does not say what its lines are\n");
  EXPECT_THAT(wrong("format = \"unbund\"\n"), HasSubstr("did you mean 'unbound'?"));
  EXPECT_THAT(wrong("format = \"unbound\"\n"), HasSubstr("needs 'category'"));
  EXPECT_EQ(wrong("category = \"gambing\"\n"),
            "4: 'gambing' is no category of the taxonomy; did you mean 'gambling'?\n");
  EXPECT_EQ(wrong("category = \"arjel\"\n"),
            "4: 'arjel' is no category of the taxonomy; there it is called 'gambling'\n");
  EXPECT_EQ(wrong("[source.categories]\nadult = \"porn\"\nx = 3\n"),
            "5: 'porn' is no category of the taxonomy\n"
            "6: 'x' must be a category in quotes, or \"\" to leave it out\n");
  EXPECT_THAT(wrong("category = \"gambling\"\ncategories = {}\n"), HasSubstr("5: 'categories' contradicts 'category'"));
  EXPECT_EQ(wrong("every = \"5s\"\n"), "4: 'every' must be from \"1min\" to \"8784h\"\n");
  EXPECT_THAT(wrong("every = 5\n"), HasSubstr("4: 'every' must be a duration with its unit"));
  EXPECT_EQ(wrong("every = \"1h\"\njitter = \"2h\"\n"), "5: 'jitter' must not be longer than 'every'\n");
  EXPECT_THAT(wrong("every = \"36h\"\nat = \"03:00\"\n"),
              HasSubstr("5: 'at' is a time of day, so 'every' must be whole"));
  EXPECT_THAT(wrong("at = \"24:00\"\n"), HasSubstr("4: 'at' must be a time of day"));
  EXPECT_THAT(wrong("minisign = \"RWQ\"\n"), HasSubstr("4: 'minisign' 'RWQ' is no minisign public key"));
  EXPECT_THAT(wrong("signature_url = \"https://a.example/s\"\n"), HasSubstr("4: 'signature_url' is of no use"));
  EXPECT_EQ(wrong("sha256 = \"12\"\n"), "4: 'sha256' must be 64 hexadecimal digits\n");
  EXPECT_THAT(wrong("sha256 = \"" + std::string(64, 'A') + "\"\nsha256_url = \"https://a.example/s\"\n"),
              HasSubstr("5: 'sha256_url' contradicts"));
  for (const std::string proxy : {"10.0.0.9:8080", "socks5://10.0.0.9", "http://", "http://a:b@10.0.0.9", "http://p/x"})
    EXPECT_THAT(wrong("proxy = \"" + proxy + "\"\n"), HasSubstr("4: 'proxy' must be as")) << proxy;
  EXPECT_THAT(wrong("max_bytes = \"lots\"\n"), HasSubstr("4: 'max_bytes' must be a number of bytes"));
  EXPECT_EQ(wrong("max_loss_percent = 101\n"), "4: 'max_loss_percent' must be a number from 0 to 100\n");
  EXPECT_EQ(wrong("enabled = \"yes\"\n"), "4: 'enabled' must be true or false\n");
  EXPECT_EQ(wrong("[[source]]\nname = \"a\"\n" + std::string(kUrl)),
            "4: source 'a' stands in line 1 already: names are told apart\n");
  EXPECT_EQ(problems_of("[source]\n"), "1: 'source' must be tables of their own: [[source]], with two brackets\n");
  EXPECT_EQ(problems_of("sorce = 1\n"), "1: unknown key 'sorce' in the sources file; did you mean 'source'?\n");
  EXPECT_THAT(problems_of("[[source]\n"), HasSubstr("not TOML"));
}

TEST_F(SourcesFileTest, RefusesPlacesThatAreNeitherWebNorFile) {
  for (const std::string url : {"ftp://a.example/x", "a.example/x", "https://", "https://a b.example/x",
                                "file://host/x", "file:///a%20b", "http://a.example/x\\u0000y", "javascript:1"})
    EXPECT_THAT(problems_of(std::string(kHead) + "url = \"" + url + "\"\n"), HasSubstr("3: 'url'")) << url;
  EXPECT_THAT(problems_of(std::string(kHead) + "path = \"https://a.example/x\"\n"),
              HasSubstr("3: 'path' is a URL: write url ="));
  const auto file = scratch_.write("a.txt", "x\n");
  EXPECT_EQ(source(std::string(kHead) + "url = \"file://" + file.string() + "\"\n").path, file);
}

TEST_F(SourcesFileTest, ErrorsInGuardsAreNamedToo) {
  EXPECT_EQ(problems_of("[guards]\nprotected = [\"*.city.example\"]\n"),
            "2: write 'city.example' for '*.city.example': names below a protected host are protected with it\n");
  EXPECT_THAT(problems_of("[guards]\nprotected = [\"https://city.example/\"]\n"),
              HasSubstr("2: 'https://city.example/'"));
  EXPECT_EQ(problems_of("[guards]\nmust_allow = [\n\"city example\"]\n"),
            "3: 'city example' in 'must_allow' is no URL and no host; write as \"https://www.city.example/\"\n");
  EXPECT_TRUE(read("[guards]\nmust_block = [\"casino.example\"]\n"));
  EXPECT_THAT(problems_of("[guards]\nmust_alow = []\n"), HasSubstr("2: unknown key 'must_alow' in [guards]"));
  EXPECT_THAT(problems_of("guards = 1\n"), HasSubstr("1: 'guards' must be a table"));
  scratch_.write("p.txt", "good.example\nbad host\n");
  EXPECT_FALSE(read("[guards]\nprotected_file = \"p.txt\"\n"));
  EXPECT_EQ(problems_.list().at(0).line, 2);
  EXPECT_THAT(problems_.list().at(0).file, HasSubstr("p.txt"));
}

TEST_F(SourcesFileTest, WarnsOfWhatIsUnwise) {
  const auto warnings = [&](const std::string& lines) {
    const auto file = read(std::string(kHead) + lines);
    EXPECT_TRUE(file) << problems_.to_string();
    return file ? lines_of(file->warnings) : "";
  };
  EXPECT_EQ(warnings(std::string(kUrl)), "");
  EXPECT_THAT(warnings("url = \"http://a.example/x\"\n"),
              HasSubstr("3: source 'a' comes over plain http with neither"));
  EXPECT_EQ(warnings("url = \"http://a.example/x\"\nminisign = \"" + std::string(kKey) + "\"\n"), "");
  EXPECT_EQ(warnings("url = \"http://a.example/x\"\nsha256_url = \"https://a.example/s\"\n"), "");
  EXPECT_THAT(warnings("url = \"http://a.example/x\"\nsha256_url = \"http://a.example/s\"\n"),
              HasSubstr("and so does its checksum"));
  EXPECT_THAT(warnings("path = \"nowhere\"\n"), HasSubstr("does not exist now"));
}

TEST_F(SourcesFileTest, PasswordsAreNotShown) {
  EXPECT_EQ(shown_url("https://user:secret@lists.example/a?b@c"), "https://lists.example/a?b@c");
  EXPECT_EQ(shown_url("https://lists.example/a@b"), "https://lists.example/a@b");
  EXPECT_EQ(shown_url("lists/a"), "lists/a");
  EXPECT_THAT(problems_of(std::string(kHead) + "url = \"ftp://user:secret@a.example/\"\n"),
              ::testing::Not(HasSubstr("secret")));
}

// The file that is shipped asks nobody; its examples are right once their marks are taken away.
TEST_F(SourcesFileTest, TheShippedFileAndItsExamplesAreRight) {
  Problems problems;
  MemoryNames names;
  const auto taxonomy = Taxonomy::read(source_root() / "conf/taxonomy.toml", names, problems);
  const auto shipped = SourcesFile::read(source_root() / "conf/sources.toml", *taxonomy, problems);
  ASSERT_TRUE(shipped) << problems.to_string();
  EXPECT_TRUE(shipped->sources.empty());
  EXPECT_GT(shipped->guards.protected_hosts.size(), 400U) << "conf/protected_sites.txt";
  EXPECT_TRUE(std::ranges::any_of(shipped->guards.protected_hosts,
                                  [](const GuardEntry& entry) { return entry.text == "gov"; }));
  EXPECT_EQ(shipped->guards.max_loss_percent, GuardSettings{}.max_loss_percent);
  EXPECT_EQ(shipped->guards.max_gain_percent, GuardSettings{}.max_gain_percent);
  std::ifstream stream(source_root() / "conf/sources.toml");
  std::string text;
  for (std::string line; std::getline(stream, line); text += line + "\n")
    if (line.starts_with('#') && line.size() > 1 && line[1] != ' ') line.erase(0, 1);
  scratch_.write("protected_sites.txt", "library.example\n");
  const auto examples = SourcesFile::read(scratch_.write("examples.toml", text), *taxonomy, problems);
  ASSERT_TRUE(examples) << problems.to_string();
  EXPECT_EQ(examples->sources.size(), 4U);
  EXPECT_EQ(examples->guards.protected_hosts.size(), 8U);
  EXPECT_EQ(lines_of(examples->warnings), "");
}

}  // namespace
}  // namespace citygate::categories
