#include "review/verdict_text.h"

#include <fmt/format.h>

#include "review/text_page.h"

namespace citygate::review {

std::string charge_text(bool minutes, bool bytes, std::string_view quota) {
  if (!minutes && !bytes) return "nothing";
  std::string out = minutes && bytes ? "minutes of attention and bytes received"
                    : minutes        ? "minutes of attention"
                                     : "bytes received";
  return out + (quota.empty() ? ", for reports alone" : fmt::format(", on \"{}\"", quota));
}

std::string used_text(const policy::Verdict& verdict) {
  std::string out;
  const auto minutes = [](std::chrono::milliseconds time) {
    return std::chrono::duration<double, std::ratio<60>>(time).count();
  };
  if (verdict.minutes_limit.count() > 0)
    out = fmt::format("{} of {} minutes", minutes_text(minutes(verdict.used.attended)),
                      minutes_text(minutes(verdict.minutes_limit)));
  if (verdict.bytes_limit > 0)
    out += fmt::format("{}{} of {} megabytes", out.empty() ? "" : ", ", megabytes_text(verdict.used.streaming_bytes),
                       megabytes_text(verdict.bytes_limit));
  return out;
}

}  // namespace citygate::review
