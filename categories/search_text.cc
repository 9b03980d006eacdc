#include "categories/search_text.h"

#include <cstdint>

namespace citygate::categories {
namespace {

constexpr char32_t kNone = 0;        // vanishes
constexpr char32_t kDivides = U' ';  // between words
constexpr char32_t kMalformed = 0xfffd;

// The letter at `at`, which moves behind it.
char32_t next_letter(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first >= 0xf8 || text.size() - at < more) return kMalformed;
  char32_t letter = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return kMalformed;
    letter = letter << 6 | (byte(at + i) & 0x3f);
  }
  at += more;
  return letter;
}

void append_letter(char32_t letter, std::string& out) {
  if (letter < 0x80) {
    out.push_back(static_cast<char>(letter));
  } else if (letter < 0x800) {
    out.push_back(static_cast<char>(0xc0 | letter >> 6));
    out.push_back(static_cast<char>(0x80 | (letter & 0x3f)));
  } else if (letter < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | letter >> 12));
    out.push_back(static_cast<char>(0x80 | (letter >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (letter & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | letter >> 18));
    out.push_back(static_cast<char>(0x80 | (letter >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (letter >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (letter & 0x3f)));
  }
}

// Base letters of U+00C0 to U+017F, '*' where there is no single one, ' ' for the two signs among them.
constexpr std::string_view kLatinBases =
    "aaaaaa*ceeeeiiiidnooooo ouuuuy**aaaaaa*ceeeeiiiidnooooo ouuuuy*y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkklllllll"
    "lllnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kLatinBases.size() == 0x180 - 0xc0);

// What stands for a letter that has no single base.
std::string_view latin_pair(char32_t letter) {
  switch (letter) {
    case 0xc6:
    case 0xe6: return "ae";
    case 0xde:
    case 0xfe: return "th";
    case 0xdf: return "ss";
    case 0x132:
    case 0x133: return "ij";
    case 0x152:
    case 0x153: return "oe";
    default: return {};
  }
}

bool vanishes(char32_t c) {
  return c == U'\'' || c == 0x2019 || c == 0xad || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
         c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
}

// Punctuation and symbols beyond ASCII, as far as they stand in blocks.
bool divides(char32_t c) {
  return c < 0xc0 || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c <= 0x2bff) || (c >= 0x3000 && c <= 0x3004) ||
         (c >= 0x3008 && c <= 0x3020) || (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) ||
         (c >= 0x1f000 && c <= 0x1faff) || c == kMalformed;
}

char32_t fold_letter(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c < 0x80) return (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9') ? c : c == U'\'' ? kNone : kDivides;
  if (c >= 0xff01 && c <= 0xff5e) return fold_letter(c - 0xff01 + U'!');
  if (vanishes(c)) return kNone;
  if (divides(c)) return kDivides;
  if (c >= 0x391 && c <= 0x3a9) return c + 32;  // Greek
  if (c == 0x3c2) return 0x3c3;                 // final sigma
  if (c >= 0x410 && c <= 0x42f) return c + 32;  // Cyrillic
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  return c;
}

}  // namespace

void append_words(std::string_view text, std::string& out) {
  bool divided = !out.empty();  // a space is due before the next letter
  const auto put = [&](auto&& append) {
    if (divided && !out.empty()) out.push_back(' ');
    divided = false;
    append();
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_letter(text, at);
    if (c >= 0xc0 && c < 0x180) {
      const char base = kLatinBases[c - 0xc0];
      if (base == ' ') {
        divided = true;
      } else if (base == '*') {
        put([&] { out += latin_pair(c); });
      } else {
        put([&] { out.push_back(base); });
      }
      continue;
    }
    const char32_t folded = fold_letter(c);
    if (folded == kDivides)
      divided = true;
    else if (folded != kNone)
      put([&] { append_letter(folded, out); });
  }
}

}  // namespace citygate::categories
