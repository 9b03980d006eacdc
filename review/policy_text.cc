#include "review/policy_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "policy/grants/request.h"
#include "review/text_page.h"

namespace citygate::review {
namespace {

using policy::Rulebook;
using Kind = policy::Subject::Kind;

// Categories that one rule, or the default of their group, speaks about.
struct Statement {
  Rulebook::Effective what;
  std::vector<std::string> titles;
};

class Prose {
 public:
  Prose(const PolicyView& view, DepartmentId department) : view_(view), rules_(view.rules), department_(department) {}

  std::string all() {
    heading();
    first_of_all();
    sites();
    ways();
    permissions();
    records();
    for (const auto each : rules_.supplemented()) supplement(each);
    return page_.take();
  }

  std::string one_department() {
    heading();
    page_.line("holds for", department_words(view_.people, department_));
    first_of_all();
    sites();
    ways();
    permissions();
    records();
    return page_.take();
  }

 private:
  void section(std::string_view title) {
    page_.blank();
    page_.heading(title);
  }

  void heading() {
    page_.heading(fmt::format("{}: use of the web, as this gateway carries it out", rules_.city()));
    page_.line("version", rules_.sha256().substr(0, 16));
    page_.line("clock", rules_.zone().name());
    if (!rules_.contact().empty()) page_.line("contact", rules_.contact());
    for (const auto& document : rules_.documents()) page_.line(document.tag, document.title);
  }

  void acknowledgements(DepartmentId department) {
    const auto* person = rules_.acknowledgement(department, Kind::Person);
    const auto* guest = rules_.acknowledgement(department, Kind::Guest);
    page_.line("people", person ? acknowledgement_words(person) + clause_words(person->clause) + "."
                                : "Nothing is to be acknowledged.");
    if (guest && (!person || guest->version != person->version))
      page_.line("guests", acknowledgement_words(guest) + clause_words(guest->clause) + ".");
  }

  void first_of_all() {
    section("To be acknowledged before the web is used");
    acknowledgements(department_);
    if (const auto* access = rules_.access_agreement())
      page_.line("who sees",
                 fmt::format("what others did: {}{}.", acknowledgement_words(access), clause_words(access->clause)));
    section("Devices that are not the city's");
    const auto* devices = rules_.personal_devices(department_);
    page_.line("", device_words(rules_, department_) + clause_words(devices ? devices->clause : "") + ".");
  }

  std::vector<Statement> statements() const {
    std::vector<Statement> out;
    for (const auto& category : view_.taxonomy.all()) {
      const auto what = rules_.effective(category.id, department_);
      // Refused whatever a rule says; a rule about them is a word more.
      const bool guarded =
          category.group == categories::Group::Threat || category.group == categories::Group::Circumvention;
      if (guarded && !what.rule) continue;
      auto same = std::ranges::find_if(
          out, [&](const Statement& each) { return each.what.rule == what.rule && each.what.action == what.action; });
      if (same == out.end()) same = out.insert(same, Statement{what, {}});
      same->titles.push_back(category.title);
    }
    std::ranges::stable_sort(out, [](const Statement& a, const Statement& b) {
      return a.what.rule && (!b.what.rule || a.what.rule < b.what.rule);  // of one vector, in the file's order
    });
    return out;
  }

  void state(const Statement& statement, DepartmentId department) {
    const policy::Rule* rule = statement.what.rule;
    std::string text = rule ? rule->title + ". " : "By nature; no rule names them. ";
    std::string words = rule_words(rules_, statement.what, department);
    words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
    text += fmt::format("{}: {}.", words, joined(statement.titles));
    if (rule && rule->loosenable) text += " A department may loosen this.";
    page_.line(rule && !rule->clause.empty() ? rule->clause : "-", text);
  }

  void sites() {
    static constexpr std::pair<Action, std::string_view> kParts[] = {
        {Action::Prohibit, "Prohibited, at every hour and for everybody"},
        {Action::Block, "Closed, unless there is an exemption"},
        {Action::Hold, "Held at the gateway until somebody has approved it"},
        {Action::Warn, "Open after a warning"},
        {Action::Personal, "Personal use: minutes of attention are counted"},
        {Action::Streaming, "Streaming: bytes are counted"},
        {Action::Work, "Open for work"}};
    const auto all = statements();
    for (const auto& [action, title] : kParts) {
      bool first = true;
      for (const auto& statement : all) {
        if (statement.what.action != action) continue;
        if (first) section(title);
        first = false;
        state(statement, department_);
      }
    }
  }

  void ways() {
    section("Ways and destinations");
    page_.line("always",
               "Sites known for malware or phishing are refused, and services that lead around this gateway.");
    for (const auto& service : rules_.sanctioned())
      page_.line("except", sanctioned_words(service, rules_.zone()) + ".");
    for (const auto& sentence : way_words(rules_)) page_.line("", sentence);
    if (const auto engines = rules_.safe_search(department_); !engines.empty())
      page_.line("searching", fmt::format("Safe results only from {}.", safe_search_words(engines)));
  }

  void permissions() {
    section("Who has to agree to a permission");
    for (unsigned value = 0; value <= static_cast<unsigned>(policy::kLastGrantKind); ++value) {
      const auto kind = static_cast<policy::GrantKind>(value);
      const auto* chain = rules_.approval(kind, department_);
      if (!chain) continue;
      page_.line(
          chain->clause.empty() ? "-" : chain->clause,
          fmt::format("{}: {}.", chain->title.empty() ? grant_kind_words(kind) : chain->title, approval_words(chain)));
    }
    page_.line("", "What is not named here is permitted by nobody; nobody approves the own request.");
    const auto of_file = [](const policy::Grant& grant) {
      return grant.sealed() && policy::act_number(grant.name) == 0;
    };
    if (const auto sealed = std::ranges::count_if(view_.grants.all(), of_file); sealed > 0)
      page_.line("sealed",
                 fmt::format("{} law-enforcement grant{} in the file.", sealed, sealed == 1 ? " stands" : "s stand"));
  }

  void records() {
    section("Records");
    const auto* access = rules_.record_access();
    page_.line("seen by", fmt::format("What a person did may be seen by: {}{}.", record_access_words(rules_),
                                      clause_words(access ? access->clause : "")));
    const auto* excessive = rules_.excessive(department_);
    page_.line("excessive", excessive_words(excessive) + clause_words(excessive ? excessive->clause : "") + ".");
  }

  // What a department says of its own.
  void supplement(DepartmentId department) {
    section(fmt::format("{}, beside the above", department_words(view_.people, department)));
    for (std::uint16_t i = 0; i < rules_.windows().size(); ++i)
      if (rules_.window(i, department).text != rules_.windows()[i].text)
        page_.line("hours",
                   fmt::format("\"{}\" is {} there.", rules_.windows()[i].name, rules_.window(i, department).text));
    for (const auto& quota : rules_.quotas(department))
      if (const auto* city = rules_.quota(quota.id, {}); quota_words(quota) != quota_words(*city))
        page_.line("measure", fmt::format("\"{}\" is {} there.", quota.title, quota_words(quota)));
    for (const auto& rule : rules_.rules()) {
      if (rule.department != department) continue;
      Statement statement{{rule.action, &rule}, {}};
      rule.categories.for_each([&](CategoryId id) { statement.titles.push_back(view_.taxonomy.find(id)->title); });
      state(statement, department);
    }
    const auto* text = rules_.acknowledgement(department, Kind::Person);
    const auto* city = rules_.acknowledgement({}, Kind::Person);
    if (text && (!city || text->version != city->version || text->renew != city->renew)) acknowledgements(department);
    if (device_words(rules_, department) != device_words(rules_, {}))
      page_.line("devices", "Devices that are not the city's are " + device_words(rules_, department) + ".");
    if (excessive_words(rules_.excessive(department)) != excessive_words(rules_.excessive({})))
      page_.line("excessive", excessive_words(rules_.excessive(department)) +
                                  clause_words(rules_.excessive(department)->clause) + ".");
    if (rules_.safe_search(department) != rules_.safe_search({}))
      page_.line("searching",
                 fmt::format("Safe results only from {}.", safe_search_words(rules_.safe_search(department))));
    for (unsigned value = 0; value <= static_cast<unsigned>(policy::kLastGrantKind); ++value) {
      const auto kind = static_cast<policy::GrantKind>(value);
      const auto* own = rules_.approval(kind, department);
      if (own && own != rules_.approval(kind, {}))
        page_.line(
            own->clause.empty() ? "-" : own->clause,
            fmt::format("{}: {}.", own->title.empty() ? grant_kind_words(kind) : own->title, approval_words(own)));
    }
  }

  const PolicyView& view_;
  const Rulebook& rules_;
  DepartmentId department_;
  TextPage page_;
};

}  // namespace

std::string policy_text(const PolicyView& view, std::optional<DepartmentId> department) {
  return department ? Prose(view, *department).one_department() : Prose(view, {}).all();
}

}  // namespace citygate::review
