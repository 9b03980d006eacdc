// The lists of search terms that ship: what must be found, and what people at work type and must not be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/file.h"
#include "categories/search_text.h"
#include "tests/support/search_lists.h"
#include "tests/support/temp_dir.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class SearchListsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto lists = SearchLists::read(fs::path(CITYGATE_SOURCE_DIR) / "categories/lists/search-terms");
    ASSERT_TRUE(lists) << lists.error().context;
    lists_ = std::move(*lists);
  }

  // The lists that hold for what was typed, by name.
  std::string found(std::string_view typed) const {
    std::string words;
    append_words(typed, words);
    std::array<TermHit, 32> hits;
    const std::size_t count = lists_.terms().match(words, hits);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(lists_.lists()[hits[i].mark].category);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
  }

  void expect_found(std::string_view list, std::initializer_list<const char*> searches) const {
    for (const char* typed : searches) EXPECT_EQ(found(typed), list) << typed;
  }

  SearchLists lists_;
};

TEST_F(SearchListsTest, EachCategoryFindsWhatIsSearchedForIt) {
  std::vector<std::string> categories;
  for (const SearchList& list : lists_.lists()) categories.push_back(list.category);
  EXPECT_EQ(categories, (std::vector<std::string>{"drugs", "gambling", "hate", "pornography", "proxy", "self-harm",
                                                  "violence", "weapons"}));
  expect_found("gambling", {"best online casino", "Casino no deposit bonus codes 2024", "nba sports betting odds",
                            "draftkings login", "play slots free", "poker for real money", "free bets"});
  expect_found("pornography", {"free porn", "xxx videos hd", "Pornhub", "nude celebrities", "escorts near me",
                               "rule 34 pokemon", "videos porno gratis", "onlyfans leaks"});
  expect_found("hate", {"mein kampf pdf download", "how do i join the kkk", "holocaust never happened proof",
                        "white power music", "christchurch shooting full video"});
  expect_found("violence", {"cartel beheading video", "how to make a pipe bomb", "hire a hitman online",
                            "watch people die", "real gore site"});
  expect_found("drugs",
               {"buy cocaine online", "where can i order mdma online", "how to cook meth", "weed dealer near me",
                "how to pass a drug test with synthetic urine", "buy xanax no rx without prescription"});
  expect_found("weapons", {"buy ar-15 cheap", "glock switch 3d print", "ghost gun kits", "how to make a silencer",
                           "guns for sale by owner"});
  expect_found("self-harm",
               {"painless way to die", "how to kill myself", "pro ana tips", "suicide methods", "how to tie a noose"});
  expect_found("proxy", {"free web proxy", "unblock youtube at work", "how to bypass the firewall at work",
                         "tor browser download", "croxyproxy", "best free vpn for chrome"});
}

// Help, care, law, news, the trades, and words within words.
TEST_F(SearchListsTest, SearchesOfPeopleAtWorkAreNotFound) {
  expect_found("", {
                       // Words within words, and names.
                       "essex county council",
                       "scunthorpe united",
                       "analysis of class action",
                       "cockburn street edinburgh",
                       "middlesex hospital",
                       "sussex police",
                       "penistone grammar school",
                       "dick cheney",
                       "shitake mushroom recipe",
                       "assessment assistant",
                       "document retention",
                       "arsenal football",
                       "peacock pictures",
                       "titanic casualties",
                       "therapist near me",
                       "analog circuits",
                       "pornic france",
                       "cumberland county",
                       "shuttlecock",
                       "woodcock hunting season",
                       "buttress dam",
                       "sextant navigation",
                       // Health.
                       "breast cancer screening",
                       "testicular cancer symptoms",
                       "anal fissure treatment",
                       "sexual health clinic",
                       "oral sex std risk",
                       "erectile dysfunction",
                       "penis anatomy",
                       "vaginal dryness menopause",
                       "nipple discharge",
                       "sex education curriculum",
                       "opioid overdose narcan training",
                       "fentanyl overdose statistics",
                       "cocaine addiction treatment",
                       "meth withdrawal symptoms",
                       "methadone clinic near me",
                       "medical marijuana card application",
                       "needle exchange program",
                       "xanax side effects",
                       "how to get high blood pressure down",
                       "oxycodone withdrawal",
                       "drug take back day",
                       "ketamine therapy for depression",
                       // Help.
                       "suicide prevention hotline",
                       "988 suicide and crisis lifeline",
                       "i want to kill myself help",
                       "how to help a suicidal friend",
                       "suicide hotline number",
                       "self harm support group",
                       "how to stop self harm",
                       "signs of suicide in teens",
                       "eating disorder treatment",
                       "gambling addiction help",
                       "gamblers anonymous meetings",
                       "porn addiction therapy",
                       "how to kill myself hotline",
                       "painless suicide prevention",
                       "suicide statistics 2023",
                       "assisted suicide legislation",
                       // News and law.
                       "casino zoning ordinance",
                       "casino royale cast",
                       "new casino opening vote",
                       "online gambling regulation law",
                       "drug trafficking sentencing guidelines",
                       "mass shooting news",
                       "isis news",
                       "beheading of anne boleyn",
                       "hate crime statistics",
                       "ku klux klan history",
                       "holocaust museum washington",
                       "nazi germany history lesson plan",
                       "mein kampf wikipedia",
                       "white supremacy definition",
                       "gun control legislation",
                       "gun buyback program city",
                       "school shooting response training",
                       "bomb threat checklist",
                       "revenge porn law texas",
                       "child pornography law reporting",
                       "rule 34 federal rules of civil procedure",
                       "marijuana dispensary zoning",
                       "human trafficking hotline",
                       // The trades.
                       "glue gun sticks",
                       "nail guns for sale",
                       "heat gun for shrink tubing",
                       "weed killer for driveway",
                       "weed control fabric",
                       "how to make a bath bomb",
                       "bulk salt for roads",
                       "buy stock photos",
                       "pipe fittings",
                       "bulletproof glass vendor",
                       "ammonia refrigeration",
                       "pesticide license",
                       "proxy voting form",
                       "health care proxy form",
                       "nginx reverse proxy",
                       "squid proxy configuration",
                       "cisco anyconnect vpn",
                       "site to site vpn cisco asa",
                       "city vpn login",
                       "block psiphon firewall detect",
                       "tor steel building",
                       "poker run fundraiser permit",
                       "raffle permit",
                       "lottery scholarship",
                       "bingo night senior center",
                       "betting on infrastructure",
                       "slot car racing",
                       "horse racing track jobs",
                       "escort vehicle oversize load",
                       "naked juice",
                       "nude lipstick",
                       "stripper well oil",
                       "adult day care",
                       "teen center",
                       "girl scouts",
                       "hot springs",
                       "how to shoot a free throw",
                       "kill process linux",
                       "how to kill mold",
                       "how to kill weeds",
                       "executing a contract",
                       "how to dispose of a body of water permit form",
                       "hang a door",
                       "cut sheet metal",
                   });
}

TEST_F(SearchListsTest, AHitLeadsToItsLine) {
  std::array<TermHit, 4> hits;
  ASSERT_EQ(lists_.terms().match("cheap online casinos", hits), 1u);
  EXPECT_EQ(lists_.line(hits[0]), "online casino(s)");
  EXPECT_EQ(lists_.line({.file = 99, .line = 1}), "");
  EXPECT_EQ(lists_.line({.file = 0, .line = 1'000'000}), "");
}

TEST(SearchLists, AFolderThatCannotServeIsNamed) {
  const test::TempDir folder;
  const auto none = SearchLists::read(folder.path() / "missing");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, Error::Kind::Storage);
  EXPECT_NE(none.error().context.find("missing: cannot be read"), std::string::npos) << none.error().context;
  EXPECT_NE(SearchLists::read(folder.path()).error().context.find("holds no file that ends in .txt"),
            std::string::npos);
  ASSERT_TRUE(replace_file(folder.path() / "gambling.txt", "slots\n+ x\n"));
  const auto wrong = SearchLists::read(folder.path());
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().context.find("gambling.txt:2: no word stands here"), std::string::npos)
      << wrong.error().context;
}

}  // namespace
}  // namespace citygate::categories
