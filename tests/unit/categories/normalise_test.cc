// Whole lists in each format: what is kept of each line, under which category, and what is counted.
#include "tests/unit/categories/normalising.h"

namespace citygate::categories {
namespace {

TEST_F(NormaliseTest, LineNOfTheListIsLineNOfItsForm) {
  EXPECT_EQ(part("# c\na.example\n\n  B.example  # why\na.example\n"),
            "[news]  | +a.example |  | +b.example <-   B.example  # why | +a.example | ");
  EXPECT_EQ(summary_.entries, 2U);
  EXPECT_EQ(summary_.duplicates, 1U);
  expect_all_counted();
}

TEST_F(NormaliseTest, AdblockRules) {
  EXPECT_EQ(part("[Adblock Plus 2.0]\n||a.example^\n@@||b.a.example^$important\n||c.example/x/*.gif\n/ad[0-9]/\n"),
            "[news]  | +a.example <- ||a.example^ | -!^b.a.example <- @@||b.a.example^$important | "
            "+~^https?://(?:[^/?]*\\.)?c\\.example/x/.*\\.gif <- ||c.example/x/*.gif | +~ad[0-9] <- /ad[0-9]/ | ");
  EXPECT_EQ(summary_.categories[0].hosts, 2U);
  EXPECT_EQ(summary_.categories[0].urls, 2U);
}

TEST_F(NormaliseTest, BadfilterTakesBackTheEqualRuleWhereverItStands) {
  EXPECT_EQ(part("! c\n||a.example^$badfilter\n||a.example^\n||b.example^\n||c.example^$important\n"
                 "||c.example^$important,badfilter\n||a.example/x/\n"),
            "[news]  |  |  | +b.example <- ||b.example^ |  |  | +a.example/x <- ||a.example/x/ | ");
  EXPECT_EQ(skipped("taken back by a rule with $badfilter"), 2U);
  EXPECT_EQ(skipped("a rule with $badfilter"), 2U);
  EXPECT_EQ(summary_.entries, 2U);
  expect_all_counted();
}

TEST_F(NormaliseTest, ASourceThatSaysMoreThanOneMayIsRefusedByNameAndLine) {
  const auto directory = [&](const std::string& name) { return ImportRequest{.path = scratch_.path() / name}; };
  scratch_.write("e/adult/expressions", "casino\ncasino\npoker\nroulette[0-9]{2}\n");
  const auto of = [&](const char* name, IntakeLimits limits) {
    const auto manifest = normalised(directory(name), limits);
    if (manifest) return std::string("taken");
    EXPECT_EQ(manifest.error().kind, Error::Kind::TooLarge);
    return manifest.error().context;
  };
  EXPECT_EQ(of("e", {.expressions = 3, .expression_lines = 4}), "taken");
  EXPECT_EQ(of("e", {.expressions = 2}),
            "adult/expressions:4: source 'test' has more than 2 different expressions; nothing was imported");
  EXPECT_EQ(of("e", {.expression_lines = 3}),
            "adult/expressions:4: source 'test' has more than 3 lines of expressions; nothing was imported");
  EXPECT_EQ(of("e", {.expression_bytes = 10}),
            "adult/expressions:3: source 'test' has more than 10 bytes of expressions, their repeats written out; "
            "nothing was imported");
  scratch_.write("t/search-terms/gambling.txt", "online casino\nbuy + chips\nwin + chips # a + b\n");
  scratch_.write("t/search-terms/drugs.txt", "weed # + nothing\n");
  EXPECT_EQ(of("t", {.lists = 2, .marks = 4, .term_lists = 2, .joined_terms = 2}), "taken");
  EXPECT_EQ(of("t", {.lists = 1}),
            "search-terms/gambling.txt:1: source 'test' has more than 1 files; nothing was imported");
  EXPECT_EQ(of("t", {.term_lists = 1}),
            "search-terms/gambling.txt:1: source 'test' has more than 1 lists of search terms; nothing was imported");
  EXPECT_EQ(of("t", {.joined_terms = 1}),
            "search-terms/gambling.txt:3: source 'test' has more than 1 lines of search terms with '+'; nothing was "
            "imported");
  EXPECT_EQ(
      of("t", {.marks = 3}),
      "search-terms/gambling.txt:1: source 'test' has more than 3 combinations of category and scope; nothing was "
      "imported");
}

TEST_F(NormaliseTest, RpzScopes) {
  EXPECT_EQ(part("$TTL 60\n@ IN SOA a. b. 1 2 3 4 5\na.example CNAME .\n*.a.example CNAME .\nb.a.example CNAME "
                 "rpz-passthru.\n"),
            "[news]  |  | +=a.example <- a.example CNAME . | +*a.example <- *.a.example CNAME . | "
            "-=b.a.example <- b.a.example CNAME rpz-passthru. | ");
}

TEST_F(NormaliseTest, CsvCategoriesByLine) {
  const auto file = scratch_.write("list.csv",
                                   "domain,category\na.example,casino\nb.example,Press\nc.example,casino\n"
                                   "d.example,nonsense\ne.example,\"news|dating\"\nf.example,private\n");
  ASSERT_TRUE(normalised({.path = file, .categories = {{"Dating", ""}, {"private", "social"}}}));
  EXPECT_EQ(parts_["list.csv"],
            "[gambling]  | +a.example <- a.example,casino | +@news:b.example <- b.example,Press | "
            "+c.example <- c.example,casino |  | +@news:e.example <- e.example,\"news|dating\" | "
            "+@social:f.example <- f.example,private | ");
  EXPECT_EQ(skipped("its category is not in the taxonomy: nonsense"), 1U);
  EXPECT_EQ(skipped("its category is left out"), 1U);
  EXPECT_EQ(summary_.unmapped, std::vector<std::string>{"nonsense"});
}

TEST_F(NormaliseTest, ACategoryThatIsToldGoesBeforeColumnsThatAreNot) {
  const auto file = scratch_.write("list", "1;a.example;press\n2;b.example;games\n");
  ASSERT_TRUE(normalised({.path = file, .category = "dating"}));
  EXPECT_EQ(parts_["list"], "[dating] +a.example <- 1;a.example;press | +b.example <- 2;b.example;games | ");
  ASSERT_TRUE(normalised({.path = file, .category = "dating", .host_column = 2, .category_column = 3}));
  EXPECT_EQ(parts_["list"],
            "[dating] +@news:a.example <- 1;a.example;press | +@games:b.example <- 2;b.example;games | ");
}

TEST_F(NormaliseTest, TheSourcesOwnMapGoesBeforeTheTaxonomy) {
  const auto tree = scratch_.path() / "tree";
  scratch_.write("tree/adult/domains", "a.example\n");
  scratch_.write("tree/arts/domains", "b.example\n");
  scratch_.write("tree/press/domains", "c.example\n");
  ASSERT_TRUE(normalised({.path = tree, .categories = {{"ADULT", "lingerie"}, {"arts", "reference"}, {"press", ""}}}));
  EXPECT_EQ(parts_, (std::map<std::string, std::string>{{"adult/domains", "[lingerie] +a.example | "},
                                                        {"arts/domains", "[reference] +b.example | "}}));
  EXPECT_EQ(skipped("its category is left out"), 1U);
  EXPECT_TRUE(summary_.unmapped.empty());
  EXPECT_NE(refusal({.path = tree, .categories = {{"arts", "refrence"}}}).find("did you mean 'reference'?"),
            std::string::npos);
}

TEST_F(NormaliseTest, ASquidGuardDirectory) {
  scratch_.write("dir/adult/domains", "a.example\n.b.example\n");
  scratch_.write("dir/adult/urls", "c.example/x\nd.example/v?id=1\n");
  scratch_.write("dir/adult/expressions", "(^|\\.)xxx[0-9]+\n#comment\n");
  scratch_.write("dir/adult/usage", "black\n");
  ASSERT_TRUE(normalised({.path = scratch_.path() / "dir"}));
  EXPECT_EQ(parts_["adult/domains"], "[pornography] +a.example | +b.example <- .b.example | ");
  EXPECT_EQ(parts_["adult/urls"],
            "[pornography] +c.example/x | +d.example/v?id=1 & +d.example/v/?id=1 <- d.example/v?id=1 | ");
  EXPECT_EQ(parts_["adult/expressions"], "[pornography] +~(^https?://|\\.)xxx[0-9]+ <- (^|\\.)xxx[0-9]+ | ");
}

TEST_F(NormaliseTest, AnE2guardianDirectory) {
  scratch_.write("e2/bannedsitelist", "#listcategory: \"Gambling\"\na.example\n**\n.Include</etc/x>\n");
  scratch_.write("e2/dating/bannedurllist", "b.example/x\n");
  scratch_.write("e2/dating/exceptionsitelist", "fair.b.example\n");
  scratch_.write("e2/news/bannedregexpurllist", "#listcategory: \"Banned Regular Expressions\"\n\\.tor$\n");
  scratch_.write("e2/localexceptionsitelist", "c.example\n");
  scratch_.write("e2/weightedphraselist", "< poker ><20>\n");
  ASSERT_TRUE(normalised({.path = scratch_.path() / "e2"}));
  EXPECT_EQ(parts_, (std::map<std::string, std::string>{
                        {"bannedsitelist", "[gambling]  | +a.example | "},
                        {"dating/bannedurllist", "[dating] +b.example/x | "},
                        {"dating/exceptionsitelist", "[dating] -^fair.b.example <- fair.b.example | "},
                        {"news/bannedregexpurllist", "[news]  | +~\\.tor/?$ <- \\.tor$ | "}}));
  EXPECT_EQ(skipped("bans or excepts everything"), 1U);
  EXPECT_EQ(skipped("includes another file"), 1U);
  EXPECT_EQ(skipped("an exception without a category"), 1U);
  EXPECT_NE(told_.find("no lists by their names (1): weightedphraselist"), std::string::npos) << told_;
  EXPECT_NE(refusal({.path = scratch_.write("x.txt", "a.example\n"), .format = ListFormat::Guardian})
                .find("says by its name what it is"),
            std::string::npos);
}

TEST_F(NormaliseTest, FormatsThatAreTold) {
  EXPECT_EQ(part("0.0.0.0 a.example\n", "news", ListFormat::Hosts), "[news] +=a.example <- 0.0.0.0 a.example | ");
  ASSERT_TRUE(normalised({.path = scratch_.write("list", "0.0.0.0 a.example\n"),
                          .category = "news",
                          .format = ListFormat::Hosts,
                          .subdomains = true}));
  EXPECT_EQ(parts_["list"], "[news] +a.example <- 0.0.0.0 a.example | ");
  EXPECT_EQ(part("local=/a.example/\n", "news", ListFormat::Resolver), "[news] +a.example <- local=/a.example/ | ");
  EXPECT_EQ(part("a.example CNAME .\n", "news", ListFormat::Rpz), "[news] +=a.example <- a.example CNAME . | ");
  const auto wrong = refusal({.path = scratch_.write("list", "0.0.0.0 a.example\n"), .format = ListFormat::Rpz});
  EXPECT_NE(wrong.find("Expected: response policy zone"), std::string::npos) << wrong;
}

}  // namespace
}  // namespace citygate::categories
