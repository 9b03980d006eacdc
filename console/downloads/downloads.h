// downloads.h - asking for a program, and having it once everybody who must has agreed.
//
//   ask_for_download ─▶ is the site open to this person? ─▶ HeldStore::fetch ─▶ acts download-held, grant-request
//   open_download    ─▶ is the grant live, and the person's? ─▶ HeldStore::open
//   keep_release     ─▶ act download-release
//
// What the site is, is decided by the same function as the person's own request, and so is each one that it leads to: a
// program from a prohibited site, or from the city's own network, is not fetched for anybody. Files that come from
// nowhere but a session of the site cannot be had this way: they are fetched without cookies.
// Thread    any but a worker: both block. Errors: as said by Registrar::enact and HeldStore; Refused with the reason where
//           the site is not open, where the file is no program, where the grant is not live or not this person's.
#pragma once

#include <string>
#include <string_view>

#include "base/act.h"
#include "console/downloads/held_store.h"
#include "console/operator.h"

namespace citygate::console {

struct DownloadAsk {
  std::string url;
  std::string person;  // whom it is for
  Act draft{};         // author, via and reason
  std::function<bool()> cancelled{};
  std::chrono::days lasts{7};  // how long it may be fetched once it is agreed to
};

struct DownloadAsked {
  HeldFile file;
  std::string grant;  // its name
};

[[nodiscard]] Result<DownloadAsked> ask_for_download(Operator& op, const DownloadAsk& ask);

struct OpenDownload {
  HeldReader file;
  std::string name;  // to save it as
  std::string grant, sha256;
};
// `person`: who takes it, one of those whom the grant is for.
[[nodiscard]] Result<OpenDownload> open_download(Operator& op, std::string_view grant, std::string_view person);
// The act, before the person has its last byte. `draft`: author and via.
[[nodiscard]] Result<void> keep_release(Operator& op, const OpenDownload& given, const Act& draft);

// Removes held files that no grant asked for or agreed to speaks of any more.
std::size_t sweep_downloads(Operator& op);

}  // namespace citygate::console
