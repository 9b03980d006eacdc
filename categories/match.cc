#include "categories/match.h"

namespace citygate::categories {

std::string_view describe_sign(std::uint32_t number) {
  switch (static_cast<Sign>(number)) {
    case Sign::InnerUrl: return "a URL inside the URL";
    case Sign::BareAddress: return "a bare address in place of a name";
  }
  return "";
}

}  // namespace citygate::categories
