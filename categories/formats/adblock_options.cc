#include "categories/formats/adblock_options.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

using Words = std::string_view;

// Leave the meaning as it stands for a whole host or URL.
constexpr std::array<Words, 5> kHarmless{"all", "document", "doc", "_", "match-case"};
constexpr std::array<Words, 33> kKinds{"script",
                                       "image",
                                       "stylesheet",
                                       "css",
                                       "object",
                                       "xmlhttprequest",
                                       "xhr",
                                       "subdocument",
                                       "frame",
                                       "ping",
                                       "beacon",
                                       "media",
                                       "font",
                                       "other",
                                       "websocket",
                                       "webrtc",
                                       "popup",
                                       "popunder",
                                       "inline-script",
                                       "inline-font",
                                       "object-subrequest",
                                       "background",
                                       "third-party",
                                       "3p",
                                       "first-party",
                                       "1p",
                                       "strict3p",
                                       "strict1p",
                                       "strict-third-party",
                                       "strict-first-party",
                                       "genericblock",
                                       "ghide",
                                       "popups"};
constexpr std::array<Words, 11> kCosmetic{"elemhide", "ehide",   "generichide", "specifichide", "shide", "jsinject",
                                          "urlblock", "content", "extension",   "stealth",      "cname"};
constexpr std::array<Words, 6> kSites{"domain", "from", "to", "denyallow", "app", "sitekey"};
constexpr std::array<Words, 7> kClients{"client", "ctag", "dnstype", "method", "network", "ipaddress", "header"};

template <std::size_t N>
bool among(const std::array<Words, N>& words, Words word) {
  return std::ranges::find(words, word) != words.end();
}

// Answers that lead nowhere: the name is refused.
bool refuses(Words answer) {
  if (const auto last = answer.rfind(';'); last != Words::npos) {
    // "NOERROR;A;0.0.0.0"
    const Words value = answer.substr(last + 1);
    if (value.empty()) return true;
    answer = value;
  }
  for (Words code : {"NXDOMAIN", "REFUSED", "SERVFAIL", "NOERROR"})
    if (same_letters(answer, code)) return true;
  const auto address = IpAddress::parse(answer);
  return address && leads_nowhere(*address);
}

Words trouble(Words option, bool exception) {
  const auto equals = option.find('=');
  Words name = option.substr(0, equals);
  const Words value = equals == Words::npos ? Words() : option.substr(equals + 1);
  const bool negated = name.starts_with('~');
  if (negated) name.remove_prefix(1);
  if (!negated && among(kHarmless, name)) return {};
  if (name == "dnsrewrite" && !exception) {
    if (!value.empty() && refuses(value)) return {};
    return "has $dnsrewrite: it gives another answer instead of refusing";
  }
  if (name == "denyallow") return "has $denyallow, which leaves some names out";
  if (among(kSites, name)) return "has $domain or the like: it holds on some sites only";
  if (among(kKinds, name) || among(kHarmless, name))
    return "has $script, $third-party or the like: it holds for some of the requests of a page only";
  if (among(kCosmetic, name)) return "has $elemhide or the like: it is about parts of pages";
  if (among(kClients, name)) return "has $client, $dnstype or the like: it holds for some clients or questions only";
  return "has $redirect, $removeparam or another option that changes what a page gets";
}

}  // namespace

AdblockOptions read_adblock_options(std::string_view options, bool exception) {
  AdblockOptions out;
  while (!options.empty()) {
    const auto comma = options.find(',');
    const std::string_view option = trim(options.substr(0, comma));
    options = comma == std::string_view::npos ? std::string_view() : options.substr(comma + 1);
    if (option == "badfilter")
      out.cancels = true;
    else if (option == "important")
      out.important = true;
    else if (out.unusable.empty())
      out.unusable = trouble(option, exception);
  }
  return out;
}

std::string without_badfilter(std::string_view line) {
  constexpr std::string_view kWord = "badfilter";
  const auto at = line.rfind(kWord);
  if (at == std::string_view::npos) return std::string(line);
  std::string_view before = line.substr(0, at), after = line.substr(at + kWord.size());
  if (after.starts_with(',')) {
    after.remove_prefix(1);
  } else {
    before.remove_suffix(1);  // the ',' before it, or the '$' when it stood alone
  }
  return std::string(before) + std::string(after);
}

}  // namespace citygate::categories
