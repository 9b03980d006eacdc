// data_files.h - the data collection of the tests: compressed JSON lines and tar archives.
//
// Errors    nothing where the file is missing (the test then skips); a damaged file ends the test program.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citygate::test {

// Members of one JSON object: strings as they are, everything else as JSON text ("null", "true", "12"). Names that end
// in _latin1 hold bytes.
using Row = std::map<std::string, std::string>;

// `path` is relative to the collection: "conformance/http1/llhttp-cases.jsonl.zst".
[[nodiscard]] std::optional<std::vector<Row>> json_lines(std::string_view path);

// Calls `visit(name, contents)` for every regular file of the archive. False where it is missing.
bool for_each_file(std::string_view path,
                   const std::function<void(const std::string& name, const std::string& contents)>& visit);

}  // namespace citygate::test
