#include "categories/taxonomy.h"

#include <map>

#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

std::string problems_of(std::string_view text) {
  Scratch scratch;
  MemoryNames names;
  Problems problems;
  const auto read = Taxonomy::read(scratch.write("t.toml", text), names, problems);
  EXPECT_EQ(read.has_value(), problems.empty());
  std::string out;
  for (const auto& problem : problems.list()) out += std::to_string(problem.line) + ": " + problem.text + "\n";
  return out;
}

constexpr std::string_view kGood =
    "[[category]]\nname = \"gambling\"\ntitle = \"Gambling\"\ndescription = \"Bets.\"\ngroup = \"prohibited\"\n"
    "foreign = [\"ARJEL\"]\n";

TEST(Taxonomy, FindsByNameForeignWordAndNumber) {
  Scratch scratch;
  MemoryNames names;
  Problems problems;
  const auto taxonomy = Taxonomy::read(scratch.write("t.toml", kGood), names, problems);
  ASSERT_TRUE(taxonomy) << problems.to_string();
  const Category* gambling = taxonomy->find("gambling");
  ASSERT_NE(gambling, nullptr);
  EXPECT_EQ(gambling->title, "Gambling");
  EXPECT_EQ(gambling->group, Group::Prohibited);
  EXPECT_EQ(taxonomy->find_foreign("arjel"), gambling);
  EXPECT_EQ(taxonomy->find_foreign("Gambling"), gambling);
  EXPECT_EQ(taxonomy->find("arjel"), nullptr);
  EXPECT_EQ(taxonomy->find(gambling->id), gambling);
  EXPECT_EQ(names.name(NameKind::Category, gambling->id.value), "gambling");
  EXPECT_TRUE(taxonomy->in_group(Group::Prohibited).contains(gambling->id));
  EXPECT_TRUE(taxonomy->in_group(Group::Work).empty());
  EXPECT_EQ(taxonomy->media().value, 0);
}

TEST(Taxonomy, NamesEveryErrorWithItsLine) {
  EXPECT_EQ(problems_of(std::string(kGood) + "titel = \"x\"\n"),
            "7: unknown key 'titel' in [[category]]; did you mean 'title'?\n");
  EXPECT_EQ(problems_of("[[category]]\nname = \"a\"\ntitle = \"A\"\ndescription = \"d\"\ngroup = \"treat\"\n"),
            "5: unknown group 'treat'; did you mean 'threat'?\n");
  EXPECT_EQ(problems_of("[[category]]\nname = \"a\"\ntitle = \"A\"\ngroup = \"work\"\n"),
            "1: [[category]] has no 'description'\n");
  EXPECT_EQ(problems_of("[[category]]\nname = \"Bad Name\"\ntitle = \"A\"\ndescription = \"d\"\ngroup = \"work\"\n"),
            "2: 'Bad Name' is no category name: lower-case letters, digits and '-', at most 40\n");
  EXPECT_EQ(problems_of(std::string(kGood) + "\n[[category]]\nname = \"arjel\"\ntitle = \"A\"\ndescription = \"d\"\n"
                                             "group = \"work\"\n"),
            "8: 'arjel' of category 'arjel' is taken by category 'gambling' in line 1\n");
  EXPECT_NE(problems_of("").find("names no category"), std::string::npos);
  EXPECT_NE(problems_of("[[category]\n").find("not TOML"), std::string::npos);
  EXPECT_NE(problems_of("[[category]]\nname = 3\ntitle = \"A\"\ndescription = \"d\"\ngroup = \"work\"\n")
                .find("2: 'name' must be"),
            std::string::npos);
}

class OwnTaxonomy : public StoreTest {};

TEST_F(OwnTaxonomy, HoldsWhatPoliciesAndForeignListsName) {
  EXPECT_LT(taxonomy_.all().size(), 200U);
  EXPECT_NE(taxonomy_.media().value, 0);
  EXPECT_NE(taxonomy_.software().value, 0);
  for (std::string_view word : {"gambling",
                                "pornography",
                                "hate",
                                "violence",
                                "dating",
                                "drugs",
                                "weapons",
                                "malware",
                                "phishing",
                                "cryptojacking",
                                "hacking",
                                "vpn",
                                "proxy",
                                "doh",
                                "tor",
                                "remote-access",
                                "news",
                                "social",
                                "games",
                                "shopping",
                                "sports",
                                "webmail",
                                "chat",
                                "forums",
                                "blogs",
                                "celebrity",
                                "astrology",
                                "jobsearch",
                                "auctions",
                                "brokerage",
                                "crowdfunding",
                                "political-advocacy",
                                "religion",
                                "video",
                                "audio",
                                "streaming-media",
                                "filehosting",
                                "downloads",
                                "warez",
                                "ads",
                                "tracking",
                                "shorteners",
                                "ai-chat",
                                "translation",
                                "education",
                                "health",
                                "government",
                                "bank",
                                "business",
                                "search",
                                "software-updates",
                                "cdn"})
    EXPECT_NE(taxonomy_.find(word), nullptr) << word;
  const std::pair<std::string_view, std::string_view> kForeign[] = {{"adult", "pornography"},
                                                                    {"porn", "pornography"},
                                                                    {"agressif", "hate"},
                                                                    {"aggressive", "hate"},
                                                                    {"arjel", "gambling"},
                                                                    {"audio-video", "video"},
                                                                    {"radio", "audio"},
                                                                    {"press", "news"},
                                                                    {"drogue", "drugs"},
                                                                    {"social_networks", "social"},
                                                                    {"redirector", "proxy"},
                                                                    {"publicite", "ads"},
                                                                    {"adv", "ads"},
                                                                    {"anonvpn", "vpn"},
                                                                    {"cleaning", "software-updates"},
                                                                    {"mixed_adult", "lingerie"},
                                                                    {"update", "software-updates"},
                                                                    {"bitcoin", "cryptocurrency"}};
  for (const auto& [foreign, own] : kForeign) {
    ASSERT_NE(taxonomy_.find_foreign(foreign), nullptr) << foreign;
    EXPECT_EQ(taxonomy_.find_foreign(foreign)->name, own);
  }
  // The search engines are in them.
  EXPECT_EQ(taxonomy_.find_foreign("strict_redirector"), nullptr);
  EXPECT_EQ(taxonomy_.find_foreign("strong_redirector"), nullptr);
  EXPECT_TRUE(taxonomy_.in_group(Group::Threat).contains(taxonomy_.find("malware")->id));
  EXPECT_TRUE(taxonomy_.in_group(Group::Circumvention).contains(taxonomy_.find("vpn")->id));
}

TEST_F(OwnTaxonomy, EveryStarterFileNamesACategoryAndNoSiteIsBothClosedAndOpen) {
  const auto closed = [this](const std::string& category) {
    const Group group = taxonomy_.find(category)->group;
    return group == Group::Prohibited || group == Group::Threat || group == Group::Circumvention;
  };
  std::map<std::string, std::string> seen;
  for (const auto& file : std::filesystem::directory_iterator(source_root() / "categories" / "lists")) {
    if (file.is_directory()) continue;
    const std::string category = file.path().stem().string();
    EXPECT_EQ(file.path().extension(), ".txt");
    ASSERT_NE(taxonomy_.find(category), nullptr) << category;
    std::ifstream stream(file.path());
    bool sourced = false;
    for (std::string line; std::getline(stream, line);) {
      if (line.starts_with("# source: ")) sourced = true;
      if (line.empty() || line.starts_with('#')) continue;
      EXPECT_TRUE(sourced) << file.path() << ": " << line << " stands above any '# source:'";
      const auto [at, fresh] = seen.emplace(line, category);
      EXPECT_TRUE(fresh || closed(at->second) == closed(category)) << line << ": " << category << " and " << at->second;
    }
  }
  EXPECT_GT(seen.size(), 5000U);
}

}  // namespace
}  // namespace citygate::categories
