#include "proxy/parents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "base/file.h"
#include "base/target.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kDirect = "direct", kDefault = "default";
constexpr std::size_t kMostHops = 16;
constexpr std::size_t kMostCredentials = 1024;

std::unexpected<Error> wrong(std::string_view table, std::string_view key, std::string_view what) {
  return fail(Error::Kind::Malformed, fmt::format("[{}]: {} {}", table, key, what));
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends with a NUL
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// "name:password" in one line, in a file that not everybody reads.
Result<std::string> read_credentials(const std::string& path, std::string_view parent) {
  const auto refuse = [&](std::string_view what) {
    return wrong("parents", parent, fmt::format("names the credentials {}, {}", path, what));
  };
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat found{};
  if (!file || ::fstat(file.get(), &found) != 0) return refuse("which cannot be read; name a file");
  if (!S_ISREG(found.st_mode)) return refuse("which is no file");
  if ((found.st_mode & S_IROTH) != 0) return refuse("which everybody may read: chmod o-r");
  std::string text(kMostCredentials + 1, '\0');
  const ssize_t got = ::read(file.get(), text.data(), text.size());
  if (got < 0) return refuse("which cannot be read");
  if (static_cast<std::size_t>(got) > kMostCredentials) return refuse("which is longer than a name and a password");
  text.resize(static_cast<std::size_t>(got));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return refuse("which must be one line: name:password");
  if (text.find(':') == std::string::npos || text.starts_with(':')) return refuse("which must be: name:password");
  return text;
}

Result<void> read_word(const std::string& word, Parent& parent) {
  const auto space = word.find(' ');
  const std::string_view key = std::string_view(word).substr(0, space);
  const std::string value = space == std::string::npos ? "" : word.substr(word.find_first_not_of(' ', space));
  if (key == "credentials" && !value.empty()) {
    CG_TRY(credentials, read_credentials(value, parent.name));
    parent.authorization = "Basic " + base64(credentials);
    return {};
  }
  if (key == "proxy-protocol" && (value == "v1" || value == "v2")) {
    parent.proxy_protocol = value == "v1" ? ProxyHeader::Version::One : ProxyHeader::Version::Two;
    return {};
  }
  return wrong("parents", parent.name,
               fmt::format("has the word '{}'; there are 'credentials FILE', 'proxy-protocol v1' and 'proxy-protocol "
                           "v2'",
                           word));
}

Result<std::unique_ptr<Parent>> read_parent(const std::string& name, const TextList& words) {
  auto parent = std::make_unique<Parent>(Parent{.name = name, .pool_key = "parent " + name, .host = {}});
  if (name == kDirect || name == kDefault) return wrong("parents", name, "is a word of [routes] and names no parent");
  constexpr std::string_view kAddress = "must begin with its address, \"proxy.example:3128\" or \"[2001:db8::1]:3128\"";
  if (words.empty()) return wrong("parents", name, kAddress);
  std::optional<IpAddress> address;
  // No port is refused: 0 is none.
  if (!parse_host_port(words.front(), 0, parent->host, address, parent->port) || parent->port == 0)
    return wrong("parents", name, kAddress);
  // A reload may give the name to another machine, which is not the one that idle connections lead to.
  parent->pool_key.append(" at ").append(parent->host);
  for (std::size_t i = 1; i < words.size(); ++i) CG_TRY_VOID(read_word(words[i], *parent));
  return parent;
}

}  // namespace

Result<std::shared_ptr<const Parents>> Parents::create(const TextTable& parents, const TextTable& routes) {
  if (parents.empty() && routes.empty()) return nullptr;
  auto out = std::make_shared<Parents>();
  for (const auto& [name, words] : parents) {
    CG_TRY(parent, read_parent(name, words));
    out->parents_.emplace(name, std::move(parent));
  }
  std::set<std::string_view> used;
  for (const auto& [host, hops] : routes) {
    Way way;
    for (const std::string& hop : hops) {
      const auto found = out->parents_.find(hop);
      if (hop != kDirect && found == out->parents_.end())
        return wrong("routes", host,
                     fmt::format("leads through '{}', which is neither in [parents] nor 'direct'", hop));
      way.push_back(hop == kDirect ? nullptr : found->second.get());
      used.insert(hop);
    }
    if (way.empty() || way.size() > kMostHops)
      return wrong("routes", host, fmt::format("must name 1 to {} parents, or 'direct'", kMostHops));
    if (host == kDefault) {
      out->default_ = std::move(way);
      continue;
    }
    const bool below = host.starts_with("*.");
    const std::string name = canonical_host(below ? std::string_view(host).substr(2) : std::string_view(host));
    if (name.empty()) return wrong("routes", host, "is no host name, \"*.name\" or \"default\"");
    if (!(below ? out->below_ : out->exact_).emplace(name, std::move(way)).second)
      return wrong("routes", host, "is named twice");
  }
  for (const auto& [name, words] : parents)
    if (!used.contains(name)) return wrong("parents", name, "is used by no route; name it in [routes]");
  return out;
}

const Parents::Way& Parents::way_to(std::string_view host) const {
  if (const auto found = exact_.find(host); found != exact_.end()) return found->second;
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1))
    if (const auto found = below_.find(host.substr(dot + 1)); found != below_.end()) return found->second;
  return default_;
}

void Hops::begin(std::shared_ptr<const Parents> parents, std::string_view host, const ParentHealth& health,
                 MonoTime now) {
  parents_ = std::move(parents);
  parent_ = nullptr;
  tried_ = 0;
  through_parents_ = false;
  way_ = parents_ ? &parents_->way_to(host) : nullptr;
  if (way_) static_cast<void>(next(health, now));  // a way is never empty
}

bool Hops::next(const ParentHealth& health, MonoTime now) {
  if (!way_) return false;
  for (const bool also_down : {false, true})
    for (std::size_t i = 0; i < way_->size(); ++i) {
      const Parent* hop = (*way_)[i];
      if ((tried_ >> i & 1) != 0 || (hop && !also_down && health.is_down(*hop, now))) continue;
      tried_ |= std::uint32_t{1} << i;
      parent_ = hop;
      through_parents_ = through_parents_ || hop;
      return true;
    }
  return false;
}

}  // namespace citygate::proxy
