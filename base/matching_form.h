// matching_form.h - a path or query in the form that lists are matched against.
//
//   canonical   /games%2Fcasino%3Bx//live        ?q=%63ash%26carry+%e2%82%ac
//   matching    /games/casino;x/live             ?q=cash%26carry+%E2%82%AC
//
// A canonical path (base/target.h) keeps apart what RFC 3986 lets a server keep apart. Many servers do not: nginx reads "%2F" as
// '/' and merges "//", IIS takes '\' for '/', all decode "%3B". An entry would be walked around by the spelling that its
// origin folds, so entries and requests are folded in the same way, to the reading that falls under more entries:
//   path    every byte has one spelling: printable ASCII as itself, all else as %XX in upper case; '\', "%2F" and "%5C" are
//           '/', and runs of '/' are one, and "." segments that this uncovers
//           go. '%', '?' and '#' stay encoded. "%uXXXX" of what is not ASCII is that character, as http.sys reads it.
//   query   the same, but '&', '=', '+', '#' and '%' stay as they were sent: encoded they are text, plain they divide it.
//           Pairs of nothing go ("&&"), and so does '?' at the front ("/watch??v=1"). "%u" is text: escape() writes it there.
// Both are decoded once, as servers do: "%2563" stays, it is not "c". Fixed points: a matching form of a canonical path is
// its own, and so is one of a query.
//
// Thread    any; pure. Errors none. Cost one look at each byte; nothing is copied where nothing differs.
#pragma once

#include <string>
#include <string_view>

namespace citygate {

// `path` itself, or `scratch` where it differs. A folded path keeps the '/' at its end, if it has one.
[[nodiscard]] std::string_view matching_path(std::string_view path, std::string& scratch);
[[nodiscard]] std::string_view matching_query(std::string_view query, std::string& scratch);

// Of a path in matching form what Java containers see of it: "/a;x/b;y=1" without the ";x" and ";y=1" is "/a/b". To other
// servers they are part of the name, so this is a second reading beside the first. `path` itself where it has none.
[[nodiscard]] std::string_view without_parameters(std::string_view path, std::string& scratch);

}  // namespace citygate
