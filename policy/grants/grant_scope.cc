#include "policy/grants/grant_scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using categories::Category;
using categories::Group;
using Kind = Error::Kind;
using People = std::vector<const Person*>;

class Scope {
 public:
  Scope(GrantKind kind, const People& subjects, const ActContext& context)
      : kind_(kind), subjects_(subjects), context_(context) {}

  Result<const Category*> check(std::string_view word) const {
    const Category* category = context_.taxonomy.find(word);
    if (!category) return unknown(word);
    if (category->group == Group::Threat || category->group == Group::Circumvention)
      return refused(*category, fmt::format("is {}, which nothing opens", to_string(category->group)));
    if (kind_ != GrantKind::LawEnforcement && any(*category, Action::Prohibit))
      return refused(*category, "is prohibited; nothing but a law-enforcement grant opens it");
    switch (kind_) {
      case GrantKind::LawEnforcement:
        if (const Person* other = not_all(*category, Action::Prohibit))
          return refused(*category, fmt::format("is not prohibited for {}: the grant would lift nothing", other->name));
        break;
      case GrantKind::Exemption:
        if (!any(*category, Action::Block))
          return refused(*category, fmt::format("is not blocked, but '{}': an exemption would lift nothing",
                                                to_string(action(*category, *subjects_.front()))));
        break;
      case GrantKind::Streaming:
        if (category->group != Group::Streaming && !any(*category, Action::Streaming))
          return refused(*category, "is no streaming");
        break;
      case GrantKind::BusinessUse: return business(*category);
      default: return refused(*category, "has no place in a grant of this kind");
    }
    return category;
  }

  // What the host of a streaming permit may be whatever it is listed as.
  std::vector<std::string> streaming() const {
    std::vector<std::string> out;
    for (const auto& category : context_.taxonomy.all())
      if (category.group == Group::Streaming && !any(category, Action::Prohibit)) out.push_back(category.name);
    return out;
  }

 private:
  Action action(const Category& category, const Person& person) const {
    return context_.rules.effective(category.id, person.department_at(context_.now)).action;
  }
  bool any(const Category& category, Action wanted) const {
    return std::ranges::any_of(subjects_, [&](const Person* each) { return action(category, *each) == wanted; });
  }
  const Person* not_all(const Category& category, Action wanted) const {
    const auto other =
        std::ranges::find_if(subjects_, [&](const Person* each) { return action(category, *each) != wanted; });
    return other == subjects_.end() ? nullptr : *other;
  }

  Result<const Category*> business(const Category& category) const {
    if (any(category, Action::Block)) return refused(category, "is blocked: for work with it ask for an exemption");
    if (any(category, Action::Streaming))
      return refused(category, "is streaming: for work with it ask for a streaming permit");
    if (!any(category, Action::Personal))
      return refused(category, fmt::format("is no personal use here, but '{}': nothing counts it",
                                           to_string(action(category, *subjects_.front()))));
    return &category;
  }

  std::unexpected<Error> refused(const Category& category, std::string_view why) const {
    return fail(Kind::Refused, fmt::format("category '{}' {}", category.name, why));
  }
  std::unexpected<Error> unknown(std::string_view word) const {
    std::vector<std::string_view> known;
    for (const auto& category : context_.taxonomy.all()) known.push_back(category.name);
    if (const auto* meant = context_.taxonomy.find_foreign(word))
      return fail(Kind::NotFound, fmt::format("unknown category '{}'; here it is called '{}'", word, meant->name));
    return fail(Kind::NotFound, fmt::format("unknown category '{}'{}", word, suggestion(word, known)));
  }

  GrantKind kind_;
  const People& subjects_;
  const ActContext& context_;
};

}  // namespace

Result<std::vector<std::string>> check_categories(GrantKind kind, std::vector<std::string> words, bool for_host,
                                                  const People& subjects, const ActContext& context) {
  const Scope scope(kind, subjects, context);
  if (words.empty() && kind == GrantKind::Streaming && for_host) words = scope.streaming();
  if (words.empty())
    return fail(Kind::Malformed, kind == GrantKind::Streaming ? "what is to be streamed? Name 'categories' or a 'host'"
                                                              : "what is it to open? Name 'categories'");
  for (const auto& word : words) CG_TRY_VOID(scope.check(word));
  std::ranges::sort(words);
  const auto repeated = std::ranges::unique(words);
  words.erase(repeated.begin(), repeated.end());
  return words;
}

}  // namespace citygate::policy
