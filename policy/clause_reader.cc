// clause_reader.cc - does a clause stand in one of the documents that the file names?
//
//   [[document]]                                   clause = "S2(B)(2)(c)"
//   tag = "S2"                                              tag │ section
//   title = "Employee handbook, section 2"
//   sections = ["A", "B", "B(2)(c)", "R(8)(d)"]    clause = "S2(J), S3(C21)": more than one
//
// A tag alone means all of it. A file without documents may cite whatever it likes.
#include <fmt/format.h>

#include <algorithm>

#include "policy/readers.h"

namespace citygate::policy {
namespace {

using Parts = std::vector<std::string>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

// "(B)(2)(c)" and "B(2)(c)" alike: "B", "2", "c".
Parts parts_of(std::string_view text) {
  Parts out;
  std::string part;
  const auto end_part = [&] {
    if (const auto inner = trimmed(part); !inner.empty()) out.emplace_back(inner);
    part.clear();
  };
  for (const char c : text) {
    if (c == '(' || c == ')')
      end_part();
    else
      part += c;
  }
  end_part();
  return out;
}

std::string written(std::string_view tag, const Parts& parts) {
  std::string out(tag);
  for (const auto& part : parts) out += fmt::format("({})", part);
  return out;
}

// The document whose tag the citation begins with, the longest of several; null: none.
const DocumentDraft* document_of(std::string_view citation, const std::vector<DocumentDraft>& documents) {
  const DocumentDraft* best = nullptr;
  for (const auto& each : documents) {
    if (!citation.starts_with(each.tag)) continue;
    const std::string_view rest = citation.substr(each.tag.size());
    if (!rest.empty() && rest.front() != '(' && rest.front() != ' ') continue;
    if (!best || each.tag.size() > best->tag.size()) best = &each;
  }
  return best;
}

void check_citation(std::string_view citation, const Node& clause, const PolicyFile& policy, Problems& problems) {
  const auto fault = [&](std::string text) { problems.add(policy.file, clause.line(), std::move(text)); };
  const DocumentDraft* document = document_of(citation, policy.documents);
  if (!document) {
    std::vector<std::string_view> tags;
    for (const auto& each : policy.documents) tags.push_back(each.tag);
    const auto tag = trimmed(citation.substr(0, citation.find('(')));
    return fault(fmt::format("unknown clause '{}': no [[document]] has the tag '{}'{}; tags are {}", citation, tag,
                             suggestion(tag, tags), fmt::join(tags, ", ")));
  }
  const Parts parts = parts_of(citation.substr(document->tag.size()));
  if (parts.empty() || std::ranges::find(document->sections, parts) != document->sections.end()) return;
  std::vector<std::string> known;
  for (const auto& each : document->sections) known.push_back(written(document->tag, each));
  const std::vector<std::string_view> views(known.begin(), known.end());
  fault(fmt::format("unknown clause '{}': '{}' (line {}) has no such section{}", citation, document->title,
                    document->line, suggestion(written(document->tag, parts), views)));
}

// Commas inside parentheses belong to a section's name.
void check_clause(const Node& clause, const PolicyFile& policy, Problems& problems) {
  const std::string_view text = *clause.text();
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const auto citation = trimmed(text.substr(begin, i - begin));
    if (!citation.empty()) check_citation(citation, clause, policy, problems);
    begin = i + 1;
  }
}

void walk(const Node& node, const PolicyFile& policy, Problems& problems) {
  for (const auto& item : node.items()) walk(item, policy, problems);
  for (const auto& [key, value] : node.members()) {
    if (key == "clause" && value.kind() == Node::Kind::String)
      check_clause(value, policy, problems);
    else
      walk(value, policy, problems);
  }
}

}  // namespace

void read_documents(const std::vector<const Node*>& tables, PolicyFile& out, Problems& problems) {
  for (const Node* node : tables) {
    TableReader table(*node, "[[document]]", problems);
    DocumentDraft draft;
    draft.line = node->line();
    draft.tag = table.text("tag", Need::Required);
    draft.title = table.text("title", Need::Required);
    const auto sections = table.words("sections", Need::Required);
    table.finish();
    if (draft.tag.find_first_of("(),") != std::string::npos || trimmed(draft.tag) != draft.tag)
      table.problem(
          table.line_of("tag"),
          fmt::format("'{}' is no tag: what stands before the parentheses of a clause, as S1 in S1(h)", draft.tag));
    for (const auto& word : sections) {
      Parts parts = parts_of(word.text);
      if (parts.empty() || std::ranges::find(draft.sections, parts) != draft.sections.end())
        table.problem(word.line, fmt::format("section '{}' {}", word.text,
                                             parts.empty() ? "says nothing" : "stands already in the list"));
      draft.sections.push_back(std::move(parts));
    }
    const auto same = std::ranges::find(out.documents, draft.tag, &DocumentDraft::tag);
    if (same != out.documents.end() && !draft.tag.empty())
      table.problem(node->line(), fmt::format("document '{}' stands already in line {}", draft.tag, same->line));
    else
      out.documents.push_back(std::move(draft));
  }
}

void check_clauses(const Node& root, const PolicyFile& policy, Problems& problems) {
  if (!policy.documents.empty()) walk(root, policy, problems);
}

}  // namespace citygate::policy
