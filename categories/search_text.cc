#include "categories/search_text.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

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

// From `first` to `last` every step-th letter is written as `base` and its distance; with step 0 all are written as `base`.
struct LetterRun {
  std::uint32_t first, last;
  std::uint8_t step;
  std::uint32_t base;
};
struct Ligature {
  std::uint32_t letter;
  std::string_view text;
};
#include "categories/letter_folds.inc"
static_assert(std::ranges::is_sorted(kLetterRuns, {}, &LetterRun::first));
static_assert(std::ranges::is_sorted(kLigatures, {}, &Ligature::letter));

// What a letter from U+0180 on is compared as, where that is one letter; else itself.
char32_t base_letter(char32_t c) {
  const auto* run = std::ranges::upper_bound(kLetterRuns, c, {}, &LetterRun::first);
  if (run == std::begin(kLetterRuns)) return c;
  --run;
  if (c > run->last) return c;
  if (run->step == 0) return run->base;
  return (c - run->first) % run->step == 0 ? run->base + (c - run->first) : c;
}

std::string_view ligature(char32_t c) {
  const auto* found = std::ranges::lower_bound(kLigatures, c, {}, &Ligature::letter);
  return found == std::end(kLigatures) || found->letter != c ? std::string_view() : found->text;
}

struct Range {
  std::uint32_t first, last;
};
// Invisible characters, apostrophes, and marks that are written over, under or through letters or are left out at will.
constexpr Range kVanish[] = {
    {0xad, 0xad},     {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61c},     {0x640, 0x640},
    {0x64b, 0x65f},   {0x670, 0x670},   {0x180b, 0x180f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x200b, 0x200f},
    {0x2019, 0x2019}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x20d0, 0x20ff}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};
static_assert(std::ranges::is_sorted(kVanish, {}, &Range::first));

bool vanishes(char32_t c) {
  const auto* range = std::ranges::upper_bound(kVanish, c, {}, &Range::first);
  return range != std::begin(kVanish) && c <= std::prev(range)->last;
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
  const char32_t base = base_letter(c);
  return base == c && divides(c) ? kDivides : base;
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
    if (const auto letters = c < 0x180 ? std::string_view() : ligature(c); !letters.empty()) {
      put([&] { out += letters; });
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
