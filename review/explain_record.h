// explain_record.h - why an exchange of the past was decided as it was, from its record alone.
//
// What the record does not hold (titles, texts of lines) is taken from what is loaded now, and said to be so when
// policy or lists have changed since. Sealed    of a sealed record nothing is said but that it is sealed. Thread    any
// but a worker.
#pragma once

#include <string>

#include "base/name_source.h"
#include "base/record.h"
#include "base/result.h"
#include "records/store.h"
#include "review/explain.h"

namespace citygate::review {

// For a terminal, at most 96 columns wide.
[[nodiscard]] std::string explain_record(const Sources& sources, const NameSource& names, const Record& record);

// The same for an id. NotFound when there is no such record; of a sealed one the text says that it is sealed.
[[nodiscard]] Result<std::string> explain_record(const Sources& sources, records::Store& store, RecordId id);

}  // namespace citygate::review
