#include "proxy/http/parent_head.h"

namespace citygate::proxy {
namespace {

void append_authorization(std::string_view authorization, std::string& out) {
  if (!authorization.empty()) out.append("Proxy-Authorization: ").append(authorization).append("\r\n");
}

}  // namespace

void append_absolute_head(std::string_view origin_head, std::string_view authority, std::string_view authorization,
                          std::string& out) {
  const auto method_end = origin_head.find(' ') + 1;
  const auto line_end = origin_head.find("\r\n") + 2;
  std::string_view rest_of_line = origin_head.substr(method_end, line_end - method_end);
  if (rest_of_line.starts_with("* ")) rest_of_line.remove_prefix(1);
  out.append(origin_head.substr(0, method_end)).append("http://").append(authority).append(rest_of_line);
  append_authorization(authorization, out);
  out.append(origin_head.substr(line_end));
}

void append_connect_head(std::string_view authority, std::string_view authorization, std::string_view via,
                         std::string& out) {
  out.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
  append_authorization(authorization, out);
  out.append("Via: ").append(via).append("\r\n\r\n");
}

}  // namespace citygate::proxy
