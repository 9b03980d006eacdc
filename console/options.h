// options.h - what a command can be given, said once: its client reads it from a command line, help prints it, and whoever
// carries the command out refuses all else.
#pragma once

#include <cstdint>
#include <string_view>

namespace citygate::console {

struct Option {
  enum class Form : std::uint8_t {
    Value,   // --name VALUE
    Flag,    // --name
    Place,   // VALUE, by its place
    Places,  // all that follow, with commas between them in the argument
    Sent,    // nobody types it: the program adds it
  };
  enum class File : std::uint8_t {
    None,
    Named,  // made absolute, since the gateway has a working directory of its own
    Own,    // read or written by the client, and not sent
  };

  std::string_view name;  // of the argument, too
  std::string_view type;  // what help calls the value
  std::string_view help;
  Form form = Form::Value;
  bool required = false;
  File file_of = File::None;

  static constexpr Option value(std::string_view name, std::string_view type, std::string_view help) {
    return {.name = name, .type = type, .help = help};
  }
  static constexpr Option needed(std::string_view name, std::string_view type, std::string_view help) {
    return {.name = name, .type = type, .help = help, .required = true};
  }
  static constexpr Option flag(std::string_view name, std::string_view help) {
    return {.name = name, .type = {}, .help = help, .form = Form::Flag};
  }
  static constexpr Option place(std::string_view name, std::string_view type, std::string_view help) {
    return {.name = name, .type = type, .help = help, .form = Form::Place, .required = true};
  }
  static constexpr Option places(std::string_view name, std::string_view type, std::string_view help) {
    return {.name = name, .type = type, .help = help, .form = Form::Places};
  }
  static constexpr Option sent(std::string_view name) {
    return {.name = name, .type = {}, .help = {}, .form = Form::Sent};
  }
  [[nodiscard]] constexpr Option file() const { return as(File::Named); }
  [[nodiscard]] constexpr Option own_file() const { return as(File::Own); }

 private:
  [[nodiscard]] constexpr Option as(File file) const {
    Option out = *this;
    out.file_of = file;
    return out;
  }
};

inline constexpr Option kJsonObject = Option::flag("json", "For programs: an object");
inline constexpr Option kJsonLines = Option::flag("json", "For programs: an object a line");
inline constexpr Option kJsonAct = Option::flag("json", "For programs: the act as an object");
inline constexpr Option kDoer =
    Option::value("by", "NAME", "Who does it: a person of the directory. Default: the user whose command it is");
// Of a look at what a named person did (record_access.h).
inline constexpr Option kLooker =
    Option::value("by", "NAME", "Who looks, where the policy says who may see what a named person did");
inline constexpr Option kLookReason = Option::value("reason", "TEXT", "Why; kept in the journal of acts");

}  // namespace citygate::console
