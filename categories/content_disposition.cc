#include "categories/content_disposition.h"

#include <algorithm>
#include <optional>

#include "base/letter_case.h"
#include "base/percent_encoding.h"

namespace citygate::categories {
namespace {

// One parameter of Content-Disposition; quoted strings have their escapes taken away.
std::optional<std::string> parameter(std::string_view field, std::string_view name) {
  for (std::size_t at = field.find(';'); at != field.npos;) {
    std::size_t begin = field.find_first_not_of(" \t", at + 1);
    if (begin == field.npos) break;
    const std::size_t equals = field.find_first_of("=;", begin);
    if (equals == field.npos || field[equals] == ';') {
      at = equals;
      continue;
    }
    std::string_view key = field.substr(begin, equals - begin);
    while (!key.empty() && (key.back() == ' ' || key.back() == '\t')) key.remove_suffix(1);
    std::size_t value = field.find_first_not_of(" \t", equals + 1);
    std::string text;
    if (value != field.npos && field[value] == '"') {
      for (++value; value < field.size() && field[value] != '"'; ++value) {
        if (field[value] == '\\' && value + 1 < field.size()) ++value;
        text += field[value];
      }
      at = field.find(';', value);
    } else {
      at = field.find(';', equals);
      if (value != field.npos) text = field.substr(value, std::min(at, field.size()) - value);
      while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
    }
    if (same_letters(key, name)) return text;
  }
  return std::nullopt;
}

std::string without_directories(std::string name) {
  const auto slash = name.find_last_of("/\\");
  return slash == name.npos ? name : name.substr(slash + 1);
}

}  // namespace

std::string file_name_of(std::string_view content_disposition, std::string_view path) {
  if (auto extended = parameter(content_disposition, "filename*")) {  // UTF-8'en'na%C3%AFve.exe
    const auto quote = extended->find('\'');
    const auto second = quote == std::string::npos ? quote : extended->find('\'', quote + 1);
    if (second != std::string::npos) return without_directories(percent_decoded(extended->substr(second + 1)));
  }
  if (auto plain = parameter(content_disposition, "filename")) return without_directories(*std::move(plain));
  path = path.substr(0, path.find_first_of("?#"));
  return without_directories(percent_decoded(path));
}

}  // namespace citygate::categories
