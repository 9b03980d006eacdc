#include <fmt/format.h>

#include <algorithm>

#include "policy/layers.h"

namespace citygate::policy {
namespace {

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
    out_->streaming = taxonomy_.in_group(categories::Group::Streaming);
    for (const auto& window : file_.windows)
      out_->windows.push_back({window.name, describe_spans(window.spans), window.loosenable});
    for (const auto& document : file_.documents) out_->documents.push_back({document.tag, document.title});
    out_->record_access = std::move(file_.records);
    if (const auto& second = file_.access_agreement)
      out_->access_agreement = make_acknowledgement(second->title, second->clause, second->renew.value_or(kRenew),
                                                    {std::make_shared<const std::string>(second->text)});
    sanction();
    if (!build_layers(file_, taxonomy_, *out_, problems_)) return nullptr;
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

  void sanction() {
    std::map<std::string, WallTime> names;
    for (const auto& service : file_.sanctioned) {
      for (const auto& name : service.names) {
        WallTime& until = names.try_emplace(name, service.until).first->second;
        until = std::max(until, service.until);
      }
      for (const auto& range : service.ranges) out_->sanctioned_ranges.emplace_back(range, service.until);
    }
    out_->sanctioned_names.assign(names.begin(), names.end());
    out_->sanctioned = std::move(file_.sanctioned);
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

  // One number for each, 0 when they cannot be kept. All at once: what is new waits for the disk.
  template <class Entries, class NameOf>
  std::vector<std::uint32_t> numbers(NameKind kind, const Entries& entries, NameOf name_of) {
    std::vector<std::string_view> names;
    names.reserve(entries.size());
    for (const auto& each : entries) names.push_back(name_of(each));
    auto out = names_.intern_all(kind, names);
    if (out) return *std::move(out);
    fail(0, "the names of what it has cannot be kept: " + out.error().context);
    return std::vector<std::uint32_t>(entries.size());
  }

  void give_ids() {
    std::vector<QuotaId> quotas;
    for (const auto number :
         numbers(NameKind::Quota, file_.quotas, [](const auto& each) -> std::string_view { return each.quota.name; }))
      quotas.push_back(QuotaId{static_cast<decltype(QuotaId::value)>(number)});
    for (auto& layer : out_->layers)  // layers with the same limits share them; giving an id again changes nothing
      for (std::size_t i = 0; i < quotas.size(); ++i) (*layer.quotas)[i].id = quotas[i];
    const auto rules =
        numbers(NameKind::Rule, out_->rules, [](const auto& each) -> std::string_view { return each.name; });
    for (std::uint32_t i = 0; i < out_->rules.size(); ++i) {
      Rule& rule = out_->rules[i];
      rule.id.value = static_cast<decltype(rule.id.value)>(rules[i]);
      if (out_->compiled[i].has_quota) rule.quota = quotas[out_->compiled[i].quota];
      out_->rules_by_id.push_back(i);
    }
    for (auto& compiled : out_->compiled)
      if (compiled.order < out_->rules.size()) compiled.id = out_->rules[compiled.order].id;
    std::ranges::sort(out_->rules_by_id, {}, [this](std::uint32_t i) { return out_->rules[i].id; });
    for (auto& draft : file_.grants) draft.grant.name = grant_name(draft.grant);
    const auto grants =
        numbers(NameKind::Grant, file_.grants, [](const auto& each) -> std::string_view { return each.grant.name; });
    for (std::size_t i = 0; i < grants.size(); ++i) file_.grants[i].grant.id.value = grants[i];
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
