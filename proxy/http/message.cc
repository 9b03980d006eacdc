#include "proxy/http/message.h"

namespace citygate::proxy {

std::string_view MessageHead::value(FieldName id) const noexcept {
  for (const Field& field : fields)
    if (field.id == id) return field.value;
  return {};
}

void MessageHead::clear() {
  method = Method::Other;
  method_text = target = reason = {};
  status = 0;
  minor_version = 1;
  fields.clear();
  framing = Framing::None;
  content_length = 0;
  keep_alive = true;
  expect_continue = false;
  upgrade = false;
}

}  // namespace citygate::proxy
