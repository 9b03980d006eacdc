// verdict_text.h - parts of a verdict in words, as explanations of requests and of records share them.
#pragma once

#include <string>
#include <string_view>

#include "policy/verdict.h"

namespace citygate::review {

// "minutes of attention and bytes received, on \"Personal use\"", or "nothing".
[[nodiscard]] std::string charge_text(bool minutes, bool bytes, std::string_view quota);

// "12.5 of 30 minutes, 0 of 500 megabytes"; "" where nothing is limited.
[[nodiscard]] std::string used_text(const policy::Verdict& verdict);

}  // namespace citygate::review
