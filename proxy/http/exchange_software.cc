// Exchange: is the answer a program? Its first bytes are looked at before its head goes on to the client, so that what
// is refused or held leaves nothing behind but our page.
#include "categories/software_kind.h"
#include "proxy/http/exchange.h"
#include "proxy/http/head_rules.h"
#include "proxy/portal_place.h"

namespace citygate::proxy {
namespace {

// Of a field that may come several times: all of it, joined in `scratch` where that is needed.
std::string_view list_of(const MessageHead& head, std::string_view name, std::string& scratch) {
  std::string_view first;
  scratch.clear();
  for (const Field& field : head.fields) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (first.empty()) {
      first = field.value;
      continue;
    }
    if (scratch.empty()) scratch = first;
    scratch.append(",").append(field.value);
  }
  return scratch.empty() ? first : std::string_view(scratch);
}

// Fields that no other rule looks at have no name of their own.
std::string_view value_of(const MessageHead& head, std::string_view name) {
  for (const Field& field : head.fields)
    if (equal_ignoring_case(field.name, name)) return field.value;
  return {};
}

// "bytes 0-499/1234" begins at the first byte (RFC 9110 section 14.4).
bool begins_later(const MessageHead& head) {
  if (head.status != 206) return false;
  const std::string_view range = value_of(head, "content-range");
  return !range.starts_with("bytes 0-");  // several parts say so in the body
}

}  // namespace

// Whatever the status: browsers show a page with an error, but other programs keep what came with it.
bool Exchange::may_be_software() const {
  return origin_->response().framing != Framing::None && context_.desk.cares_for_software(case_);
}

void Exchange::look_for_software() {
  const auto batch = origin_->peek_ahead(categories::kPackedBytes);
  if (!batch) {
    context_.counters.origin_failures_total.add();
    return answer_error(502, Reason::OriginBroken, Outcome::Failed);
  }
  std::array<char, categories::kPackedBytes> bytes;
  std::size_t have = 0;
  for (const std::string_view piece : batch->pieces) have += piece.copy(bytes.data() + have, bytes.size() - have);
  const MessageHead& head = origin_->response();
  std::string codings;
  const categories::AnswerHead about{.content_type = head.value(FieldName::ContentType),
                                     .content_encoding = list_of(head, "content-encoding", codings),
                                     .content_disposition = head.value(FieldName::ContentDisposition),
                                     .path = case_.target.path,
                                     .begins_later = begins_later(head)};
  const std::string_view first{bytes.data(), have};
  if (!batch->last && !batch->full && categories::more_would_tell(about, first))
    return client_.enter(ClientStream::Phase::Body);
  looking_ = false;
  const auto found = categories::find_software(about, first);
  if (found) {
    context_.desk.add_software(case_, found.kind);
    context_.desk.decide(case_, Stage::Body, origin_address());
    if (case_.verdict.ruling != Ruling::Allow) return refuse_response();
  }
  begin_response();
}

void Exchange::answer_held() {
  drop_origin();
  context_.counters.refused_total.add();
  if (method_ == Method::Connect) answer_is_last_ = true;
  status_ = 403;
  const PortalPlace* portal = context_.portal;
  // What was sent to a site in order to get it cannot be sent again for somebody.
  const bool can_be_asked_for = portal && method_ == Method::Get;
  const std::string link = can_be_asked_for
                               ? portal->link_to_held(url_with_query(case_.target), peer_.ip, context_.desk.now())
                               : std::string();
  record_then(Outcome::Refused, [this, link] { answer(held_page(context_.pages, case_, account_.last_id(), link)); });
}

}  // namespace citygate::proxy
