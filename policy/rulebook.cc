#include "policy/rulebook.h"

#include <algorithm>

#include "base/file.h"
#include "base/hex.h"
#include "policy/compiled.h"
#include "policy/digest.h"

namespace citygate::policy {

Rulebook::Rulebook() = default;
Rulebook::~Rulebook() = default;

Rulebook::Loaded Rulebook::parse(std::string_view text, std::string file, const categories::Taxonomy& taxonomy,
                                 const Directory& people, NameSource& names, Problems& problems) {
  const std::size_t before = problems.list().size();
  const auto root = parse_document(text, std::move(file), problems);
  if (!root) return {};
  PolicyFile policy = read_policy(*root, taxonomy, people, problems);
  if (problems.list().size() != before) return {};
  check_supplements(policy, taxonomy, problems);
  if (problems.list().size() != before) return {};
  auto impl = compile(policy, taxonomy, people, names, problems);
  if (!impl) return {};

  const Digest digest = sha256_of(text);
  impl->source_text = text;
  impl->sha256 = to_hex(digest);
  impl->version = PolicyVersion{first_eight(digest)};
  std::shared_ptr<Rulebook> rules(new Rulebook);
  rules->impl_ = std::move(impl);
  std::vector<Grant> grants;
  for (auto& draft : policy.grants) grants.push_back(std::move(draft.grant));
  return {std::move(rules), std::make_shared<const GrantBook>(std::move(grants))};
}

Rulebook::Loaded Rulebook::read(const std::filesystem::path& file, const categories::Taxonomy& taxonomy,
                                const Directory& people, NameSource& names, Problems& problems) {
  const auto text = read_file(file);
  if (!text) {
    problems.add(file.string(), 0, "cannot be read: " + text.error().context);
    return {};
  }
  return parse(*text, file.string(), taxonomy, people, names, problems);
}

const std::string& Rulebook::city() const noexcept { return impl_->city; }
const std::string& Rulebook::contact() const noexcept { return impl_->contact; }
const Zone& Rulebook::zone() const noexcept { return *impl_->zone; }
const std::vector<Rule>& Rulebook::rules() const noexcept { return impl_->rules; }
const std::vector<Window>& Rulebook::windows() const noexcept { return impl_->windows; }
const std::vector<SanctionedService>& Rulebook::sanctioned() const noexcept { return impl_->sanctioned; }
const std::vector<Rulebook::Document>& Rulebook::documents() const noexcept { return impl_->documents; }
const std::vector<DepartmentId>& Rulebook::supplemented() const noexcept { return impl_->supplemented; }
const std::string& Rulebook::source_text() const noexcept { return impl_->source_text; }
const std::string& Rulebook::sha256() const noexcept { return impl_->sha256; }
PolicyVersion Rulebook::version() const noexcept { return impl_->version; }

const Rule* Rulebook::rule(RuleId id) const noexcept {
  const auto key = [this](std::uint32_t i) { return impl_->rules[i].id; };
  const auto found = std::ranges::lower_bound(impl_->rules_by_id, id, {}, key);
  return found != impl_->rules_by_id.end() && key(*found) == id ? &impl_->rules[*found] : nullptr;
}

Rulebook::Effective Rulebook::effective(CategoryId category, DepartmentId department) const noexcept {
  if (category.value >= kMaxCategories || !impl_->known.contains(category)) return {};
  const CompiledRule& rule = impl_->compiled[impl_->layer(department).rule_of[category.value]];
  return {rule.action, rule.order < impl_->rules.size() ? &impl_->rules[rule.order] : nullptr};
}

const ApprovalChain* Rulebook::approval(GrantKind kind, DepartmentId department) const noexcept {
  return impl_->approvals.of(kind, department);
}

const Window& Rulebook::window(std::uint16_t index, DepartmentId department) const noexcept {
  const auto own = impl_->own_windows.find({department, index});
  return own != impl_->own_windows.end() ? own->second : impl_->windows[index];
}

const Acknowledgement* Rulebook::acknowledgement(DepartmentId department, Subject::Kind kind) const noexcept {
  if (kind == Subject::Kind::Device) return nullptr;
  const Layer& layer = impl_->layer(department);
  const AskedText& asked = kind == Subject::Kind::Guest ? layer.asked_of_guest : layer.asked_of_person;
  return asked.version ? &impl_->texts[asked.text] : nullptr;
}

const Acknowledgement* Rulebook::access_agreement() const noexcept {
  return impl_->access_agreement ? &*impl_->access_agreement : nullptr;
}

const RecordAccess* Rulebook::record_access() const noexcept {
  return impl_->record_access ? &*impl_->record_access : nullptr;
}

const PersonalDevices* Rulebook::personal_devices(DepartmentId department) const noexcept {
  const DeviceTerms& terms = impl_->layer(department).personal_devices;
  return terms.kind == DeviceTerms::Kind::Alike ? nullptr : &impl_->devices[terms.table];
}

const Excessive* Rulebook::excessive(DepartmentId department) const noexcept {
  const std::size_t index = impl_->layer(department).excessive;
  return index > 0 ? &impl_->thresholds[index - 1] : nullptr;
}

SafeSearch Rulebook::safe_search(DepartmentId department) const noexcept {
  return impl_->layer(department).safe_search;
}

const Quota* Rulebook::quota(QuotaId id, DepartmentId department) const noexcept {
  const auto& quotas = *impl_->layer(department).quotas;
  const auto found = std::ranges::find(quotas, id, &Quota::id);
  return id && found != quotas.end() ? &*found : nullptr;
}

std::vector<Quota> Rulebook::quotas(DepartmentId department) const { return *impl_->layer(department).quotas; }

}  // namespace citygate::policy
