// self_signed.h - makes a certificate that nobody has vouched for, so that a first try speaks TLS at once.
//
// Browsers warn of it until the city gives it to its machines, or puts one of its own CA in its place.
// Cost      a few milliseconds. Errors: Storage with the path; Bug with what OpenSSL said.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/result.h"
#include "proxy/tls/tls_context.h"

namespace citygate::proxy {

// Writes both files anew: an EC key (P-256) that its owner alone can read, and a certificate for 825 days, the most
// that every system takes.
[[nodiscard]] Result<void> make_self_signed(const CertificateFiles& files, const std::vector<std::string>& names,
                                            const std::vector<IpAddress>& addresses, WallTime now);
// Whether the certificate there is a self-signed one for all of these and holds for 30 days more.
[[nodiscard]] bool self_signed_serves(const CertificateFiles& files, const std::vector<std::string>& names,
                                      const std::vector<IpAddress>& addresses, WallTime now);

}  // namespace citygate::proxy
