#include "categories/download.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace citygate::categories {
namespace {

using namespace std::chrono_literals;

// What a server sends back as it was: anything else than one line of visible text is not kept.
std::string kept(const std::string& value) {
  const bool plain = value.size() <= 1024 && std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
  return plain ? value : std::string();
}

// What proves that two answers are of the same bytes (RFC 9110 section 13.1.5): a strong tag, or a date that is no
// younger than a minute.
std::string range_validator(const HttpHead& head) {
  if (const std::string tag = kept(head.etag); tag.starts_with('"')) return tag;
  if (head.etag.empty() && head.age && *head.age >= 60s) return kept(head.last_modified);
  return {};
}

struct ContentRange {
  std::uint64_t from = 0;
  std::optional<std::uint64_t> total;
};

// "bytes 500-999/1000", "bytes 500-999/*".
std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  ContentRange out;
  std::uint64_t to = 0, total = 0;
  const char* const end = text.data() + text.size();
  const auto from = std::from_chars(text.data(), end, out.from);
  if (from.ec != std::errc() || from.ptr == end || *from.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(from.ptr + 1, end, to);
  if (last.ec != std::errc() || last.ptr == end || *last.ptr != '/' || to < out.from) return std::nullopt;
  if (std::string_view(last.ptr, end) == "/*") return out;
  const auto all = std::from_chars(last.ptr + 1, end, total);
  if (all.ec != std::errc() || all.ptr != end || total <= to) return std::nullopt;
  out.total = total;
  return out;
}

class Download final : public HttpSink {
 public:
  Download(const Source& source, const FetchOptions& options, const FetchedVersion* known, FetchStaging& staging)
      : options_(options),
        known_(known),
        staging_(staging),
        place_(shown_url(source.url)),
        writer_(staging, place_, source.max_bytes) {
    request_.url = source.url;
    request_.proxy = source.proxy;
    request_.user_agent = options.user_agent;
    request_.limits = options.limits;
    request_.cancelled = options.cancelled;
    verified_ = source.verified();
  }

  Result<Downloaded> run() {
    auto answer = ask();
    if (!answer && again_) {
      staging_.drop_part();
      answer = ask();
    }
    if (!answer) return given_up(std::move(answer).error());
    if (not_modified_) {
      Downloaded out;
      out.not_modified = true;
      return out;
    }
    if (auto whole = check_whole(*answer); !whole) {
      staging_.drop_part();
      return std::unexpected(std::move(whole).error());
    }
    return finish(*answer);
  }

  Result<void> head(const HttpHead& head) override {
    if (head.status == 304 && asked_whether_changed_) {
      not_modified_ = true;
      return {};
    }
    std::uint64_t from = 0;
    total_ = head.content_length;
    if (head.status == 206 && resume_from_ > 0) {
      const auto range = parse_content_range(head.content_range);
      const std::string& tag = staging_.state.part.etag;
      if (!range || range->from != resume_from_ || (!tag.empty() && !head.etag.empty() && head.etag != tag))
        return begin_anew();
      from = resume_from_;
      total_ = range->total;
    } else if (head.status == 416 && resume_from_ > 0) {
      return begin_anew();
    } else if (head.status != 200) {
      return std::unexpected(status_error(request_.url, head.status));
    }
    if (!head.content_encoding.empty() && head.content_type.starts_with("text/html"))
      return fail(Error::Kind::Malformed, place_ + " gives an HTML page, not a list: has it moved?",
                  Error::Side::Origin);
    return begin(from, head);
  }

  Result<void> bytes(std::string_view block) override {
    if (not_modified_) return {};
    auto added = writer_.add(block);
    if (!added) return own(std::move(added).error());
    if (options_.progress) options_.progress({writer_.bytes(), total_.value_or(0)});
    return {};
  }

 private:
  Result<HttpHead> ask() {
    again_ = ours_ = false;
    request_.headers.clear();
    asked_whether_changed_ = false;
    if (known_ && !known_->etag.empty()) add("If-None-Match", known_->etag);
    if (known_ && !known_->last_modified.empty()) add("If-Modified-Since", known_->last_modified);
    const auto& part = staging_.state.part;
    resume_from_ = part.validator.empty() ? 0 : part.bytes;
    if (resume_from_ > 0) {
      request_.headers.push_back(fmt::format("Range: bytes={}-", resume_from_));
      request_.headers.push_back("If-Range: " + part.validator);
    }
    return http_get(request_, *this);
  }
  void add(std::string_view name, const std::string& value) {
    request_.headers.push_back(fmt::format("{}: {}", name, value));
    asked_whether_changed_ = true;
  }

  Result<void> begin_anew() {
    again_ = true;
    return fail(Error::Kind::Malformed, place_ + " sends another part of the list than it was asked for",
                Error::Side::Origin);
  }

  Result<void> begin(std::uint64_t from, const HttpHead& head) {
    if (from == 0) {
      staging_.drop_part();
      staging_.state.part = {0, kept(head.etag), kept(head.last_modified), range_validator(head)};
      // Before the first of the new bytes: a kill must not leave them under the tag and the length of the old ones.
      if (auto saved = staging_.save(); !saved) return own(std::move(saved).error());
    }
    resume_from_ = from;
    auto ready = writer_.begin(from);
    if (ready && total_) ready = writer_.announce(*total_);
    if (!ready) return own(std::move(ready).error());
    return {};
  }

  // An error of ours ends the part's life; one of the line does not.
  std::unexpected<Error> own(Error error) {
    ours_ = true;
    return std::unexpected(std::move(error));
  }

  std::unexpected<Error> given_up(Error error) {
    auto& part = staging_.state.part;
    const bool broke_off = !ours_ && writer_.bytes() > 0 && !part.validator.empty();
    if (broke_off && writer_.sync())
      part.bytes = writer_.bytes();
    else if (ours_ || writer_.bytes() > 0 || part.bytes == 0)
      staging_.drop_part();
    // else: the server did not answer at all, and what an earlier attempt brought is as good as it was
    if (part.bytes > 0)
      error.context += fmt::format("; {} bytes are here and the next attempt goes on behind them", part.bytes);
    return std::unexpected(std::move(error));
  }

  Result<void> check_whole(const HttpHead& head) {
    const auto wrong = [this](std::string_view what) {
      Error error{
          .kind = Error::Kind::Malformed, .side = Error::Side::Origin, .context = place_ + " " + std::string(what)};
      error.retryable = true;
      return std::unexpected(std::move(error));
    };
    if (writer_.bytes() == 0) return wrong("is empty: no list is published as nothing");
    if (total_ && *total_ != writer_.bytes())
      return wrong(fmt::format("gave {} bytes and had said {}", writer_.bytes(), *total_));
    if (!head.framed && !verified_ && writer_.content().ends_within_a_line())
      return wrong("ends within a line, and the server does not say how long it is: it may have been cut");
    return writer_.sync();
  }

  Result<Downloaded> finish(const HttpHead& head) {
    Downloaded out;
    const auto& part = staging_.state.part;
    out.version.sha256 = writer_.finish_hex();
    out.version.bytes = writer_.bytes();
    out.version.etag = part.etag;
    out.version.last_modified = part.last_modified;
    out.resumed_from = resume_from_;
    if (!head.framed && !verified_)
      out.notes.push_back(place_ + " does not say how long the list is: a break would look like its end");
    return out;
  }

  const FetchOptions& options_;
  const FetchedVersion* known_;
  FetchStaging& staging_;
  std::string place_;
  PartWriter writer_;
  HttpRequest request_;
  bool verified_ = false;

  std::uint64_t resume_from_ = 0;  // asked for; once the head is here, what it was granted
  std::optional<std::uint64_t> total_;
  bool asked_whether_changed_ = false;
  bool not_modified_ = false;
  bool again_ = false;  // the part cannot be gone on with
  bool ours_ = false;   // the error is not one of the line
};

}  // namespace

Result<Downloaded> download(const Source& source, const FetchOptions& options, const FetchedVersion* known,
                            FetchStaging& staging) {
  return Download(source, options, known, staging).run();
}

}  // namespace citygate::categories
