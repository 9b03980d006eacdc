#include "console/terminal_text.h"

#include <gtest/gtest.h>

namespace citygate::console {
namespace {

TEST(TerminalText, ALineOfAListDoesNotCommandTheTerminal) {
  EXPECT_EQ(terminal_text("bad.example\x1b[2J\x1b]0;owned\x07\r\x7f"),
            "bad.example\\x1b[2J\\x1b]0;owned\\x07\\x0d\\x7f");
  EXPECT_EQ(terminal_text("a\xc2\x9b"
                          "31mb\xc2"),
            "a\\x9b31mb\xc2");
  EXPECT_EQ(terminal_text(std::string_view("\0x", 2)), "\\x00x");
}

TEST(TerminalText, WordsStayAsTheyAre) {
  const std::string text = "Glücksspiel\t日本 \xc2\xa0 100 %\nnext";
  EXPECT_EQ(terminal_text(text), text);
  EXPECT_EQ(terminal_text(""), "");
}

}  // namespace
}  // namespace citygate::console
