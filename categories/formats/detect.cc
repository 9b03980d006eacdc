// Which format a file is in, from how its first lines look. Only lines that are of one format alone have a say.
#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {

LineFormat detect_format(std::string_view sample) {
  int hosts = 0, adblock = 0, resolver = 0, plain = 0;
  for (int seen = 0; !sample.empty() && seen < 2000; ++seen) {
    const auto end = sample.find('\n');
    const std::string_view line = trim(sample.substr(0, end));
    sample = end == std::string_view::npos ? std::string_view() : sample.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    const auto blank = line.find_first_of(" \t");
    if (line.front() == '!' || line.front() == '[' || line.starts_with("||") || line.starts_with("@@") ||
        line.find("##") != std::string_view::npos) {
      ++adblock;
    } else if (line.starts_with("address=/") || line.starts_with("server=/") || line.starts_with("local=/") ||
               line.starts_with("local-zone:")) {
      ++resolver;
    } else if (blank != std::string_view::npos && IpAddress::parse(line.substr(0, line.find_first_of(" \t%")))) {
      ++hosts;
    } else {
      ++plain;
    }
  }
  if (adblock > hosts && adblock > resolver && adblock > plain) return LineFormat::Adblock;
  if (resolver > hosts && resolver > plain) return LineFormat::Resolver;
  return hosts > plain ? LineFormat::Hosts : LineFormat::Domains;
}

}  // namespace citygate::categories
