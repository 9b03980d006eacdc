#include "categories/fetch_state.h"

#include "base/file.h"
#include "categories/digest.h"
#include "categories/sealed_json.h"

namespace citygate::categories {
namespace {

constexpr int kFormat = 1;
// How lists are read: counted up when a reader takes lines otherwise, so that lists that did not change are read anew.
constexpr const char* kReading = "2";

Json json_of(const FetchedVersion& version) {
  return {{"sha256", version.sha256}, {"bytes", version.bytes},
          {"etag", version.etag},     {"last_modified", version.last_modified},
          {"look", version.look},     {"comment", version.comment}};
}

FetchedVersion version_of(const Json& json) {
  FetchedVersion out;
  json.at("sha256").get_to(out.sha256);
  json.at("bytes").get_to(out.bytes);
  json.at("etag").get_to(out.etag);
  json.at("last_modified").get_to(out.last_modified);
  json.at("look").get_to(out.look);
  json.at("comment").get_to(out.comment);
  return out;
}

Json json_of(const std::optional<WallTime>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

std::optional<WallTime> time_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return WallTime(std::chrono::microseconds(json.get<std::int64_t>()));
}

FetchState state_of(const Json& json) {
  FetchState out;
  json.at("asked").get_to(out.asked);
  out.accepted = version_of(json.at("accepted"));
  out.fetched = version_of(json.at("fetched"));
  json.at("file").get_to(out.file);
  const Json& part = json.at("part");
  part.at("bytes").get_to(out.part.bytes);
  part.at("etag").get_to(out.part.etag);
  part.at("last_modified").get_to(out.part.last_modified);
  part.at("validator").get_to(out.part.validator);
  out.last_attempt = time_of(json.at("last_attempt"));
  out.last_success = time_of(json.at("last_success"));
  json.at("failures").get_to(out.failures);
  json.at("last_error").get_to(out.last_error);
  return out;
}

}  // namespace

Result<void> write_fetch_state(const std::filesystem::path& file, const FetchState& state) {
  const Json part = {{"bytes", state.part.bytes},
                     {"etag", state.part.etag},
                     {"last_modified", state.part.last_modified},
                     {"validator", state.part.validator}};
  return replace_file(file, seal_json({{"asked", state.asked},
                                       {"accepted", json_of(state.accepted)},
                                       {"fetched", json_of(state.fetched)},
                                       {"file", state.file},
                                       {"part", part},
                                       {"last_attempt", json_of(state.last_attempt)},
                                       {"last_success", json_of(state.last_success)},
                                       {"failures", state.failures},
                                       {"last_error", state.last_error}},
                                      kFormat));
}

FetchState read_fetch_state(const std::filesystem::path& file) {
  return open_sealed_json(file, kFormat, state_of).value_or(FetchState{});
}

std::string digest_of_request(const Source& source) {
  Digest digest;
  for (const std::string& field : {source.url, source.path.string(), source.format, source.category, source.minisign,
                                   source.signature_url, source.sha256, source.sha256_url, source.taxonomy})
    digest.add_field(field);
  digest.add_field(kReading);
  digest.add_field(source.subdomains ? "subdomains" : "");
  for (const auto& [foreign, own] : source.categories) {
    digest.add_field(foreign);
    digest.add_field(own);
  }
  return digest.finish_hex();
}

}  // namespace citygate::categories
