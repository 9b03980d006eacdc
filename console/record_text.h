// record_text.h - a record as one line for a person, or as one line of JSON.
//
// The query is never there to be shown; that there was one is. Sealed records do not get here: the store shows none.
// Bytes of host and path that are not printable ASCII are shown percent-encoded, so that no terminal obeys them.
#pragma once

#include <string>

#include "base/local_time.h"
#include "base/name_source.h"
#include "base/record.h"

namespace citygate::console {

[[nodiscard]] std::string record_line(const Record& record, const NameSource& names, const Zone& zone);
[[nodiscard]] std::string record_json(const Record& record, const NameSource& names);

// "http://host:8080/path?...", "tunnel://host:443".
[[nodiscard]] std::string record_url(const Record& record);

}  // namespace citygate::console
