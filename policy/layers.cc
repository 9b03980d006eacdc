#include "policy/layers.h"

#include <fmt/format.h>

namespace citygate::policy {
namespace {

constexpr int kActions = static_cast<int>(Action::Hold) + 1;

void sort_by_action(Layer& layer, CategoryId category, Action action) {
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

void put(CategorySet& set, CategoryId category, bool member) {
  if (member)
    set.insert(category);
  else
    set.erase(category);
}

class LayerBuilder {
 public:
  LayerBuilder(const PolicyFile& file, const categories::Taxonomy& taxonomy, Rulebook::Impl& out)
      : file_(file), taxonomy_(taxonomy), out_(out) {}

  // What there is too much of; "": nothing.
  std::string_view run() {
    add_rules(file_.layer, nullptr);
    std::vector<std::size_t> first_rules;
    for (const auto& supplement : file_.supplements) {
      first_rules.push_back(out_.rules.size());
      add_rules(supplement.layer, &supplement);
    }
    defaults_ = out_.compiled.size();
    if (defaults_ + kActions > UINT16_MAX) return "there are more than 65,000 rules";
    if (file_.quotas.size() > UINT16_MAX) return "there are more than 65,000 quotas";
    for (int action = 0; action < kActions; ++action) {
      CompiledRule rule;
      rule.action = static_cast<Action>(action);
      rule.order = static_cast<std::uint16_t>(out_.compiled.size());
      out_.compiled.push_back(rule);
    }
    add_city();
    for (std::size_t i = 0; i < file_.supplements.size(); ++i) add_department(file_.supplements[i], first_rules[i]);
    if (out_.compiled.size() > UINT16_MAX)
      return "there are more than 65,000 rules, counting each rule of the city's once for each department that has its "
             "own hours for a window of it";
    if (out_.layers.size() > UINT16_MAX) return "there are more than 65,000 departments";
    return {};
  }

 private:
  std::pair<std::uint32_t, std::uint32_t> add_spans(const std::vector<WeekSpan>& spans) {
    const auto first = static_cast<std::uint32_t>(out_.spans.size());
    out_.spans.insert(out_.spans.end(), spans.begin(), spans.end());
    return {first, static_cast<std::uint32_t>(spans.size())};
  }

  // `supplement` is null for the city's layer.
  void add_rules(const LayerDraft& layer, const SupplementDraft* supplement) {
    for (const auto& draft : layer.rules) {
      Rule rule = draft.rule;
      if (supplement) {
        rule.department = supplement->department->id;
        rule.name = supplement->department->name + "/" + rule.name;
      }
      CompiledRule compiled;
      compiled.action = rule.action;
      compiled.has_quota = draft.quota.has_value();
      compiled.soft_edge = rule.soft_edge;
      compiled.quota = static_cast<std::uint16_t>(draft.quota.value_or(0));
      compiled.order = static_cast<std::uint16_t>(out_.compiled.size());
      compiled.upload_limit = rule.upload_limit;
      std::tie(compiled.first_span, compiled.spans) =
          add_spans(supplement ? spans_of(rule.windows, file_, supplement) : draft.spans);
      out_.rules.push_back(std::move(rule));
      out_.compiled.push_back(compiled);
    }
  }

  void name_rule(Layer& layer, CategoryId category, std::size_t index) const {
    const CompiledRule& rule = out_.compiled[index];
    layer.rule_of[category.value] = static_cast<std::uint16_t>(index);
    sort_by_action(layer, category, rule.action);
    put(layer.personal, category, rule.action == Action::Personal);
    const bool nature = out_.streaming.contains(category);
    put(layer.streams, category,
        rule.action == Action::Streaming ||
            (nature && (rule.action == Action::Personal || rule.action == Action::Block)));
    put(layer.uploads, category, rule.upload_limit != UINT64_MAX);
  }

  void lay_over(Layer& layer, const LayerDraft& draft, std::size_t first_rule) const {
    for (const auto& [category, index] : draft.rule_of) name_rule(layer, category, first_rule + index);
  }

  void add_city() {
    Layer city;
    for (const auto& category : taxonomy_.all())
      name_rule(city, category.id, defaults_ + static_cast<std::size_t>(default_action(category.group)));
    lay_over(city, file_.layer, 0);
    city.quotas = std::make_shared<std::vector<Quota>>();
    for (const auto& draft : file_.quotas) city.quotas->push_back(draft.quota);
    city.safe_search = file_.safe_search;
    if (file_.acknowledgement) ask(city, "", file_.acknowledgement->renew);
    if (file_.devices) set_devices(city, *file_.devices, nullptr);
    if (file_.excessive) set_excessive(city, *file_.excessive);
    out_.layers.push_back(std::move(city));
  }

  void add_department(const SupplementDraft& supplement, std::size_t first_rule) {
    Layer layer = out_.layers.front();
    if (!supplement.windows.empty()) shift_hours(layer, supplement);
    lay_over(layer, supplement.layer, first_rule);
    layer.safe_search |= supplement.safe_search;
    limit(layer, supplement);
    if (const auto& own = supplement.acknowledgement)
      ask(layer, own->text,
          own->renew              ? own->renew
          : file_.acknowledgement ? file_.acknowledgement->renew
                                  : own->renew);
    if (supplement.devices) {
      DevicesDraft devices = *supplement.devices;
      if (file_.devices) devices.devices.city_networks = file_.devices->devices.city_networks;
      if (devices.devices.clause.empty() && file_.devices) devices.devices.clause = file_.devices->devices.clause;
      set_devices(layer, devices, &supplement);
    } else if (file_.devices && !supplement.windows.empty()) {
      std::tie(layer.personal_devices.first_span, layer.personal_devices.spans) =
          add_spans(spans_of(file_.devices->devices.windows, file_, &supplement));
    }
    if (supplement.excessive) set_excessive(layer, *supplement.excessive);
    const std::size_t department = supplement.department->id.value;
    if (out_.layer_of.size() <= department) out_.layer_of.resize(department + 1);
    out_.layer_of[department] = static_cast<std::uint16_t>(out_.layers.size());
    out_.supplemented.push_back(supplement.department->id);
    out_.layers.push_back(std::move(layer));
  }

  // The city's rules whose windows have other hours there.
  void shift_hours(Layer& layer, const SupplementDraft& supplement) {
    for (const auto& [index, window] : supplement.windows)
      out_.own_windows.emplace(std::pair(supplement.department->id, static_cast<std::uint16_t>(index)),
                               Window{window.name, describe_spans(window.spans), false});
    for (std::size_t i = 0; i < file_.layer.rules.size(); ++i) {
      const Rule& rule = file_.layer.rules[i].rule;
      bool shifted = false;
      for (const auto window : rule.windows) shifted |= supplement.windows.contains(window);
      if (!shifted) continue;
      CompiledRule other = out_.compiled[i];
      std::tie(other.first_span, other.spans) = add_spans(spans_of(rule.windows, file_, &supplement));
      const std::size_t index = out_.compiled.size();
      out_.compiled.push_back(other);
      rule.categories.for_each([&](CategoryId category) { name_rule(layer, category, index); });
    }
  }

  void limit(Layer& layer, const SupplementDraft& supplement) const {
    if (supplement.overrides.empty()) return;
    layer.quotas = std::make_shared<std::vector<Quota>>(*layer.quotas);
    for (const auto& each : supplement.overrides) {
      Quota& quota = (*layer.quotas)[each.quota];
      quota.minutes_per_day = each.minutes_per_day.value_or(quota.minutes_per_day);
      quota.bytes_per_day = each.bytes_per_day.value_or(quota.bytes_per_day);
    }
  }

  AskedText keep(std::vector<std::shared_ptr<const std::string>> parts, std::chrono::days renew) {
    if (parts.empty()) return {};
    const auto* city = file_.acknowledgement ? &*file_.acknowledgement : nullptr;
    const auto index = static_cast<std::uint16_t>(out_.texts.size());
    out_.texts.push_back(
        make_acknowledgement(city ? city->title : "", city ? city->clause : "", renew, std::move(parts)));
    return {out_.texts.back().version, renew, index};
  }

  void ask(Layer& layer, const std::string& own, std::optional<std::chrono::days> renew) {
    const auto shared = [](const std::string& text) { return std::make_shared<const std::string>(text); };
    if (file_.acknowledgement && !city_text_) {
      city_text_ = shared(file_.acknowledgement->text);
      guests_text_ = shared(file_.acknowledgement->guests);
    }
    std::vector<std::shared_ptr<const std::string>> parts;
    if (city_text_ && !city_text_->empty()) parts.push_back(city_text_);
    if (!own.empty()) parts.push_back(shared(own));
    layer.asked_of_person = layer.asked_of_guest = keep(parts, renew.value_or(kRenew));
    if (!guests_text_ || guests_text_->empty()) return;
    parts.push_back(guests_text_);
    layer.asked_of_guest = keep(std::move(parts), renew.value_or(kRenew));
  }

  void set_devices(Layer& layer, const DevicesDraft& draft, const SupplementDraft* supplement) {
    layer.personal_devices.kind = draft.devices.allowed ? DeviceTerms::Kind::Allowed : DeviceTerms::Kind::Blocked;
    layer.personal_devices.table = static_cast<std::uint16_t>(out_.devices.size());
    std::tie(layer.personal_devices.first_span, layer.personal_devices.spans) =
        add_spans(spans_of(draft.devices.windows, file_, supplement));
    out_.devices.push_back(draft.devices);
  }

  void set_excessive(Layer& layer, const Excessive& excessive) {
    out_.thresholds.push_back(excessive);
    layer.excessive = static_cast<std::uint16_t>(out_.thresholds.size());
  }

  const PolicyFile& file_;
  const categories::Taxonomy& taxonomy_;
  Rulebook::Impl& out_;
  std::size_t defaults_ = 0;
  std::shared_ptr<const std::string> city_text_, guests_text_;
};

}  // namespace

bool build_layers(const PolicyFile& file, const categories::Taxonomy& taxonomy, Rulebook::Impl& out,
                  Problems& problems) {
  const auto too_much = LayerBuilder(file, taxonomy, out).run();
  if (!too_much.empty()) problems.add(file.file, 0, std::string(too_much));
  return too_much.empty();
}

}  // namespace citygate::policy
