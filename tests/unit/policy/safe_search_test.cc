#include "policy/safe_search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

SafeSearch of(std::initializer_list<Engine> engines) {
  SafeSearch out;
  for (const auto engine : engines) out.add(engine);
  return out;
}

SafeSearch all() {
  SafeSearch out;
  for (const auto word : engine_words()) out.add(*parse_engine(word));
  return out;
}

std::string_view dialled(std::string_view host, SafeSearch wanted = all()) {
  const auto found = safe_name(host, wanted);
  return found ? found->dialled : "";
}

TEST(SafeSearch, WordsAndEnginesAreTheSame) {
  for (const auto word : engine_words()) EXPECT_EQ(to_string(*parse_engine(word)), word);
  EXPECT_FALSE(parse_engine("Google"));
  EXPECT_FALSE(parse_engine(""));
}

TEST(SafeSearch, NothingIsWantedOfWhatIsNotNamed) {
  EXPECT_EQ(dialled("www.google.com", {}), "");
  EXPECT_EQ(dialled("www.google.com", of({Engine::Bing})), "");
  EXPECT_EQ(dialled("www.bing.com", of({Engine::Bing})), "strict.bing.com");
}

TEST(SafeSearch, GoogleInEveryCountryAndNothingThatLooksLikeIt) {
  for (const auto* host :
       {"www.google.com", "www.google.cat", "www.google.de", "www.google.co.uk", "www.google.com.au"})
    EXPECT_EQ(dialled(host), "forcesafesearch.google.com") << host;
  for (const auto* host :
       {"google.com", "mail.google.com", "www.google", "www.google.", "www.google.test", "www.google.com.",
        "www.google.com.au.example", "www.google.com.test", "www.google.co", "www.google.co.", "www.google.d1",
        "xwww.google.com", "www.google.evil.de", "forcesafesearch.google.com"})
    EXPECT_TRUE(dialled(host).empty() || std::string_view(host) == "www.google.co") << host;
  EXPECT_EQ(dialled("www.google.co"), "forcesafesearch.google.com") << "Colombia's other name";
}

TEST(SafeSearch, EachEngineHasItsName) {
  EXPECT_EQ(dialled("duckduckgo.com"), "safe.duckduckgo.com");
  EXPECT_EQ(dialled("search.brave.com"), "forcesafe.search.brave.com");
  EXPECT_EQ(dialled("www.ecosia.org"), "strict-safe-search.ecosia.org");
  EXPECT_EQ(dialled("api.qwant.com"), "safeapi.qwant.com");
  for (const auto* host : {"yandex.com.tr", "yandex.com.ge", "yandex.eu", "yandex.fr"})
    EXPECT_EQ(dialled(host), "familysearch.yandex.ru") << host;
  EXPECT_EQ(dialled("pixabay.com"), "safesearch.pixabay.com");
  EXPECT_EQ(dialled("brave.com"), "");
  EXPECT_EQ(dialled(""), "");
}

TEST(SafeSearch, YoutubeByTheStricterMeasure) {
  for (const auto* host : {"www.youtube.com", "m.youtube.com", "youtubei.googleapis.com", "youtube.googleapis.com",
                           "www.youtube-nocookie.com"}) {
    EXPECT_EQ(dialled(host, of({Engine::YoutubeModerate})), "restrictmoderate.youtube.com");
    EXPECT_EQ(dialled(host, of({Engine::YoutubeStrict})), "restrict.youtube.com");
    EXPECT_EQ(dialled(host, of({Engine::YoutubeModerate, Engine::YoutubeStrict})), "restrict.youtube.com");
    EXPECT_EQ(dialled(host, of({Engine::Google})), "");
  }
  EXPECT_EQ(youtube_restrict(Engine::YoutubeStrict), "Strict");
  EXPECT_EQ(youtube_restrict(Engine::YoutubeModerate), "Moderate");
  EXPECT_EQ(youtube_restrict(Engine::Google), "");
}

// What is dialled is never an engine's usual name: asking for it again changes nothing.
TEST(SafeSearch, ASafeNameIsItsOwn) {
  for (const auto* host :
       {"www.google.de", "www.bing.com", "duckduckgo.com", "www.youtube.com", "ya.ru", "pixabay.com"})
    EXPECT_EQ(dialled(dialled(host)), "") << host;
}

// Either an engine's name is reached under a safe one, or it is closed.
TEST(SafeSearch, NoNameOfAnEngineIsNeitherSafeNorClosed) {
  std::ifstream file(std::filesystem::path(CITYGATE_SOURCE_DIR) / "categories/lists/unfiltered-search.txt");
  std::set<std::string> closed;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && !line.starts_with('#')) closed.insert(line);
  for (const auto* host : {"duckduckgo.com", "start.duckduckgo.com", "html.duckduckgo.com", "lite.duckduckgo.com",
                           "noai.duckduckgo.com", "www.google.com", "ipv4.google.com", "ipv6.google.com",
                           "www.bing.com", "cn.bing.com", "api.qwant.com", "lite.qwant.com", "startpage.com"})
    EXPECT_EQ(dialled(host).empty(), closed.contains(host)) << host;
}

constexpr std::string_view kCity = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[safe_search]
engines = ["google", "youtube-strict"]
[[department]]
name = "police"
[department.safe_search]
engines = ["{}"]
)";

TEST(SafeSearch, ADepartmentAddsToTheCitys) {
  City city;
  std::string text(kCity);
  text.replace(text.find("{}"), 2, "bing");
  ASSERT_TRUE(city.load(text)) << city.problems().to_string();
  EXPECT_EQ(city.rules().safe_search(city.subject("sam").department),
            of({Engine::Google, Engine::Bing, Engine::YoutubeStrict}));
  EXPECT_EQ(city.rules().safe_search(city.subject("pat").department), of({Engine::Google, Engine::YoutubeStrict}));
}

TEST(SafeSearch, ADepartmentCannotTakeTheMilderMeasure) {
  City city;
  std::string text(kCity);
  text.replace(text.find("{}"), 2, "youtube-moderate");
  EXPECT_FALSE(city.load(text));
  EXPECT_NE(city.problems().to_string().find("loosens YouTube from youtube-strict"), std::string::npos)
      << city.problems().to_string();
}

}  // namespace
}  // namespace citygate::policy
