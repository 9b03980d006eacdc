#include "policy/grants/step_text.h"

#include "policy/people/people_act.h"

namespace citygate::policy {

std::string format_steps(const std::vector<GrantCase::Step>& steps) {
  std::string out;
  for (const auto& step : steps) {
    if (!out.empty()) out += "; ";
    out += step.role;
    out += ':';
    for (const auto& name : step.approvers) {
      if (!out.ends_with(':')) out += ',';
      out += ' ';
      out += name;
    }
  }
  return out;
}

std::optional<std::vector<GrantCase::Step>> parse_steps(std::string_view text) {
  std::vector<GrantCase::Step> out;
  const auto words = split_list(text, ' ');
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (word.ends_with(':')) {
      if (word.size() == 1 || (!out.empty() && out.back().approvers.empty())) return std::nullopt;
      out.push_back({.role = std::string(word.substr(0, word.size() - 1)), .approvers = {}, .approved_by = {}});
      continue;
    }
    if (i + 1 < words.size()) {
      const bool last = words[i + 1].ends_with(':');
      if (!word.ends_with(last ? ';' : ',')) return std::nullopt;
      word.remove_suffix(1);
    }
    if (out.empty() || word.empty()) return std::nullopt;
    out.back().approvers.emplace_back(word);
  }
  if (out.empty() || out.back().approvers.empty()) return std::nullopt;
  return out;
}

}  // namespace citygate::policy
