#include "categories/waiting.h"

#include <algorithm>

#include "categories/sealed_json.h"

namespace citygate::categories {
namespace {

constexpr int kFormat = 1;

template <class Named>
void put_by_name(std::vector<Named>& all, Named one) {
  const auto at = std::ranges::lower_bound(all, one.name, {}, &Named::name);
  if (at != all.end() && at->name == one.name)
    *at = std::move(one);
  else
    all.insert(at, std::move(one));
}

}  // namespace

Result<Waiting> Waiting::read(const std::filesystem::path& file) {
  auto found = open_sealed_json(file, kFormat, [](const Json& json) {
    Waiting out;
    if (json.is_null()) return out;
    for (const auto& one : json.at("versions"))
      out.versions.push_back({one.at("name"), one.at("id"), one.at("version"), one.at("since"), one.at("why")});
    for (const auto& one : json.at("held")) out.held.push_back({one.at("name"), one.at("since"), one.at("why")});
    if (const auto gone = json.find("dropped"); gone != json.end())  // none in files of older programs
      for (const auto& one : *gone) out.dropped.push_back(one.get<std::string>());
    return out;
  });
  if (!found && found.error().kind == Error::Kind::NotFound) return Waiting();
  return found;
}

Result<void> Waiting::write(const std::filesystem::path& file) const {
  Json all = Json::array(), back = Json::array();
  for (const auto& one : versions)
    all.push_back(
        {{"name", one.name}, {"id", one.id}, {"version", one.version}, {"since", one.since}, {"why", one.why}});
  for (const auto& one : held) back.push_back({{"name", one.name}, {"since", one.since}, {"why", one.why}});
  return replace_file(
      file, seal_json({{"versions", std::move(all)}, {"held", std::move(back)}, {"dropped", dropped}}, kFormat));
}

const Waiting::Version* Waiting::find(std::string_view name) const {
  const auto at = std::ranges::find(versions, name, &Version::name);
  return at == versions.end() ? nullptr : &*at;
}

bool Waiting::holds(std::string_view name) const { return std::ranges::find(held, name, &Held::name) != held.end(); }

bool Waiting::decided(std::string_view name) const {
  return find(name) || std::ranges::find(dropped, name) != dropped.end();
}

void Waiting::put(Version version) {
  std::erase(dropped, version.name);
  put_by_name(versions, std::move(version));
}
void Waiting::hold(Held one) { put_by_name(held, std::move(one)); }

void Waiting::drop(std::string_view name) {
  std::erase_if(versions, [name](const Version& one) { return one.name == name; });
  const auto at = std::ranges::lower_bound(dropped, name);
  if (at == dropped.end() || *at != name) dropped.insert(at, std::string(name));
}

void Waiting::release(std::string_view name) {
  std::erase(dropped, name);
  std::erase_if(versions, [name](const Version& one) { return one.name == name; });
  std::erase_if(held, [name](const Held& one) { return one.name == name; });
}

}  // namespace citygate::categories
