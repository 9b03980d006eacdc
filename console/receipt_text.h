// receipt_text.h - who has acknowledged the policy, and the receipts that go to the personnel file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "base/local_time.h"
#include "policy/registrar.h"

namespace citygate::console {

// How many of those looked at have acknowledged what they have to.
class Acknowledged {
 public:
  enum class State : std::uint8_t {
    NotAsked,  // the policy has no text for this person
    Never,
    EarlierText,  // the text is another one now
    RunOut,       // too long ago
    Current,
  };
  struct Word {
    State state = State::NotAsked;
    WallTime at{};  // of the last acknowledgement; 0: there is none
    TextVersion text;
  };
  void add(State state) { ++of_[static_cast<std::size_t>(state)]; }
  // "12 of 15 have acknowledged the text as it is now: 2 never did, 1 an earlier text, 0 too long ago".
  [[nodiscard]] std::string words() const;

 private:
  std::uint64_t of_[5] = {};
};

[[nodiscard]] std::string_view to_string(Acknowledged::State state);  // "current", "earlier-text" ...
[[nodiscard]] Acknowledged::Word word_of(const policy::Registrar::State& state, const policy::Person& person,
                                         WallTime now);
[[nodiscard]] std::string word_json(const policy::Person& person, std::string_view department,
                                    const Acknowledged::Word& word);

struct Receipt {
  Act act;
  std::string text{};   // "" where it was not kept
  std::string chain{};  // hash of the journal up to this act, hex
};
[[nodiscard]] std::vector<std::string> receipt_lines(const Receipt& receipt, const std::string& title,
                                                     const std::string& city, const Zone& zone);
[[nodiscard]] std::string receipt_json(const Receipt& receipt);

}  // namespace citygate::console
