#include "policy/readers.h"

#include <fmt/format.h>

namespace citygate::policy {

SafeSearch read_safe_search(const Node* node, std::string where, Problems& problems) {
  SafeSearch out;
  if (!node) return out;
  TableReader table(*node, std::move(where), problems);
  const auto words = table.words("engines", Need::Required);
  table.finish();
  for (const auto& word : words) {
    const auto engine = parse_engine(word.text);
    if (!engine) {
      table.problem(word.line, fmt::format("unknown engine '{}'{}; engines are {}", word.text,
                                           suggestion(word.text, engine_words()), fmt::join(engine_words(), ", ")));
      continue;
    }
    out.add(*engine);
    if (out.has(Engine::YoutubeModerate) && out.has(Engine::YoutubeStrict))
      table.problem(word.line, "youtube-moderate and youtube-strict are two measures of one site: name one of them");
  }
  return out;
}

}  // namespace citygate::policy
