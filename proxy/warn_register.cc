#include "proxy/warn_register.h"

#include <fmt/format.h>

namespace citygate::proxy {
namespace {

std::string text_of(PersonId person, CategoryId category, std::int32_t day) {
  return fmt::format("{}/{}/{}", person.value, category.value, day);
}

}  // namespace

std::string WarnRegister::token(PersonId person, CategoryId category, std::int32_t day) const {
  return key_.sign(text_of(person, category, day));
}

bool WarnRegister::accept(std::string_view token, PersonId person, CategoryId category, std::int32_t day) {
  if (!key_.has_signed(text_of(person, category, day), token)) return false;
  std::lock_guard lock(mutex_);
  if (day_ != day) entries_.clear();
  day_ = day;
  entries_.emplace(person, category);
  return true;
}

bool WarnRegister::read(PersonId person, CategoryId category, std::int32_t day) const {
  std::lock_guard lock(mutex_);
  return day_ == day && entries_.contains({person, category});
}

}  // namespace citygate::proxy
