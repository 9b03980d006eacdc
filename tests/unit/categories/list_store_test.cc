// Imports and publishing: what is refused, what survives a kill, damage and a full disk.
#include "categories/list_store.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <csignal>

#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class ListStoreTest : public StoreTest {
 protected:
  fs::path root() const { return scratch_.path() / "lists"; }
  fs::path news(std::string_view text = "one.example\ntwo.example\n") const { return scratch_.write("news.txt", text); }
  std::string current() const {
    const auto entry = History(root()).current();
    return entry && *entry ? (*entry)->image : "";
  }
  std::size_t images() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root() / "images"), fs::directory_iterator()));
  }
  std::string refusal(const fs::path& path, std::string category = "news", ListFormat format = ListFormat::Detect) {
    const auto before = current();
    const auto summary = import(path, std::move(category), "refused", format);
    EXPECT_FALSE(summary.has_value()) << path;
    EXPECT_EQ(current(), before);
    EXPECT_FALSE(fs::exists(root() / "sources" / "refused"));
    return summary ? std::string() : summary.error().context;
  }
  void damage(const fs::path& file, std::uintmax_t at) const {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
  }
};

TEST_F(ListStoreTest, TheSameInputsBuildNothing) {
  const auto first = imported(news());
  EXPECT_FALSE(first.unchanged);
  EXPECT_EQ(first.source, "news");
  EXPECT_EQ(first.entries, 2U);
  EXPECT_NE(first.generation.value, 0U);
  const auto again = imported(news());
  EXPECT_TRUE(again.unchanged);
  EXPECT_EQ(again.generation, first.generation);
  EXPECT_EQ(again.version, first.version);
  const auto other = imported(news("one.example\nthree.example\n"));
  EXPECT_FALSE(other.unchanged);
  EXPECT_NE(other.generation, first.generation);
  EXPECT_EQ(categories(*lists(), "http://two.example/"), "");
}

TEST_F(ListStoreTest, CommentsThatChangeMakeNoNewVersion) {
  const auto read = [&](std::string_view text, std::string input) {
    auto done = joined(store_->import({.path = scratch_.write("news.txt", text),
                                       .source = "news",
                                       .category = "news",
                                       .version = "",
                                       .input = std::move(input)},
                                      by_test(), {}));
    EXPECT_TRUE(done) << done.error().context;
    return done ? *done : Imported{};
  };
  const auto versions = [&] {
    const fs::path at = root() / "sources" / "news";
    return std::distance(fs::directory_iterator(at), fs::directory_iterator());
  };
  const auto first = read("# of Monday\na.example\nb.example # mine\n", "1");
  const auto second = read("# of Tuesday\n# and longer\na.example\n\nb.example # yours\n", "2");
  EXPECT_TRUE(second.unchanged);
  EXPECT_EQ(second.generation.value, first.generation.value);
  EXPECT_EQ(versions(), 1);
  // The line is that of the version which is kept.
  EXPECT_EQ(why(*lists(), "http://a.example/", "news"), "news news.txt:2 a.example");
  // It is known what it was read from last: that is not read again.
  fs::remove(scratch_.path() / "news.txt");
  const auto same = joined(store_->import(
      {.path = scratch_.path() / "news.txt", .source = "news", .category = "news", .version = "", .input = "2"},
      by_test(), {}));
  ASSERT_TRUE(same) << same.error().context;
  EXPECT_TRUE(same->unchanged);
  // The order of entries is theirs, and so are files and categories.
  EXPECT_FALSE(read("b.example\na.example\n", "3").unchanged);
  EXPECT_EQ(versions(), 2);
}

TEST_F(ListStoreTest, TwoImagesAreKeptAndNoMore) {
  for (int i = 0; i < 5; ++i) imported(news("n" + std::to_string(i) + ".example\n"));
  EXPECT_EQ(images(), 2U);
  // But every version of the source, so that the history can be explained.
  EXPECT_EQ(std::distance(fs::directory_iterator(root() / "sources" / "news"), fs::directory_iterator()), 5);
}

TEST_F(ListStoreTest, CountsWhatWasNotUsedByReasonWithThreeExamples) {
  const auto summary =
      imported(news("a.example\nb.example\nc.example\nd.example\na.example\nbad one\nbad two\nbad three\nbad "
                    "four\n198.51.100.0/24\n"));
  EXPECT_EQ(summary.lines, 10U);
  EXPECT_EQ(summary.entries, 4U);
  EXPECT_EQ(summary.duplicates, 1U);
  ASSERT_EQ(summary.skipped.size(), 2U);
  EXPECT_EQ(summary.skipped[0].reason, "not a host name");
  EXPECT_EQ(summary.skipped[0].lines, 4U);
  ASSERT_EQ(summary.skipped[0].examples.size(), 3U);
  EXPECT_EQ(summary.skipped[0].examples[0].line, 6U);
  EXPECT_EQ(summary.skipped[0].examples[0].file, "news.txt");
  EXPECT_EQ(summary.skipped[0].examples[0].text, "bad one");
  EXPECT_EQ(summary.skipped[1].lines, 1U);
}

TEST_F(ListStoreTest, RubbishIsRefusedWholeAndByName) {
  imported(news());
  std::string rubbish;
  for (int i = 0; i < 20'000; ++i) rubbish += static_cast<char>(i * 7919 >> 3);
  const auto binary = refusal(scratch_.write("rubbish.bin", rubbish));
  EXPECT_NE(binary.find("rubbish.bin: is binary data"), std::string::npos) << binary;
  const auto words = refusal(scratch_.write("words.txt", "this is\nno list\nof any kind\n"));
  EXPECT_NE(words.find("words.txt:1:"), std::string::npos) << words;
  EXPECT_NE(words.find("3 of 3 lines are not understood"), std::string::npos) << words;
  const auto html = refusal(scratch_.write("page.html", "<html>\n<body>\n<p>Not found</p>\n</body>\n</html>\n"));
  EXPECT_NE(html.find("page.html: is a web page (HTML)"), std::string::npos) << html;
  EXPECT_NE(refusal(scratch_.write("utf16.txt", std::string_view("\xff\xfe"
                                                                 "a\0.\0",
                                                                 6)))
                .find("UTF-16"),
            std::string::npos);
  EXPECT_NE(refusal(scratch_.write("empty.txt", "")).find("empty"), std::string::npos);
  EXPECT_NE(refusal(scratch_.write("comments.txt", "# a\n# b\n")).find("no entry"), std::string::npos);
  EXPECT_NE(refusal("/nonexistent/list").find("no such file"), std::string::npos);
  EXPECT_NE(refusal(scratch_.write("x.txt", "a.example\n"), "gambing").find("did you mean 'gambling'"),
            std::string::npos);
  EXPECT_NE(refusal(scratch_.write("y.txt", "a.example\n"), "").find("needs a category"), std::string::npos);
  EXPECT_NE(refusal(scratch_.write("z.txt", "a.example\n"), "news", ListFormat::Directory).find("neither a directory"),
            std::string::npos);
  EXPECT_EQ(categories(*lists(), "http://one.example/"), "news");
}

TEST_F(ListStoreTest, OneRottenFileOfADirectoryRefusesTheWhole) {
  std::string rotten;
  for (int i = 0; i < 200; ++i) rotten += "\x01\x02\x03\n";
  std::string good;
  for (int i = 0; i < 5000; ++i) good += "h" + std::to_string(i) + ".example\n";
  scratch_.write("dir/news/domains", good);
  scratch_.write("dir/malware/domains", rotten);
  EXPECT_NE(refusal(scratch_.path() / "dir", "").find("malware/domains:1:"), std::string::npos);
}

TEST_F(ListStoreTest, LongLinesAreBounded) {
  const auto summary = imported(news("a.example\n" + std::string(1'000'000, 'x') + "\nb.example\nc.example\n"));
  EXPECT_EQ(summary.entries, 3U);
  EXPECT_EQ(skipped(summary, "longer than 4,096 bytes"), 1U);
}

TEST_F(ListStoreTest, ADirectoryIsReadByItsFolders) {
  scratch_.write("ut1/adult/domains", "a.example\n");
  scratch_.write("ut1/adult/urls", "b.example/x\n");
  scratch_.write("ut1/adult/expressions", "(a|b)\n");
  scratch_.write("ut1/adult/usage", "black\n");
  scratch_.write("ut1/nonsense/domains", "c.example\nd.example\n");
  scratch_.write("ut1/README", "not a list\n");
  fs::create_directory_symlink("adult", scratch_.path() / "ut1" / "porn");
  const auto summary = imported(scratch_.path() / "ut1");
  EXPECT_EQ(summary.files, 4U);
  EXPECT_EQ(summary.entries, 3U);
  ASSERT_EQ(summary.categories.size(), 1U);
  EXPECT_EQ(summary.categories[0].name, "pornography");
  EXPECT_EQ(summary.categories[0].hosts, 1U);
  EXPECT_EQ(summary.categories[0].urls, 2U);
  EXPECT_EQ(summary.unmapped, std::vector<std::string>{"nonsense"});
  EXPECT_EQ(skipped(summary, "its category is not in the taxonomy"), 2U);
}

TEST_F(ListStoreTest, RemovingASourceTakesItsEntriesAway) {
  imported(news());
  imported(scratch_.write("games.txt", "play.example\n"));
  const auto done = store_->remove("news", by_test());
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(lists()->id(), done->generation);
  EXPECT_EQ(categories(*lists(), "http://one.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://play.example/"), "games");
  EXPECT_EQ(store_->remove("news", by_test()).error().kind, Error::Kind::NotFound);
  ASSERT_TRUE(store_->remove("games", by_test()));
  EXPECT_EQ(lists()->status().entries, 0U);
  EXPECT_NE(lists()->id().value, 0U);
}

TEST_F(ListStoreTest, ADamagedImageGivesWayToTheOneBefore) {
  imported(news("old.example\n"));
  imported(news("new.example\n"));
  const auto table = root() / "images" / current() / "hosts.table";
  for (const auto& file : {table, table.parent_path() / "manifest.json"}) {
    damage(file, fs::file_size(file) / 2);
    const auto lists = this->lists();
    EXPECT_NE(warning_.find(file.string()), std::string::npos) << warning_;
    EXPECT_EQ(categories(*lists, "http://old.example/"), "news");
    damage(file, fs::file_size(file) / 2);
    EXPECT_EQ(categories(*this->lists(), "http://new.example/"), "news");
    EXPECT_EQ(warning_, "");
  }
  fs::resize_file(table, fs::file_size(table) - 1);
  EXPECT_EQ(categories(*lists(), "http://old.example/"), "news");
  EXPECT_NE(warning_.find("cut short"), std::string::npos) << warning_;
}

TEST_F(ListStoreTest, ADamagedImageIsBuiltAnewByTheSameImport) {
  imported(news("old.example\n"));
  const auto summary = imported(news("new.example\n"));
  const auto table = root() / "images" / current() / "hosts.table";
  damage(table, 200);
  const auto again = imported(news("new.example\n"));
  EXPECT_EQ(again.generation, summary.generation);
  EXPECT_EQ(categories(*lists(), "http://new.example/"), "news");
  EXPECT_EQ(warning_, "");
  EXPECT_EQ(images(), 2U);
}

TEST_F(ListStoreTest, WithImagesThatAreAllDamagedOneIsCompiledFromTheSources) {
  imported(news());
  reopen();
  damage(root() / "images" / current() / "hosts.table", 100);
  const auto lists = this->lists();
  EXPECT_NE(warning_.find("hosts.table"), std::string::npos) << warning_;
  EXPECT_NE(warning_.find("compiled anew"), std::string::npos) << warning_;
  EXPECT_EQ(categories(*lists, "http://one.example/"), "news");
  EXPECT_EQ(store_->history()->back().verb, "rebuild");
  reopen();
  EXPECT_EQ(categories(*this->lists(), "http://one.example/"), "news");
  EXPECT_EQ(warning_, "");
}

TEST_F(ListStoreTest, WithoutImageAndSourceNothingIsAnswered) {
  imported(news());
  reopen();
  damage(root() / "images" / current() / "hosts.table", 100);
  for (const auto& version : fs::directory_iterator(root() / "sources" / "news"))
    damage(version.path() / "whole.zst", 12);
  std::string warning;
  const auto lists = store_->load_current(warning);
  ASSERT_FALSE(lists.has_value());
  EXPECT_EQ(lists.error().kind, Error::Kind::Storage);
  EXPECT_NE(lists.error().context.find("hosts.table"), std::string::npos);
}

TEST_F(ListStoreTest, ALostCurrentFallsBackToTheNewestImage) {
  imported(news());
  fs::remove(root() / "current");
  EXPECT_EQ(categories(*lists(), "http://one.example/"), "news");
  EXPECT_NE(warning_.find("is missing"), std::string::npos);
  scratch_.write("lists/current", "nonsense\n");
  EXPECT_EQ(categories(*lists(), "http://one.example/"), "news");
  EXPECT_NE(warning_.find("damaged"), std::string::npos) << warning_;
}

TEST_F(ListStoreTest, ADamagedSourceIsNamedAndTheImageInForceStays) {
  imported(news());
  const auto entries = *fs::directory_iterator(root() / "sources" / "news");
  damage(entries.path() / "whole.zst", 12);
  const auto summary = import(scratch_.write("games.txt", "play.example\n"));
  ASSERT_FALSE(summary.has_value());
  EXPECT_NE(summary.error().context.find("of source 'news' is damaged"), std::string::npos) << summary.error().context;
  EXPECT_EQ(categories(*lists(), "http://one.example/"), "news");
}

// The import tells of each step that it has finished; here the process dies at each of them in turn.
TEST_F(ListStoreTest, AKillBetweenAnyTwoStepsLeavesTheOldOrTheNew) {
  imported(news("old.example\n"));
  int died = 0;
  for (int step = 1; step < 20; ++step) {
    news("old.example\nnew" + std::to_string(step) + ".example\n");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int left = step;
      const auto ignored =
          store_->import({.path = scratch_.path() / "news.txt", .source = "", .category = "", .version = ""}, by_test(),
                         [&left](std::string_view) {
                           if (--left == 0) ::_exit(9);
                         });
      ::_exit(ignored ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    reopen();
    const auto lists = this->lists();
    ASSERT_NE(lists, nullptr);
    EXPECT_EQ(warning_, "");
    EXPECT_EQ(categories(*lists, "http://old.example/"), "news");
    if (WEXITSTATUS(status) == 0) {
      EXPECT_EQ(categories(*lists, "http://new" + std::to_string(step) + ".example/"), "news");
      break;
    }
    ASSERT_EQ(WEXITSTATUS(status), 9);
    ++died;
  }
  EXPECT_GE(died, 5);
  imported(news("last.example\n"));
  EXPECT_EQ(categories(*lists(), "http://last.example/"), "news");
  EXPECT_EQ(images(), 2U);
}

TEST_F(ListStoreTest, AFullDiskLeavesWhatIsInForce) {
  imported(news());
  std::string large;
  for (int i = 0; i < 20'000; ++i) large += "h" + std::to_string(i) + ".ai\n";
  const auto list = scratch_.write("games.txt", large);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (rlim_t bytes : {100'000U, 240'000U}) {  // the source does not fit; the image does not
    rlimit small = before;
    small.rlim_cur = bytes;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto summary = import(list);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(summary.has_value()) << bytes;
    EXPECT_EQ(summary.error().kind, Error::Kind::Storage);
    EXPECT_EQ(categories(*lists(), "http://one.example/"), "news");
    EXPECT_EQ(warning_, "");
  }
  std::signal(SIGXFSZ, old_handler);
  imported(list);
  EXPECT_EQ(categories(*lists(), "http://h7.ai/"), "games");
}

TEST_F(ListStoreTest, OnlyOneImportRunsAtATime) {
  bool refused = false;
  const auto summary =
      store_->import({.path = news(), .source = "", .category = "", .version = ""}, by_test(), [&](std::string_view) {
        if (refused) return;  // it waits a while before it gives up
        const auto second = import(scratch_.path() / "news.txt");
        refused = !second && second.error().kind == Error::Kind::Refused;
      });
  EXPECT_TRUE(summary.has_value());
  EXPECT_TRUE(refused);
}

TEST_F(ListStoreTest, NamesOfSources) {
  EXPECT_EQ(imported(scratch_.write("My News.txt", "a.example\n"), "news").source, "my-news");
  EXPECT_FALSE(import(news(), "", "../evil").has_value());
  EXPECT_FALSE(import(news(), "", ".new").has_value());
  const auto told =
      store_->import({.path = news(), .source = "n", .category = "", .version = "2026-08-17"}, by_test(), {});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->first.version, "2026-08-17");
}

TEST(ListFormatWords, AreThoseOfTheCommandLine) {
  EXPECT_EQ(parse_list_format("hosts"), ListFormat::Hosts);
  EXPECT_EQ(parse_list_format("adblock"), ListFormat::Adblock);
  EXPECT_EQ(parse_list_format("rpz"), ListFormat::Rpz);
  EXPECT_EQ(parse_list_format("dnsmasq"), parse_list_format("unbound"));
  EXPECT_EQ(parse_list_format("json"), std::nullopt);
}

}  // namespace
}  // namespace citygate::categories
