// prompt.h - a password from the person at the terminal, not shown, or from standard input's first line.
#pragma once

#include <string>

#include "base/result.h"

namespace citygate::app {

// Malformed: nothing was typed, or the two entries at a terminal differ.
[[nodiscard]] Result<std::string> ask_password();

}  // namespace citygate::app
