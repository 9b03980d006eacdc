// people_file.h - reads the people file (form: directory.h) into plain values.
//
// Only what one entry says by itself is looked at here; whether names lead anywhere and who meets whom is
// people_check.h's, for all sources alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/document.h"
#include "base/local_time.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

// Nothing when the text is not TOML. Otherwise all that could be read; what could not is in `problems`.
// Without a zone a date is a problem: nobody could say when its day begins.
[[nodiscard]] std::optional<PeopleValues> parse_people(std::string_view text, std::string file, const Zone* zone,
                                                       Problems& problems);
// "" when fine, else what is wrong with it: names that an existing directory service may have given, but no spaces and
// no ':', where Basic credentials end a name.
[[nodiscard]] std::string_view wrong_person_name(std::string_view name);
// Whether it has the form of an argon2id hash.
[[nodiscard]] bool is_password_hash(std::string_view text);

}  // namespace citygate::policy
