#include "categories/http_get.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <charconv>
#include <ctime>
#include <memory>

#include "base/letter_case.h"
#include "categories/sources_file.h"

namespace citygate::categories {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using HeaderList = std::unique_ptr<curl_slist, FreeHandle>;

// OpenSSL writes to sockets that the other end may have closed. Nothing is assumed about the process's handler.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() {
    constexpr timespec kNow{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

bool redirects(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// One transfer: what libcurl calls back, and what came of it.
class Transfer {
 public:
  Transfer(const HttpRequest& request, HttpSink& sink) : request_(request), sink_(sink) {}

  Result<HttpHead> run() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    handle_.reset(curl_easy_init());
    if (ready != CURLE_OK || !handle_) return fail(Error::Kind::Bug, "libcurl does not start");
    CG_TRY_VOID(prepare());
    CG_TRY_VOID(guard());
    const WithoutSigpipe quiet;
    for (int followed = 0;; ++followed) {
      const CURLcode code = curl_easy_perform(handle_.get());
      if (error_) return std::unexpected(std::move(*error_));
      if (!next_.empty()) {
        CG_TRY_VOID(follow(followed));
        continue;
      }
      if (code != CURLE_OK) return std::unexpected(explain(code));
      if (!told_) return failed(Error::Kind::Malformed, "gave no answer that can be used");
      return std::move(head_);
    }
  }

 private:
  // Where libcurl is not to follow by itself: the next request, if it may be made.
  Result<void> follow(int followed) {
    if (followed >= request_.limits.redirects) return std::unexpected(explain(CURLE_TOO_MANY_REDIRECTS));
    const std::string url = std::exchange(next_, {});
    if (encrypted_ && !url.starts_with("https://")) return std::unexpected(explain(CURLE_UNSUPPORTED_PROTOCOL));
    encrypted_ = url.starts_with("https://");
    CG_TRY(lines, request_.may_follow(url));
    for (const std::string& line : lines) add(resolve_, line);
    if (!set(CURLOPT_URL, url.c_str()) || (resolve_ && !set(CURLOPT_RESOLVE, resolve_.get())))
      return fail(Error::Kind::Bug, "libcurl takes no second URL");
    return {};
  }

  // What Location says, seen from the URL that answered so; "" where that is no URL.
  [[nodiscard]] std::string led_to() const {
    const char* from = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_EFFECTIVE_URL, &from);
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
    if (!from || curl_url_set(url.get(), CURLUPART_URL, from, 0) != CURLUE_OK ||
        curl_url_set(url.get(), CURLUPART_URL, location_.c_str(), CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK)
      return {};
    char* text = nullptr;
    if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return {};
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
    return text;
  }

  Result<void> prepare() {
    for (const std::string& line : request_.headers) add_header(line);
    add_header("Accept-Encoding: identity");
    encrypted_ = request_.url.starts_with("https://");
    const auto milliseconds = [](auto time) {
      return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    bool good = set(CURLOPT_URL, request_.url.c_str()) && set(CURLOPT_PROTOCOLS_STR, "http,https") &&
                set(CURLOPT_REDIR_PROTOCOLS_STR, encrypted_ ? "https" : "http,https") &&
                set(CURLOPT_FOLLOWLOCATION, request_.may_follow ? 0L : 1L) &&
                set(CURLOPT_MAXREDIRS, static_cast<long>(request_.limits.redirects)) &&
                set(CURLOPT_UNRESTRICTED_AUTH, 0L) && set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) &&
                set(CURLOPT_PROXY, request_.proxy.c_str()) && set(CURLOPT_NOPROXY, "") &&
                set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) && set(CURLOPT_USERAGENT, request_.user_agent.c_str()) &&
                set(CURLOPT_HTTPHEADER, headers_.get()) && set(CURLOPT_SSL_VERIFYPEER, 1L) &&
                set(CURLOPT_SSL_VERIFYHOST, 2L) && set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    good = good && set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_ERRORBUFFER, words_.data()) &&
           set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.limits.connect)) &&
           set(CURLOPT_TIMEOUT_MS, milliseconds(request_.limits.total)) &&
           set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.limits.stalled.count())) &&
           set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request_.limits.stalled_bytes)) &&
           set(CURLOPT_HEADERFUNCTION, &Transfer::on_header) && set(CURLOPT_HEADERDATA, this) &&
           set(CURLOPT_WRITEFUNCTION, &Transfer::on_bytes) && set(CURLOPT_WRITEDATA, this) &&
           set(CURLOPT_NOPROGRESS, 0L) && set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress) &&
           set(CURLOPT_XFERINFODATA, this);
    if (!good) return fail(Error::Kind::Bug, "libcurl lacks an option that downloads need");
    return {};
  }
  template <class T>
  bool set(CURLoption option, T value) {
    return curl_easy_setopt(handle_.get(), option, value) == CURLE_OK;
  }
  void add_header(const std::string& line) { add(headers_, line); }
  static void add(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    CG_CHECK(longer);
    static_cast<void>(list.release());
    list.reset(longer);
  }

  Result<void> guard() {
    for (const std::string& line : request_.resolve) add(resolve_, line);
    bool good = !resolve_ || set(CURLOPT_RESOLVE, resolve_.get());
    if (request_.may_connect)
      good = good && set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket) && set(CURLOPT_OPENSOCKETDATA, this);
    if (!good) return fail(Error::Kind::Bug, "libcurl lacks an option that guarded downloads need");
    return {};
  }
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* to) {
    auto* transfer = static_cast<Transfer*>(self);
    const IpAddress address = SocketAddress::from_sockaddr(&to->addr).ip;
    if (!transfer->request_.may_connect(address)) {
      transfer->forbidden_ = address.to_string();
      return CURL_SOCKET_BAD;
    }
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  }

  [[nodiscard]] bool cancelled() const { return request_.cancelled && request_.cancelled(); }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->cancelled() ? 1 : 0;
  }

  // libcurl gives whole lines; each answer of a chain of redirects begins with its status line.
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Transfer*>(self)->take_header({data, size}) ? size : 0;
  }
  bool take_header(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      head_ = {};
      location_.clear();
      date_.clear();
      const auto blank = std::min(line.find(' '), line.size() - 1);
      std::from_chars(line.data() + blank + 1, line.data() + line.size(), head_.status);
      head_.framed = !line.starts_with("HTTP/1");
      return true;
    }
    if (line.empty()) return end_of_head();
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    keep(line.substr(0, colon), value);
    return true;
  }
  void keep(std::string_view name, std::string_view value) {
    const std::pair<std::string_view, std::string*> kept[] = {{"etag", &head_.etag},
                                                              {"last-modified", &head_.last_modified},
                                                              {"date", &date_},
                                                              {"content-range", &head_.content_range},
                                                              {"content-type", &head_.content_type},
                                                              {"content-encoding", &head_.content_encoding},
                                                              {"content-disposition", &head_.content_disposition},
                                                              {"location", &location_}};
    for (const auto& [known, field] : kept)
      if (same_letters(name, known)) field->assign(value);
    if (same_letters(name, "transfer-encoding")) head_.framed = true;
    std::uint64_t length = 0;
    if (same_letters(name, "content-length") &&
        std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc()) {
      head_.content_length = length;
      head_.framed = true;
    }
  }
  bool end_of_head() {
    if (told_ || head_.status < 200) return true;
    if (redirects(head_.status) && !location_.empty()) {
      if (request_.may_follow && (next_ = led_to()).empty())
        error_ = make(Error::Kind::Malformed, fmt::format("redirects to {}, which is no URL", shown_url(location_)));
      return !request_.may_follow;  // what stands beside the redirect is not waited for
    }
    told_ = true;
    const char* url = nullptr;
    if (curl_easy_getinfo(handle_.get(), CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url) head_.url = url;
    const std::time_t sent = curl_getdate(date_.c_str(), nullptr);
    const std::time_t modified = curl_getdate(head_.last_modified.c_str(), nullptr);
    if (sent >= 0 && modified >= 0) head_.age = std::chrono::seconds(sent - modified);
    return passed(sink_.head(head_));
  }

  static std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    if (transfer->cancelled()) return 0;
    return transfer->passed(transfer->sink_.bytes({data, size})) ? size : 0;
  }
  bool passed(Result<void> result) {
    if (!result) error_ = std::move(result).error();
    return !error_;
  }

  [[nodiscard]] Error make(Error::Kind kind, std::string_view words) const {
    return {.kind = kind, .side = Error::Side::Origin, .context = fmt::format("{} {}", shown_url(request_.url), words)};
  }
  [[nodiscard]] std::unexpected<Error> failed(Error::Kind kind, std::string_view words) const {
    return std::unexpected(make(kind, words));
  }
  [[nodiscard]] Error later(Error::Kind kind, std::string_view words) const {
    Error out = make(kind, words);
    out.retryable = true;
    return out;
  }
  // libcurl's own words where ours have nothing to add.
  [[nodiscard]] Error explain(CURLcode code) const {
    const std::string detail = words_[0] ? words_.data() : curl_easy_strerror(code);
    if (cancelled()) return make(Error::Kind::Refused, "was cancelled");
    if (!forbidden_.empty())
      return make(Error::Kind::Refused, fmt::format("leads to {}, which may not be reached", forbidden_));
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
        return later(Error::Kind::NotFound,
                     fmt::format("cannot be reached: {}; does the name stand in DNS, or does this "
                                 "source need a 'proxy'?",
                                 detail));
      case CURLE_COULDNT_RESOLVE_PROXY:
        return later(Error::Kind::NotFound,
                     fmt::format("cannot be reached through proxy {}: {}", request_.proxy, detail));
      case CURLE_COULDNT_CONNECT: return later(Error::Kind::Refused, "cannot be reached: " + detail);
      case CURLE_OPERATION_TIMEDOUT: return later(Error::Kind::Timeout, "took too long: " + detail);
      case CURLE_TOO_MANY_REDIRECTS:
        return make(Error::Kind::Refused, fmt::format("redirects more than {} times, at last to {}",
                                                      request_.limits.redirects, shown_url(location_)));
      case CURLE_UNSUPPORTED_PROTOCOL:
        return make(Error::Kind::Refused,
                    fmt::format("redirects to {}, which is not followed: from https only https is, from http both",
                                shown_url(location_)));
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CACERT_BADFILE:
        return make(Error::Kind::Refused,
                    fmt::format("is not trusted: {}; where a proxy inspects TLS, add its authority "
                                "to the system's certificates",
                                detail));
      case CURLE_PARTIAL_FILE:
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
      case CURLE_GOT_NOTHING:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM: return later(Error::Kind::Refused, "broke off: " + detail);
      default: return make(Error::Kind::Malformed, "gave no answer that can be used: " + detail);
    }
  }

  const HttpRequest& request_;
  HttpSink& sink_;
  Handle handle_;
  HeaderList headers_, resolve_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  HttpHead head_;
  std::string location_, date_, forbidden_, next_;
  bool encrypted_ = false;  // the URL that was asked last
  bool told_ = false;       // the sink has the head
  std::optional<Error> error_;
};

class TextSink final : public HttpSink {
 public:
  TextSink(std::string_view url, std::size_t limit) : url_(url), limit_(limit) {}
  Result<void> head(const HttpHead& head) override {
    if (head.status != 200) return std::unexpected(status_error(url_, head.status));
    return {};
  }
  Result<void> bytes(std::string_view block) override {
    if (text.size() + block.size() > limit_)
      return fail(Error::Kind::TooLarge, fmt::format("{} is larger than {} bytes", shown_url(url_), limit_),
                  Error::Side::Origin);
    text.append(block);
    return {};
  }
  std::string text;

 private:
  std::string_view url_;
  std::size_t limit_;
};

struct StatusWords {
  int status;
  std::string_view name, advice;
};
constexpr StatusWords kStatuses[] = {
    {400, "Bad Request", ""},
    {401, "Unauthorized", "does it want a user name and password in the URL?"},
    {403, "Forbidden", "its server does not give it to this address, or wants a licence key in the URL"},
    {404, "Not Found", "has it moved? Look at the list's own page for its address"},
    {407, "Proxy Authentication Required", "the source's 'proxy' wants a password"},
    {410, "Gone", "the list is no longer published there"},
    {429, "Too Many Requests", "make 'every' longer, or look whether another gateway asks as well"},
    {500, "Internal Server Error", "the server has trouble of its own"},
    {502, "Bad Gateway", "the server has trouble of its own"},
    {503, "Service Unavailable", "the server has trouble of its own"},
    {504, "Gateway Timeout", "the server has trouble of its own"}};

}  // namespace

Result<HttpHead> http_get(const HttpRequest& request, HttpSink& sink) { return Transfer(request, sink).run(); }

Result<std::string> http_get_text(const HttpRequest& request, std::size_t limit_bytes) {
  TextSink sink(request.url, limit_bytes);
  CG_TRY(head, http_get(request, sink));
  static_cast<void>(head);
  return std::move(sink.text);
}

Error status_error(std::string_view url, int status) {
  const bool missing = status == 404 || status == 410;
  Error out{.kind = missing ? Error::Kind::NotFound : Error::Kind::Refused, .side = Error::Side::Origin, .context = ""};
  out.retryable = status >= 500 || status == 408 || status == 429;
  out.context = fmt::format("{} answered {}", shown_url(url), status);
  for (const auto& known : kStatuses) {
    if (known.status != status) continue;
    out.context += fmt::format(" {}{}{}", known.name, known.advice.empty() ? "" : ": ", known.advice);
  }
  return out;
}

}  // namespace citygate::categories
