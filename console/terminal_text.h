// terminal_text.h - lines for a terminal. What lists, servers and clients have written is shown and never obeyed.
//
// Control characters but tabs and line feeds (ECMA-48: C0, DEL, and C1 as UTF-8 has it) become "\x1b": one in the line of a list could else
// colour, overwrite or retype what the administrator reads.
#pragma once

#include <string>
#include <string_view>

namespace citygate::console {

[[nodiscard]] std::string terminal_text(std::string_view line);

}  // namespace citygate::console
