// parent_head.h - the head of a request that goes to a parent proxy instead of its origin.
//
// Thread: any; pure. Appends to a buffer that keeps its capacity.
#pragma once

#include <string>
#include <string_view>

namespace citygate::proxy {

// `origin_head` as append_request_head() wrote it, its target made absolute (RFC 9112 section 3.2.2; "*" becomes the
// bare authority, section 3.2.4). `authorization`: "" or what Proxy-Authorization says.
void append_absolute_head(std::string_view origin_head, std::string_view authority, std::string_view authorization,
                          std::string& out);
// `authority`: "host:port", an IPv6 address in brackets.
void append_connect_head(std::string_view authority, std::string_view authorization, std::string_view via,
                         std::string& out);

}  // namespace citygate::proxy
