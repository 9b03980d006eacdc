// safe_search.h - search engines and video sites that offer safe results under a name of their own.
//
//   the client asks for   www.google.de          and goes on asking for it: TLS, Host and address bar stay
//   what is dialled       forcesafesearch.google.com
//
// Each engine documents such a name for the resolvers of schools and companies, to be answered in the place of its usual
// ones. So nothing of a tunnel needs to be opened, and whoever is signed in there cannot switch it off.
// A value of two bytes. Pure; no allocation. Cost: a comparison where nothing is wanted, else a search of 40 names.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace citygate::policy {

enum class Engine : std::uint8_t {
  Google,
  Bing,
  DuckDuckGo,
  Brave,
  Ecosia,
  Qwant,
  Yandex,
  Pixabay,
  YoutubeModerate,
  YoutubeStrict,
};

// The words of the policy file, in the order of Engine: "google" ... "youtube-strict".
[[nodiscard]] std::span<const std::string_view> engine_words();
[[nodiscard]] std::string_view to_string(Engine engine);
[[nodiscard]] std::optional<Engine> parse_engine(std::string_view word);

// The engines that are to be safe. YouTube is one site with two measures, of which the stricter one holds.
class SafeSearch {
 public:
  constexpr void add(Engine engine) { bits_ |= bit(engine); }
  [[nodiscard]] constexpr bool has(Engine engine) const { return (bits_ & bit(engine)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr SafeSearch& operator|=(SafeSearch other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr bool operator==(SafeSearch, SafeSearch) = default;

 private:
  static constexpr std::uint16_t bit(Engine engine) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(engine));
  }
  std::uint16_t bits_ = 0;
};

struct SafeName {
  Engine engine = Engine::Google;
  std::string_view dialled;  // a constant
};

// What is dialled for `host` (canonical); nothing where it is no engine's, or none of the wanted ones'.
[[nodiscard]] std::optional<SafeName> safe_name(std::string_view host, SafeSearch wanted) noexcept;

// What a plain request says besides, in the field YouTube-Restrict: "Strict", "Moderate", or nothing.
[[nodiscard]] std::string_view youtube_restrict(Engine engine) noexcept;

}  // namespace citygate::policy
