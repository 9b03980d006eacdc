#include "proxy/portal_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/target.h"
#include "proxy/pages.h"

namespace citygate::proxy {

LocalAnswer portal_redirect(const PortalPlace& portal, Method method, std::string_view target) {
  std::string_view path = target.substr(0, target.find_first_of("?#"));
  // Nothing that is odd goes into a field of ours.
  const auto plain = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; };
  if (!path.starts_with('/') || path.starts_with("//") || !std::ranges::all_of(path, plain)) path = "/";
  const std::string to = portal.url() + std::string(path.substr(1));
  LocalAnswer out;
  out.status = method == Method::Get || method == Method::Head ? 302 : 307;
  out.extra_fields = fmt::format("Location: {}\r\nCache-Control: no-store\r\n", to);
  out.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><title>The gateway's own pages</title><p><a "
      "href=\"{0}\">{0}</a></p></html>\n",
      escape_html(to));
  return out;
}

std::optional<LocalAnswer> PortalService::answer(const LocalRequest& request) const {
  if (portal_ && !request.host.empty()) {
    std::string host;
    std::optional<IpAddress> address;
    std::uint16_t port = 0;
    if (parse_host_port(request.host, 80, host, address, port) && host == portal_->name() &&
        !request.target.starts_with("/proxy.pac") && !request.target.starts_with("/wpad.dat"))
      return portal_redirect(*portal_, request.method, request.target);
  }
  return next_.answer(request);
}

}  // namespace citygate::proxy
