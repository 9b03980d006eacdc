#include "console/protocol.h"

#include <nlohmann/json.hpp>

namespace citygate::console {
namespace {

using nlohmann::json;

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::unexpected<Error> malformed(std::string text) { return fail(Error::Kind::Malformed, std::move(text)); }

constexpr std::string_view kRequestForm = R"(a request is one line: {"command": "status", "args": {"name": "text"}})";

}  // namespace

std::string encode(const Request& request) { return dump(json{{"command", request.command}, {"args", request.args}}); }

std::string encode(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::Out: return dump(json{{"out", reply.text}});
    case Reply::Kind::Err: return dump(json{{"err", reply.text}});
    case Reply::Kind::Progress: return dump(json{{"progress", reply.text}});
    case Reply::Kind::Exit: break;
  }
  return dump(json{{"exit", reply.exit}});
}

Result<Request> parse_request(std::string_view line) {
  const json root = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object()) return malformed("not a JSON object; " + std::string(kRequestForm));
  Request out;
  for (const auto& [key, value] : root.items()) {
    if (key == "command" && value.is_string()) {
      out.command = value.get<std::string>();
    } else if (key == "args" && value.is_object()) {
      for (const auto& [name, argument] : value.items()) {
        if (argument.is_string())
          out.args[name] = argument.get<std::string>();
        else if (argument.is_number() || argument.is_boolean())
          out.args[name] = argument.dump();
        else
          return malformed("argument '" + name + "' must be a text");
      }
    } else {
      return malformed("unknown or wrongly typed member '" + key + "'; " + std::string(kRequestForm));
    }
  }
  if (out.command.empty()) return malformed("no command; " + std::string(kRequestForm));
  return out;
}

Result<Reply> parse_reply(std::string_view line) {
  const json root = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || root.size() != 1) return malformed("the gateway's answer is not of this protocol");
  const auto member = root.begin();
  const std::string& key = member.key();
  const json& value = member.value();
  if (key == "out" && value.is_string()) return Reply{.kind = Reply::Kind::Out, .text = value.get<std::string>()};
  if (key == "err" && value.is_string()) return Reply{.kind = Reply::Kind::Err, .text = value.get<std::string>()};
  if (key == "progress" && value.is_string())
    return Reply{.kind = Reply::Kind::Progress, .text = value.get<std::string>()};
  if (key == "exit" && value.is_number_integer())
    return Reply{.kind = Reply::Kind::Exit, .text = {}, .exit = value.get<int>()};
  return malformed("the gateway's answer is not of this protocol");
}

}  // namespace citygate::console
