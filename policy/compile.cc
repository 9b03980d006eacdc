#include <fmt/format.h>

#include <algorithm>

#include "policy/compiled.h"

namespace citygate::policy {
namespace {

constexpr int kActions = static_cast<int>(Action::Hold) + 1;

class Compiler {
 public:
  Compiler(PolicyFile& file, const categories::Taxonomy& taxonomy, const Directory& people, NameSource& names,
           Problems& problems)
      : file_(file), taxonomy_(taxonomy), people_(people), names_(names), problems_(problems) {}

  std::unique_ptr<Rulebook::Impl> run() {
    out_->city = file_.city;
    out_->contact = file_.contact;
    out_->zone = file_.zone;
    out_->calendar = Calendar(*file_.zone);
    out_->destinations = std::move(file_.destinations);
    out_->tunnels = file_.tunnels;
    out_->approvals = std::move(file_.approvals);
    out_->bare_ip = sign(kBareIp);
    out_->not_tls = sign(kNotTls);
    out_->no_server_name = sign(kNoServerName);
    out_->refuse_uncategorised = file_.refuse_uncategorised;
    out_->allow_on_error = file_.allow_on_error;
    for (const auto& category : taxonomy_.all()) out_->known.insert(category.id);
    out_->threats = taxonomy_.in_group(categories::Group::Threat);
    out_->circumvention = taxonomy_.in_group(categories::Group::Circumvention);
    // Which ports tunnels may go to is said by connect_ports: what that opens is not refused for being unusual.
    const CategorySet tunnel_port = sign("tunnel-port");
    tunnel_port.for_each([this](CategoryId category) { out_->circumvention.erase(category); });
    out_->of_way = out_->bare_ip | out_->not_tls | out_->no_server_name | tunnel_port;
    for (const auto& window : file_.windows) out_->windows.push_back({window.name, describe(window)});

    add_layers();  // gives no ids yet, so that what follows can still refuse the file
    check_grants();
    if (failed_) return nullptr;
    give_ids();
    if (failed_) return nullptr;
    return std::move(out_);
  }

 private:
  void fail(int line, std::string text) {
    problems_.add(file_.file, line, std::move(text));
    failed_ = true;
  }

  CategorySet sign(std::string_view name) const {
    CategorySet out;
    if (const auto* category = taxonomy_.find(name)) out.insert(category->id);
    return out;
  }

  static std::string describe(const WindowDraft& window) {
    static constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const auto clock = [](std::int64_t second) { return fmt::format("{:02}:{:02}", second / 3600, second / 60 % 60); };
    // Days with the same hours are told together, in the order of the week.
    std::vector<WeekSpan> spans = window.spans;
    std::ranges::sort(spans);
    std::vector<std::pair<std::string, std::string>> parts;  // hours, days
    for (const auto& span : spans) {
      const std::int64_t from = span.from % kDaySeconds, to = from + (span.to - span.from);
      const std::string hours = clock(from) + "-" + clock(to > kDaySeconds ? to - kDaySeconds : to);
      auto part = std::ranges::find(parts, hours, &std::pair<std::string, std::string>::first);
      if (part == parts.end()) part = parts.insert(part, {hours, ""});
      if (!part->second.empty()) part->second += ' ';
      part->second += kDays[span.from / kDaySeconds];
    }
    std::string out;
    for (const auto& [hours, days] : parts) {
      if (!out.empty()) out += ", ";
      out += days == "Mon Tue Wed Thu Fri" ? "Mon-Fri" : days == "Mon Tue Wed Thu Fri Sat Sun" ? "daily" : days;
      out += ' ';
      out += hours;
    }
    return out;
  }

  void add_rules(const LayerDraft& layer, const Department* department) {
    for (const auto& draft : layer.rules) {
      Rule rule = draft.rule;
      if (department) {
        rule.department = department->id;
        rule.name = department->name + "/" + rule.name;
      }
      CompiledRule compiled;
      compiled.action = rule.action;
      compiled.has_quota = draft.quota.has_value();
      compiled.quota = static_cast<std::uint16_t>(draft.quota.value_or(0));
      compiled.first_span = static_cast<std::uint32_t>(out_->spans.size());
      compiled.spans = static_cast<std::uint32_t>(draft.spans.size());
      out_->spans.insert(out_->spans.end(), draft.spans.begin(), draft.spans.end());
      out_->rules.push_back(std::move(rule));
      out_->compiled.push_back(compiled);
    }
  }

  static void sort_by_action(Layer& layer, CategoryId category, Action action) {
    for (auto* set : {&layer.prohibited, &layer.blocked, &layer.held, &layer.warned, &layer.metered})
      set->erase(category);
    switch (action) {
      case Action::Prohibit: return layer.prohibited.insert(category);
      case Action::Block: return layer.blocked.insert(category);
      case Action::Hold: return layer.held.insert(category);
      case Action::Warn: return layer.warned.insert(category);
      case Action::Personal:
      case Action::Streaming: return layer.metered.insert(category);
      case Action::Work: return;
    }
  }

  void lay_over(Layer& layer, const LayerDraft& draft, std::size_t first_rule) const {
    for (const auto& [category, index] : draft.rule_of) {
      layer.rule_of[category.value] = static_cast<std::uint16_t>(first_rule + index);
      sort_by_action(layer, category, draft.rules[index].rule.action);
    }
  }

  void add_layers() {
    add_rules(file_.layer, nullptr);
    std::vector<std::size_t> first_rules;
    for (const auto& supplement : file_.supplements) {
      first_rules.push_back(out_->rules.size());
      add_rules(supplement.layer, supplement.department);
    }
    const std::size_t defaults = out_->compiled.size();
    if (defaults + kActions > UINT16_MAX) return fail(0, "there are more than 65,000 rules");
    if (file_.quotas.size() > UINT16_MAX) return fail(0, "there are more than 65,000 quotas");
    for (int action = 0; action < kActions; ++action) {
      out_->compiled.emplace_back();
      out_->compiled.back().action = static_cast<Action>(action);
    }

    Layer city;
    for (const auto& category : taxonomy_.all()) {
      const Action action = default_action(category.group);
      city.rule_of[category.id.value] = static_cast<std::uint16_t>(defaults + static_cast<std::size_t>(action));
      sort_by_action(city, category.id, action);
    }
    lay_over(city, file_.layer, 0);
    for (const auto& draft : file_.quotas) city.quotas.push_back(draft.quota);
    city.safe_search = file_.safe_search;
    out_->layers.push_back(city);

    for (std::size_t i = 0; i < file_.supplements.size(); ++i) {
      const auto& supplement = file_.supplements[i];
      Layer layer = city;
      lay_over(layer, supplement.layer, first_rules[i]);
      layer.safe_search |= supplement.safe_search;
      for (const auto& each : supplement.overrides) {
        Quota& quota = layer.quotas[each.quota];
        quota.minutes_per_day = each.minutes_per_day.value_or(quota.minutes_per_day);
        quota.bytes_per_day = each.bytes_per_day.value_or(quota.bytes_per_day);
      }
      const std::size_t department = supplement.department->id.value;
      if (out_->layer_of.size() <= department) out_->layer_of.resize(department + 1);
      out_->layer_of[department] = static_cast<std::uint16_t>(out_->layers.size());
      out_->layers.push_back(std::move(layer));
    }
  }

  // A grant on what is not prohibited would lift nothing, and its author believes that it does.
  void check_grants() {
    for (const auto& draft : file_.grants) {
      CategorySet prohibited;
      for (const auto officer : draft.grant.subjects)
        if (const Person* person = people_.by_id(officer))
          for (const auto& stay : person->departments) prohibited |= out_->layer(stay.department).prohibited;
      draft.grant.categories.for_each([&](CategoryId id) {
        if (prohibited.contains(id)) return;
        fail(draft.line,
             fmt::format("the grant for case '{}' lifts nothing for category '{}', which is not prohibited for "
                         "its officers",
                         draft.grant.case_number, taxonomy_.find(id)->name));
      });
    }
  }

  template <class Number>
  void give(NameKind kind, std::string_view name, Number& id) {
    const auto number = names_.intern(kind, name);
    if (number)
      id.value = *number;
    else
      fail(0, fmt::format("the name '{}' cannot be kept: {}", name, number.error().context));
  }

  void give_ids() {
    std::vector<QuotaId> quotas(file_.quotas.size());
    for (std::size_t i = 0; i < quotas.size(); ++i) {
      give(NameKind::Quota, file_.quotas[i].quota.name, quotas[i]);
      for (auto& layer : out_->layers) layer.quotas[i].id = quotas[i];
    }
    for (std::uint32_t i = 0; i < out_->rules.size(); ++i) {
      Rule& rule = out_->rules[i];
      give(NameKind::Rule, rule.name, rule.id);
      out_->compiled[i].id = rule.id;
      if (out_->compiled[i].has_quota) rule.quota = quotas[out_->compiled[i].quota];
      out_->rules_by_id.push_back(i);
    }
    std::ranges::sort(out_->rules_by_id, {}, [this](std::uint32_t i) { return out_->rules[i].id; });
    for (auto& draft : file_.grants) {
      draft.grant.name = grant_name(draft.grant);
      give(NameKind::Grant, draft.grant.name, draft.grant.id);
    }
  }

  PolicyFile& file_;
  const categories::Taxonomy& taxonomy_;
  const Directory& people_;
  NameSource& names_;
  Problems& problems_;
  std::unique_ptr<Rulebook::Impl> out_ = std::make_unique<Rulebook::Impl>();
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Rulebook::Impl> compile(PolicyFile& file, const categories::Taxonomy& taxonomy, const Directory& people,
                                        NameSource& names, Problems& problems) {
  return Compiler(file, taxonomy, people, names, problems).run();
}

}  // namespace citygate::policy
