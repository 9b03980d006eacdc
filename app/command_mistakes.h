// command_mistakes.h - what was typed and is no command, or no option of one: named on standard error, with what was meant.
#pragma once

namespace CLI {
class App;
}

namespace citygate::app {

// CLI11 lists them from behind, and knows no near ones.
void name_unexpected_words(const CLI::App& app);
// False: a command was named, so something else is missing. CLI11 alone names neither the word that is none nor those that
// are.
[[nodiscard]] bool name_missing_command(const CLI::App& app);

}  // namespace citygate::app
