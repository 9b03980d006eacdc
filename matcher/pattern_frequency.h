// pattern_frequency.h - how often a part of an expression is to be expected in URLs.
//
// Rough on purpose: bytes are taken as independent, but for what nearly every URL holds ("https://www."). It only chooses
// what is looked for, so a wrong figure costs time and changes no answer.
#pragma once

#include "matcher/pattern_syntax.h"

namespace citygate::matcher {

// The share of bytes of URLs that are in `set`: 0 to 1.
[[nodiscard]] double frequency_of(const ByteSet& set);

// Expected matches that begin at a given byte of a URL: 0 to 1.
[[nodiscard]] double frequency_of(const PatternNode& node);

}  // namespace citygate::matcher
