// acknowledgement.h - a text that people must have read and agreed to before they use the web, or see what others did.
//
//   [acknowledgement]                         # missing: nothing is asked
//   title = "Use of the internet"
//   text = """..."""                          # what the portal shows, to the letter
//   clause = "S2(P)"
//   renew_days = 365                          # how long a word holds, 1 to 3660; again at once when the text changes
//   [acknowledgement.guests]
//   text = """..."""                          # what guests agree to as well
//   [acknowledgement.access]                  # of those who may see what others did; title, text, clause, renew_days
//   [department.acknowledgement]              # text: what its people agree to as well; renew_days: sooner than the city's
//
// A person is shown one text: the city's, then the department's, then for a guest the guests', with an empty line between.
// Its version is the beginning of the SHA-256 of just that, so `sha256sum` over a printed text tells which one it is.
// Devices stand for nobody and acknowledge nothing.
// Immutable once read. Thread: any. The parts are shared: 2,000 departments do not copy the city's text.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"

namespace citygate::policy {

inline constexpr std::chrono::days kRenew{365};

struct Acknowledgement {
  TextVersion version;
  std::string sha256;  // hex, of text()
  std::string title, clause;
  std::chrono::days renew = kRenew;
  std::vector<std::shared_ptr<const std::string>> parts;

  [[nodiscard]] std::string text() const;
};

// Of these parts: the text's hash and version are found.
[[nodiscard]] Acknowledgement make_acknowledgement(std::string title, std::string clause, std::chrono::days renew,
                                                   std::vector<std::shared_ptr<const std::string>> parts);

}  // namespace citygate::policy
