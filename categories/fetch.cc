#include "categories/fetch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "categories/block_reader.h"
#include "categories/download.h"
#include "categories/fetch_staging.h"
#include "categories/part_writer.h"
#include "categories/path_source.h"
#include "categories/verify.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCompanionBytes = std::size_t{1} << 20;  // a signature; the checksums of a whole mirror

// The last part of the place as it is published, which checksum files name.
std::string published_name(const Source& source) {
  if (source.url.empty()) return source.path.filename().string();
  const std::string path = source.url.substr(0, source.url.find_first_of("?#"));
  return path.substr(path.rfind('/') + 1);
}

std::unexpected<Error> changed_meanwhile(const Source& source) {
  Error out{.kind = Error::Kind::Malformed, .context = source.path.string() + " was changed while it was read"};
  out.retryable = true;
  return std::unexpected(std::move(out));
}

class Fetch {
 public:
  Fetch(const Source& source, const FetchOptions& options, FetchStaging& staging)
      : source_(source), options_(options), staging_(staging), state_(staging.state) {}

  Result<FetchOutcome> run() {
    if (options_.when != FetchOptions::When::Changed) state_.accepted = {};
    if (options_.when == FetchOptions::When::Always) {
      staging_.drop_part();
      staging_.drop_fetched();
    }
    return source_.url.empty() ? from_path() : from_url();
  }

 private:
  [[nodiscard]] bool waiting() const { return !state_.fetched.sha256.empty(); }

  FetchOutcome not_modified() const {
    FetchOutcome out;
    out.version = state_.accepted;
    return out;
  }
  FetchOutcome fetched() const {
    FetchOutcome out;
    out.what = FetchOutcome::What::Fetched;
    out.file = state_.file.empty() ? source_.path : staging_.whole();
    out.version = state_.fetched;
    return out;
  }

  // The part is complete: believed, it becomes the fetched version.
  Result<FetchOutcome> take_part(FetchedVersion version) {
    if (version.sha256 == state_.accepted.sha256) {  // the same bytes under a new tag or date
      version.comment = state_.accepted.comment;
      state_.accepted = std::move(version);
      staging_.drop_part();
      staging_.drop_fetched();
      return not_modified();
    }
    const auto read = [this](const std::string& place) { return read_companion(place); };
    auto comment = verify_fetched(source_, staging_.part(), version.sha256, published_name(source_), read);
    if (!comment) {
      staging_.drop_part();
      return std::unexpected(std::move(comment).error());
    }
    version.comment = std::move(*comment);
    CG_TRY_VOID(staging_.complete(std::move(version), staged_name(published_name(source_))));
    return fetched();
  }

  Result<std::string> read_companion(const std::string& place) {
    if (place.find("://") == std::string::npos) return read_file(place, kCompanionBytes);
    HttpRequest request;
    request.url = place;
    request.proxy = source_.proxy;
    request.user_agent = options_.user_agent;
    request.limits = options_.limits;
    request.cancelled = options_.cancelled;
    return http_get_text(request, kCompanionBytes);
  }

  Result<FetchOutcome> from_url() {
    const FetchedVersion known = waiting() ? state_.fetched : state_.accepted;
    CG_TRY(got, download(source_, options_, known.sha256.empty() ? nullptr : &known, staging_));
    if (got.not_modified) {
      staging_.drop_part();
      return waiting() ? fetched() : not_modified();
    }
    CG_TRY(out, take_part(std::move(got.version)));
    out.resumed_from = got.resumed_from;
    out.notes = std::move(got.notes);
    return std::move(out);
  }

  Result<FetchOutcome> from_path() {
    CG_TRY(look, look_at_path(source_.path));
    if (!state_.accepted.sha256.empty() && look.look == state_.accepted.look) {
      staging_.drop_fetched();
      return not_modified();
    }
    if (waiting() && look.look == state_.fetched.look) return fetched();
    if (look.bytes > source_.max_bytes)
      return fail(Error::Kind::TooLarge, fmt::format("{} holds {} bytes, more than the {} that 'max_bytes' permits",
                                                     source_.path.string(), look.bytes, source_.max_bytes));
    auto out = look.directory ? from_directory(look) : from_file(look);
    if (!out) return out;
    CG_TRY(after, look_at_path(source_.path));
    if (after.look == look.look) return out;
    if (out->what == FetchOutcome::What::Fetched)
      staging_.drop_fetched();
    else
      state_.accepted.look.clear();
    return changed_meanwhile(source_);
  }

  Result<void> copy(PartWriter& writer, std::uint64_t total) {
    CG_TRY_VOID(writer.begin(0));
    CG_TRY_VOID(writer.announce(total));
    auto read = read_blocks(source_.path, [&](std::string_view block) -> Result<void> {
      if (options_.cancelled && options_.cancelled())
        return fail(Error::Kind::Refused, source_.path.string() + " was cancelled");
      CG_TRY_VOID(writer.add(block));
      if (options_.progress) options_.progress({writer.bytes(), total});
      return {};
    });
    if (!read) return read;
    if (writer.bytes() == 0)
      return fail(Error::Kind::Malformed, source_.path.string() + " is empty: no list is published as nothing");
    return writer.sync();
  }

  Result<FetchOutcome> from_file(const PathLook& look) {
    PartWriter writer(staging_, source_.path.string(), source_.max_bytes);
    FetchedVersion version;
    staging_.drop_part();
    if (auto copied = copy(writer, look.bytes); !copied) {
      staging_.drop_part();
      return std::unexpected(std::move(copied).error());
    }
    version.sha256 = writer.finish_hex();
    version.bytes = writer.bytes();
    version.look = look.look;
    return take_part(std::move(version));
  }

  Result<FetchOutcome> from_directory(const PathLook& look) {
    if (source_.verified())
      return fail(Error::Kind::Malformed, source_.path.string() +
                                              " is a directory: a signature or checksum is of one file; pack the lists "
                                              "into an archive and sign that");
    if (look.files.empty()) return fail(Error::Kind::Malformed, source_.path.string() + " holds no file");
    FetchedVersion version;
    CG_TRY(hash, hash_directory(source_.path, look));
    version.sha256 = std::move(hash);
    version.bytes = look.bytes;
    version.look = look.look;
    staging_.drop_fetched();
    if (version.sha256 == state_.accepted.sha256) {
      state_.accepted = std::move(version);
      return not_modified();
    }
    state_.fetched = std::move(version);
    return fetched();
  }

  const Source& source_;
  const FetchOptions& options_;
  FetchStaging& staging_;
  FetchState& state_;
};

// "source 'ut1': ..."
std::unexpected<Error> named(const Source& source, Error error) {
  error.context = fmt::format("source '{}': {}", source.name, error.context);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<FetchOutcome> fetch_source(const Source& source, const FetchOptions& options) {
  auto staging = FetchStaging::open(options.staging, source);
  if (!staging) return named(source, std::move(staging).error());
  auto out = Fetch(source, options, *staging).run();
  FetchState& state = staging->state;
  state.last_attempt = options.now;
  const bool cancelled = options.cancelled && options.cancelled();
  if (out) {
    // What was fetched has succeeded once it is accepted.
    if (out->what == FetchOutcome::What::NotModified) state.succeeded(options.now);
  } else if (!cancelled) {
    ++state.failures;
    state.last_error = out.error().context;
  }
  auto saved = staging->save();
  if (!out) return named(source, std::move(out).error());
  if (!saved) return named(source, std::move(saved).error());
  return out;
}

Result<void> check_unchanged(const Source& source, const FetchOutcome& fetched) {
  if (source.path.empty() || fetched.file != source.path) return {};  // a copy of our own
  CG_TRY(now, look_at_path(source.path));
  if (now.look != fetched.version.look) return changed_meanwhile(source);
  return {};
}

Result<void> accept_fetched(const Source& source, const fs::path& staging) {
  CG_TRY(place, FetchStaging::open(staging, source));
  if (place.state.fetched.sha256.empty()) return {};
  place.state.accepted = place.state.fetched;
  place.state.fetched = {};
  if (place.state.last_attempt) place.state.succeeded(*place.state.last_attempt);
  CG_TRY_VOID(place.save());  // before the file goes: a kill in between must not leave a state without its file
  place.drop_fetched();
  return {};
}

Result<void> reject_fetched(const Source& source, const fs::path& staging, std::string why) {
  CG_TRY(place, FetchStaging::open(staging, source));
  ++place.state.failures;
  place.state.last_error = std::move(why);
  return place.save();
}

FetchState fetch_state_of(const Source& source, const fs::path& staging) {
  FetchState state = read_fetch_state(staging / source.name / "fetch.json");
  return state.asked == digest_of_request(source) ? state : FetchState{};
}

void forget_other_sources(const fs::path& staging, const std::vector<Source>& keep) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(staging, error))
    if (std::ranges::find(keep, entry.path().filename().string(), &Source::name) == keep.end())
      fs::remove_all(entry.path(), error);
}

}  // namespace citygate::categories
