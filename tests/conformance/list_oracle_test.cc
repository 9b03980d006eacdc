// The compiled lists agree with the lists as they stand: list_oracle.h reads the same files and goes through them line by line.
//
//   CITYGATE_ORACLE_URLS   how many URLs of the collection are asked about (60,000)
//   CITYGATE_ORACLE_LINES  how many lines of each file are taken, in runs chosen by lot (1,500); 0 = all
//
// The entry in bench/RESULTS.md is of CITYGATE_ORACLE_URLS=2000000 CITYGATE_ORACLE_LINES=0.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "tests/conformance/data_files.h"
#include "tests/conformance/list_comparison.h"
#include "tests/conformance/list_urls.h"

namespace citygate::test {
namespace {

std::size_t setting(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

// ---------------------------------------------------------------------------------------------------- invented lists

// Few labels, so that names fall below, beside and onto each other all the time.
std::string invented_host(Lot& lot) {
  constexpr std::array<std::string_view, 6> kLabels{"a", "b", "ab", "x-1", "shop", "www"};
  constexpr std::array<std::string_view, 3> kEnds{"com", "example", "co.example"};
  if (lot.one_in(20)) return "192.0.2." + std::to_string(lot.below(8));
  std::string out;
  for (std::size_t labels = 1 + lot.below(3); labels > 0; --labels) out += std::string(kLabels[lot.below(6)]) + ".";
  return out + std::string(kEnds[lot.below(3)]);
}

std::string invented_path(Lot& lot) {
  constexpr std::array<std::string_view, 6> kParts{"/a", "/B", "/a-b", "/q.php", "/~x", "/A"};
  std::string out;
  for (std::size_t count = 1 + lot.below(3); count > 0; --count) out += kParts[lot.below(6)];
  return out;
}

std::string invented_line(Syntax syntax, bool urls, Lot& lot) {
  const std::string host = invented_host(lot);
  switch (syntax) {
    case Syntax::Plain:
      return urls && !lot.one_in(5) ? host + invented_path(lot) : (!urls && lot.one_in(6) ? "*." : "") + host;
    case Syntax::Hosts: return "0.0.0.0 " + host;
    case Syntax::Adblock: return (lot.one_in(4) ? "@@||" : "||") + host + "^";
    case Syntax::Resolver:
      return lot.one_in(2) ? "address=/" + host + "/#" : "server=/" + host + (lot.one_in(3) ? "/#" : "/");
  }
  return {};
}

struct InventedFile {
  const char *source, *file, *category;
  Syntax syntax;
  bool urls = false;
};

constexpr InventedFile kInvented[] = {
    {"one", "gambling.txt", "gambling", Syntax::Plain},
    {"one", "news-ags.txt", "news", Syntax::Adblock},
    {"one", "malware-ags.txt", "malware", Syntax::Adblock},
    {"one", "social/urls", "social", Syntax::Plain, true},
    {"two", "vpn-hosts", "vpn", Syntax::Hosts},
    {"two", "video-dnsmasq.txt", "video", Syntax::Resolver},
    {"two", "games-ags.txt", "games", Syntax::Adblock},
    {"three", "phishing/domains", "phishing", Syntax::Plain},
    {"three", "phishing/urls", "phishing", Syntax::Plain, true},
    {"three", "sports/domains", "sports", Syntax::Plain},
};

TEST(ListOracle, InventedListsThatOverlap) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    Lot lot(seed);
    Comparison both;
    for (const auto& file : kInvented) {
      std::string text = "# an invented list\n";
      if (file.syntax == Syntax::Adblock) text = "! an invented list\n";
      for (std::size_t lines = 10 + lot.below(60); lines > 0; --lines)
        text += invented_line(file.syntax, file.urls, lot) + (lot.one_in(9) ? "\r\n" : "\n");
      both.write(file.source, file.file, file.syntax, both.product.category(file.category), std::move(text));
    }
    for (const char* source : {"one", "two", "three"}) both.import(source);
    both.oracle.sort();
    for (int i = 0; i < 4'000; ++i)
      both.ask_url(url_near(invented_host(lot), lot.one_in(3) ? "" : invented_path(lot), lot), lot);
    for (int i = 0; i < 400; ++i)
      both.ask_url(url_near(invented_host(lot), invented_path(lot), lot), lot, Comparison::How::ByScan);
    both.conclude(3'000);
  }
}

// ---------------------------------------------------------------------------------------------- lists of the collection

struct SharedFile {
  const char *archive, *member, *source, *category;
  Syntax syntax;
};

constexpr SharedFile kShared[] = {
    {"blocklistproject.tar.zst", "./gambling.txt", "blocklistproject", "gambling", Syntax::Hosts},
    {"blocklistproject.tar.zst", "./drugs.txt", "blocklistproject", "drugs", Syntax::Hosts},
    {"blocklistproject.tar.zst", "./malware.ip", "blocklistproject", "malware", Syntax::Plain},
    {"blocklistproject.tar.zst", "./youtube.txt", "blocklistproject", "video", Syntax::Hosts},
    {"blocklistproject.tar.zst", "./facebook.txt", "blocklistproject", "social", Syntax::Hosts},
    {"blocklistproject.tar.zst", "./adguard/redirect-ags.txt", "blocklistproject", "scam", Syntax::Adblock},
    {"blocklistproject.tar.zst", "./adguard/tracking-ags.txt", "blocklistproject", "tracking", Syntax::Adblock},
    {"blocklistproject.tar.zst", "./alt-version/phishing-nl.txt", "blocklistproject", "phishing", Syntax::Plain},
    {"blocklistproject.tar.zst", "./alt-version/ads-nl.txt", "blocklistproject", "ads", Syntax::Plain},
    {"blocklistproject.tar.zst", "./dnsmasq-version/gambling-dnsmasq.txt", "blocklistproject", "gambling",
     Syntax::Resolver},
    {"hagezi.tar.zst", "./adblock/light.txt", "hagezi", "ads", Syntax::Adblock},
    {"hagezi.tar.zst", "./adblock/whitelist-referral.txt", "hagezi", "ads", Syntax::Adblock},
    {"hagezi.tar.zst", "./dnsmasq/doh-vpn-proxy-bypass.txt", "hagezi", "proxy", Syntax::Resolver},
    {"hagezi.tar.zst", "./domains/fake.txt", "hagezi", "scam", Syntax::Plain},
    {"hagezi.tar.zst", "./hosts/nosafesearch.txt", "hagezi", "unfiltered-search", Syntax::Hosts},
    {"hagezi.tar.zst", "./unbound/fake.blacklist.conf", "hagezi", "scam", Syntax::Resolver},
    {"hagezi.tar.zst", "./wildcard/light.txt", "hagezi", "ads", Syntax::Plain},
    {"hagezi.tar.zst", "./3p/easylist.adblock.txt", "hagezi", "ads", Syntax::Adblock},
    {"sinfonietta.tar.zst", "./pornography-hosts", "sinfonietta", "pornography", Syntax::Hosts},
    {"sinfonietta.tar.zst", "./gambling-hosts", "sinfonietta", "gambling", Syntax::Hosts},
    {"sinfonietta.tar.zst", "./social-hosts", "sinfonietta", "social", Syntax::Hosts},
};
// One file each.
constexpr SharedFile kSingle[] = {
    {"bon-appetit-porn.domains.zst", "", "bon-appetit", "pornography", Syntax::Plain},
    {"ut1-history-malware.domains.zst", "", "malware-domains", "malware", Syntax::Plain},
    {"ut1-history-malware.urls.zst", "", "malware-urls", "malware", Syntax::Plain},
    {"ut1-history-phishing.domains.zst", "", "phishing-domains", "phishing", Syntax::Plain},
    {"ut1-history-phishing.urls.zst", "", "phishing-urls", "phishing", Syntax::Plain},
};

// `wanted` lines (0: all) in runs of 40, because neighbours in a list are often below each other. Patterns have effects that
// the oracle does not know, so they are taken out.
std::string sample(const std::string& text, Syntax syntax, std::size_t wanted, Lot& lot) {
  constexpr std::size_t kRun = 40;
  const auto total = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const std::size_t runs = wanted == 0 ? 1 : std::max<std::size_t>(1, total / wanted);
  std::string out;
  std::size_t number = 0;
  bool taken = true;
  for (std::string_view left = text; !left.empty(); ++number) {
    if (number % kRun == 0) taken = lot.one_in(runs);
    const auto end = std::min(left.find('\n'), left.size() - 1);
    const std::string_view line = left.substr(0, end + 1);
    left.remove_prefix(end + 1);
    if (taken && read_list_line(syntax, line).kind != Said::Kind::Pattern) out += line;
  }
  return out;
}

class SharedLists {
 public:
  explicit SharedLists(Comparison& both) : both_(both) {}

  // False where the collection is missing.
  bool read() {
    const bool there = for_each_file("lists/ut1.tar.zst", [this](const std::string& name, const std::string& text) {
      const std::filesystem::path path(name);
      const std::string folder = path.parent_path().filename().string();
      if (path.filename() != "domains" && path.filename() != "urls") return;
      add("ut1", folder + "/" + path.filename().string(), Syntax::Plain, both_.product.category(folder), text);
    });
    if (!there) return false;
    both_.import("ut1");
    for (const char* archive : {"blocklistproject.tar.zst", "hagezi.tar.zst", "sinfonietta.tar.zst"}) {
      std::string source;
      for_each_file(std::string("lists/") + archive, [&](const std::string& name, const std::string& text) {
        for (const auto& file : kShared) {
          if (archive != std::string_view(file.archive) || name != file.member) continue;
          source = file.source;
          add(source, name, file.syntax, both_.product.category(file.category), text);
        }
      });
      both_.import(source);
    }
    for (const auto& file : kSingle) {
      const std::string name = std::filesystem::path(file.archive).stem().string();
      for_each_file(std::string("lists/") + file.archive, [&](const std::string&, const std::string& text) {
        add(file.source, name, file.syntax, both_.product.category(file.category), text);
      });
      both_.import_file(file.source, name, file.category);
    }
    both_.oracle.sort();
    return true;
  }

 private:
  void add(const std::string& source, const std::string& file, Syntax syntax, CategoryId category,
           const std::string& text) {
    std::string taken = sample(text, syntax, wanted_, lot_);
    if (!taken.empty()) both_.write(source, file, syntax, category, std::move(taken));
  }

  Comparison& both_;
  std::size_t wanted_ = setting("CITYGATE_ORACLE_LINES", 1'500);
  Lot lot_{7};
};

std::vector<std::string> text_lines(std::string_view path, std::string_view before = "") {
  std::vector<std::string> out;
  for_each_file(path, [&](const std::string&, const std::string& text) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      out.push_back(std::string(before) + text.substr(begin, end - begin));
      begin = end + 1;
    }
  });
  return out;
}

TEST(ListOracle, ListsOfTheCollection) {
  Comparison both;
  if (!SharedLists(both).read()) GTEST_SKIP() << "the data collection is not beside the repository";
  const auto urls = text_lines("traffic/urls-kasztp.txt.zst");
  const auto ranked = text_lines("traffic/alexa-2016-top-100000.txt.zst", "http://");
  ASSERT_GT(urls.size(), 40'000U);
  ASSERT_GT(ranked.size(), 90'000U);
  const auto& lines = both.oracle.lines();
  ASSERT_GT(lines.size(), 20'000U);
  Lot lot(11);
  const std::size_t wanted = setting("CITYGATE_ORACLE_URLS", 60'000);
  while (both.compared() < wanted && !::testing::Test::HasFatalFailure()) {
    const auto& line = lines[lot.below(lines.size())];
    switch (lot.below(4)) {
      case 0: both.ask_url(url_near(urls[lot.below(urls.size())], lot), lot); break;
      case 1: both.ask_url(url_near(ranked[lot.below(ranked.size())], lot), lot); break;
      default: both.ask_url(url_near(line.host, line.path, lot), lot);
    }
  }
  for (int i = 0; i < 100; ++i) {
    const auto& line = lines[lot.below(lines.size())];
    both.ask_url(url_near(line.host, line.path, lot), lot, Comparison::How::ByScan);
  }
  both.conclude(wanted);
}

}  // namespace
}  // namespace citygate::test
