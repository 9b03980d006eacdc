#include "policy/acknowledgement.h"

#include "base/hex.h"
#include "policy/digest.h"

namespace citygate::policy {

std::string Acknowledgement::text() const {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += out.ends_with('\n') ? "\n" : "\n\n";
    out += *part;
  }
  return out;
}

Acknowledgement make_acknowledgement(std::string title, std::string clause, std::chrono::days renew,
                                     std::vector<std::shared_ptr<const std::string>> parts) {
  Acknowledgement out{{}, {}, std::move(title), std::move(clause), renew, std::move(parts)};
  const Digest digest = sha256_of(out.text());
  out.version = TextVersion{first_eight(digest)};
  out.sha256 = to_hex(digest);
  return out;
}

}  // namespace citygate::policy
