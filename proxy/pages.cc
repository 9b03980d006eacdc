#include "proxy/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "records/store.h"

namespace citygate::proxy {
namespace {

constexpr std::string_view kStyle =
    "body{font:1.05rem/1.5 sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "h1{font-size:1.5rem}dt{font-weight:bold;margin-top:.7rem}dd{margin:0}a{color:#00459c}footer{margin-top:2rem;color:"
    "#555}";

class Page {
 public:
  Page(std::string_view title, std::string_view lead) {
    html_ = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><meta name=\"robots\" "
        "content=\"noindex\"><title>{0}</title><style>{1}</style></head>\n"
        "<body><main><h1>{0}</h1>\n<p>{2}</p>\n",
        escape_html(title), kStyle, escape_html(lead));
  }
  void term(std::string_view name, std::string_view value) {
    if (!listing_) html_ += "<dl>\n";
    listing_ = true;
    html_ += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_html(name), escape_html(value));
  }
  void paragraph(std::string_view markup) {
    close_list();
    html_ += fmt::format("<p>{}</p>\n", markup);
  }
  std::string finish(std::string_view footer) {
    close_list();
    html_ += fmt::format("</main><footer><p>{}</p></footer></body></html>\n", escape_html(footer));
    return std::move(html_);
  }

 private:
  void close_list() {
    if (listing_) html_ += "</dl>\n";
    listing_ = false;
  }
  std::string html_;
  bool listing_ = false;
};

// An RFC 8941 string: printable ASCII, quote and backslash escaped.
std::string structured_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
  return out + "\"";
}

std::string proxy_status(const PageContext& context, std::string_view error, std::string_view details) {
  return fmt::format("Proxy-Status: {}; error={}; details={}\r\n", context.config.name, error,
                     structured_string(details));
}

constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

std::string minutes(std::chrono::milliseconds time) {
  return fmt::format("{:.1f}", static_cast<double>(time.count()) / 60'000);
}
std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6); }

// "list starter, file gambling.txt, line 12 (version 2026-11-21 ...)"; "" when the category came without a line.
std::string evidence_line(const PageContext& context, const Case& about) {
  if (!about.evidence.source) return {};
  const std::string source = context.names.name(NameKind::Source, about.evidence.source.value);
  const auto slash = source.find('/');
  const std::string list = source.substr(0, slash);
  std::string out = slash == std::string::npos ? fmt::format("list {}", list)
                                               : fmt::format("list {}, file {}", list, source.substr(slash + 1));
  out += fmt::format(", line {}", about.evidence.line);
  for (const auto& status : context.desk.snapshots().lists->status().sources)
    if (status.name == list) out += fmt::format(" (version {})", status.version);
  return out;
}

struct Words {
  std::string category, rule, clause, evidence, quota, opens;
};

Words words_of(const PageContext& context, const Case& about) {
  const policy::Verdict& verdict = about.verdict;
  const Snapshots& now = context.desk.snapshots();
  Words out;
  if (const auto* category = now.taxonomy->find(verdict.category)) out.category = category->title;
  if (const policy::Rule* rule = now.rules->rule(verdict.rule)) {
    out.rule = rule->title;
    out.clause = rule->clause;
  }
  out.evidence = evidence_line(context, about);
  if (verdict.minutes_limit.count() > 0)
    out.quota =
        fmt::format("{} of {} minutes used today", minutes(std::min(verdict.used.attended, verdict.minutes_limit)),
                    minutes(verdict.minutes_limit));
  if (verdict.bytes_limit > 0)
    out.quota += fmt::format("{}{} of {} MB used today", out.quota.empty() ? "" : "; ",
                             megabytes(verdict.used.streaming_bytes), megabytes(verdict.bytes_limit));
  if (verdict.opens_at != WallTime::max()) out.opens = now.rules->zone().format(verdict.opens_at);
  return out;
}

void add_words(Page& page, const Words& words) {
  if (!words.category.empty()) page.term("Category", words.category);
  if (!words.evidence.empty()) page.term("Why it is in that category", words.evidence);
  if (!words.rule.empty()) page.term("Rule", words.rule);
  if (!words.clause.empty()) page.term("Clause of the policy", words.clause);
  if (!words.quota.empty()) page.term("Your use", words.quota);
  if (!words.opens.empty()) page.term("Opens again", words.opens);
}

std::string detail_line(const Words& words, Reason reason) {
  std::string out(sentence(reason));
  const auto add = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format(" {}: {}.", name, value);
  };
  add("Category", words.category);
  add("Evidence", words.evidence);
  add("Rule", words.rule);
  add("Clause", words.clause);
  add("Use", words.quota);
  add("Opens again", words.opens);
  return out;
}

// An order that bars somebody: which one it is, since when and until when.
void add_order(Page& page, const PageContext& context, const Case& about) {
  const Snapshots& now = context.desk.snapshots();
  const policy::Standing* standing = now.standing->of(about.subject.person);
  if (!standing) return;
  const Zone& zone = now.rules->zone();
  if (about.verdict.grant) page.term("Order", context.names.name(NameKind::Grant, about.verdict.grant.value));
  if (standing->barred_at(context.desk.now())) {
    page.term("In force since", zone.format(standing->barred_from));
    if (standing->barred_until != WallTime::max()) page.term("Until", zone.format(standing->barred_until));
  } else if (standing->ended_at(context.desk.now())) {
    page.term("Ended", zone.format(standing->ends));
  }
}

// Whom to ask, and what for.
std::string remedy(const PageContext& context, const Case& about) {
  const std::string contact = escape_html(context.desk.snapshots().rules->contact());
  switch (about.verdict.reason) {
    case Reason::Suspended:
    case Reason::Revoked:
      return fmt::format("Each further try is recorded. If this is wrong, ask your supervisor, or: {}.", contact);
    case Reason::UnknownPerson:
      return fmt::format(
          "Nobody has told the gateway whose computer has this address, and it cannot ask you to sign in from here. To "
          "have that changed, ask: {}.",
          contact);
    case Reason::NotAcknowledged:
      return fmt::format(
          "This gateway has no page on which you could do so: its portal is not set up. To acknowledge the policy in "
          "another way, ask: {}.",
          contact);
    default: return fmt::format("If this is wrong, or you need the page for your work, ask: {}.", contact);
  }
}

struct Lead {
  std::string_view title, words;
};

// What there is to do on the portal.
Lead lead_of(Reason reason) {
  if (reason == Reason::NotAcknowledged) return {"Read the city's policy first", "Read and acknowledge the policy"};
  return {"Sign in to use the web", "Sign in"};
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out.push_back(c);
    }
  }
  return out;
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 405: return "Method Not Allowed";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default: return "";
  }
}

LocalAnswer refusal_page(const PageContext& context, const Case& about, RecordId record) {
  const Words words = words_of(context, about);
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  Page page("This page is not available", sentence(about.verdict.reason));
  page.term("You asked for", about.target.to_string());
  add_words(page, words);
  if (about.verdict.reason == Reason::Suspended || about.verdict.reason == Reason::Revoked)
    add_order(page, context, about);
  page.paragraph(remedy(context, about));
  LocalAnswer out;
  out.status = 403;
  out.extra_fields = std::string(kNoStore) + proxy_status(context,
                                                          about.verdict.reason == Reason::UnsafeDestination ||
                                                                  about.verdict.reason == Reason::OwnAddress
                                                              ? "destination_ip_prohibited"
                                                              : "http_request_denied",
                                                          detail_line(words, about.verdict.reason));
  out.body =
      page.finish(fmt::format("{} web gateway. Record {}, {}. Use of the city's network is recorded.", rules.city(),
                              records::to_string(record), rules.zone().format(context.desk.now())));
  return out;
}

LocalAnswer held_page(const PageContext& context, const Case& about, RecordId record, std::string_view link) {
  const Words words = words_of(context, about);
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  Page page("This program needs somebody's approval", sentence(about.verdict.reason));
  page.term("You asked for", about.target.to_string());
  page.term("What it is", about.software);
  add_words(page, words);
  if (link.empty())
    page.paragraph(fmt::format("To have it, ask: {}.", escape_html(rules.contact())));
  else
    page.paragraph(fmt::format("<a rel=\"nofollow\" href=\"{}\">Ask for it on the portal</a>.", escape_html(link)));
  LocalAnswer out;
  out.status = 403;
  if (!link.empty()) out.extra_fields = fmt::format("Link: <{}>; rel=\"help\"\r\n", link);
  out.extra_fields +=
      std::string(kNoStore) + proxy_status(context, "http_request_denied", detail_line(words, about.verdict.reason));
  out.body =
      page.finish(fmt::format("{} web gateway. Record {}, {}. Use of the city's network is recorded.", rules.city(),
                              records::to_string(record), rules.zone().format(context.desk.now())));
  return out;
}

LocalAnswer warning_page(const PageContext& context, const Case& about, std::string_view continue_url) {
  const Words words = words_of(context, about);
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  Page page("Do you need this page?", sentence(Reason::WarningShown));
  page.term("You asked for", about.target.to_string());
  add_words(page, words);
  page.paragraph(
      fmt::format("<a rel=\"nofollow\" href=\"{}\">Go on to the page</a>. You will not be asked again today for "
                  "this kind of site.",
                  escape_html(continue_url)));
  LocalAnswer out;
  out.status = 403;
  out.extra_fields =
      std::string(kNoStore) + proxy_status(context, "http_request_denied", detail_line(words, Reason::WarningShown));
  out.body = page.finish(fmt::format("{} web gateway. Use of the city's network is recorded.", rules.city()));
  return out;
}

LocalAnswer sign_in_page(const PageContext& context, SignIn why) {
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  const Reason reason = why == SignIn::Wrong ? Reason::WrongPassword : Reason::UnknownPerson;
  Page page("Sign in to use the web", sentence(reason));
  page.paragraph(fmt::format("Your browser asks for the name and password that the city gave you. Help: {}.",
                             escape_html(rules.contact())));
  LocalAnswer out;
  out.status = 407;
  out.extra_fields = fmt::format("Proxy-Authenticate: Basic realm={}, charset=\"UTF-8\"\r\n",
                                 structured_string(context.config.realm)) +
                     std::string(kNoStore) + proxy_status(context, "http_request_denied", sentence(reason));
  out.body = page.finish(fmt::format("{} web gateway.", rules.city()));
  return out;
}

LocalAnswer portal_page(const PageContext& context, const Case& about, std::uint16_t status, std::string_view link) {
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  const Reason reason = about.verdict.reason;
  const Lead lead = lead_of(reason);
  Page page(lead.title, sentence(reason));
  page.paragraph(fmt::format("<a href=\"{}\">{}</a>. You can go on from there.", escape_html(link), lead.words));
  page.paragraph(fmt::format("Help: {}.", escape_html(rules.contact())));
  LocalAnswer out;
  out.status = status;
  if (status == 302)
    out.extra_fields = fmt::format("Location: {}\r\n", link);
  else
    out.extra_fields = fmt::format("Link: <{}>; rel=\"help\"\r\n", link);
  out.extra_fields +=
      std::string(kNoStore) +
      proxy_status(context, "http_request_denied", fmt::format("{} {}: {}", sentence(reason), lead.words, link));
  out.body = page.finish(fmt::format("{} web gateway. Use of the city's network is recorded.", rules.city()));
  return out;
}

LocalAnswer error_page(const PageContext& context, std::uint16_t status, Reason reason,
                       std::chrono::seconds retry_after) {
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  Page page(reason_phrase(status), sentence(reason));
  LocalAnswer out;
  out.status = status;
  std::string_view error = "proxy_internal_error";
  switch (reason) {
    case Reason::BadRequest:
    case Reason::NotServed:
    case Reason::TooLarge: error = "http_request_error"; break;
    case Reason::Loop: error = "proxy_loop_detected"; break;
    case Reason::OriginBusy: error = "connection_limit_reached"; break;
    case Reason::ParentUnreachable:
    case Reason::OriginUnreachable: error = "destination_unavailable"; break;
    case Reason::OriginBroken: error = "http_protocol_error"; break;
    case Reason::TimedOut: error = status == 408 ? "http_request_error" : "connection_timeout"; break;
    case Reason::TooManyConnections:
    case Reason::TooManyRequests: error = "connection_limit_reached"; break;
    case Reason::TooManyPasswords: error = "http_request_denied"; break;
    default: break;
  }
  out.extra_fields = std::string(kNoStore) + proxy_status(context, error, sentence(reason));
  if (status == 503 || status == 429) out.extra_fields += fmt::format("Retry-After: {}\r\n", retry_after.count());
  page.paragraph(fmt::format("If it goes on, tell: {}.", escape_html(rules.contact())));
  out.body = page.finish(fmt::format("{} web gateway, {}.", rules.city(), rules.zone().format(context.desk.now())));
  return out;
}

LocalAnswer no_web_server_page(const PageContext& context) {
  const policy::Rulebook& rules = *context.desk.snapshots().rules;
  Page page("This is a web gateway, not a web site", "The request named no site to get it from.");
  page.paragraph(
      "To go through the gateway, give this address as the proxy in the settings of your browser or system, for HTTP "
      "and "
      "for HTTPS; or have it read <a href=\"/proxy.pac\">/proxy.pac</a>, at this address, as its automatic proxy "
      "configuration.");
  page.paragraph(fmt::format("Help: {}.", escape_html(rules.contact())));
  LocalAnswer out;
  out.status = 400;
  out.extra_fields = std::string(kNoStore) + proxy_status(context, "http_request_error", sentence(Reason::BadRequest));
  out.body = page.finish(fmt::format("{} web gateway, {}.", rules.city(), rules.zone().format(context.desk.now())));
  return out;
}

LocalAnswer redirect_page(std::string_view url) {
  LocalAnswer out;
  out.status = 303;
  out.extra_fields = fmt::format("Location: {}\r\nCache-Control: no-store\r\n", url);
  out.body = fmt::format("<!DOCTYPE html>\n<title>Go on</title><p><a href=\"{}\">Go on</a></p>\n", escape_html(url));
  return out;
}

}  // namespace citygate::proxy
