#include "categories/software_kind.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/letter_case.h"
#include "categories/content_coding.h"
#include "categories/content_disposition.h"

namespace citygate::categories {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kWindows = "Windows program", kInstaller = "Windows installer", kLinux = "Linux program",
                           kMac = "macOS program", kAndroid = "Android application", kJava = "Java program",
                           kPackage = "Linux package", kScript = "script", kDiskImage = "disk image";

struct Named {
  std::string_view word, kind;
};

// Names end with these.
constexpr Named kExtensions[] = {
    {".exe", kWindows},
    {".dll", kWindows},
    {".scr", kWindows},
    {".cpl", kWindows},
    {".sys", kWindows},
    {".msi", kInstaller},
    {".msp", kInstaller},
    {".msix", kInstaller},
    {".msixbundle", kInstaller},
    {".appx", kInstaller},
    {".appxbundle", kInstaller},
    {".appinstaller", kInstaller},
    {".cab", kInstaller},
    {".bat", kScript},
    {".cmd", kScript},
    {".ps1", kScript},
    {".vbs", kScript},
    {".vbe", kScript},
    {".jse", kScript},
    {".wsf", kScript},
    {".hta", kScript},
    {".reg", kScript},
    {".lnk", kScript},
    {".sh", kScript},
    {".run", kLinux},
    {".appimage", kLinux},
    {".flatpakref", kLinux},
    {".snap", kLinux},
    {".deb", kPackage},
    {".rpm", kPackage},
    {".dmg", kDiskImage},
    {".iso", kDiskImage},
    {".pkg", kMac},
    {".mpkg", kMac},
    {".apk", kAndroid},
    {".xapk", kAndroid},
    {".aab", kAndroid},
    {".jar", kJava},
    {".jnlp", kJava},
    {".crx", "browser extension"},
    {".xpi", "browser extension"},
};

constexpr Named kTypes[] = {
    {"application/x-msdownload", kWindows},
    {"application/x-msdos-program", kWindows},
    {"application/x-dosexec", kWindows},
    {"application/x-exe", kWindows},
    {"application/exe", kWindows},
    {"application/vnd.microsoft.portable-executable", kWindows},
    {"application/x-msi", kInstaller},
    {"application/x-ms-installer", kInstaller},
    {"application/x-ole-storage+msi", kInstaller},
    {"application/msix", kInstaller},
    {"application/appx", kInstaller},
    {"application/vnd.ms-cab-compressed", kInstaller},
    {"application/x-ms-application", kInstaller},
    {"application/x-executable", kLinux},
    {"application/x-elf", kLinux},
    {"application/x-sharedlib", kLinux},
    {"application/vnd.appimage", kLinux},
    {"application/vnd.debian.binary-package", kPackage},
    {"application/x-debian-package", kPackage},
    {"application/x-deb", kPackage},
    {"application/x-rpm", kPackage},
    {"application/x-redhat-package-manager", kPackage},
    {"application/x-apple-diskimage", kDiskImage},
    {"application/x-iso9660-image", kDiskImage},
    {"application/x-mach-binary", kMac},
    {"application/vnd.apple.installer+xml", kMac},
    {"application/x-newton-compatible-pkg", kMac},
    {"application/vnd.android.package-archive", kAndroid},
    {"application/java-archive", kJava},
    {"application/x-java-archive", kJava},
    {"application/x-java-jnlp-file", kJava},
    {"application/x-powershell", kScript},
    {"application/x-bat", kScript},
    {"application/x-sh", kScript},
    {"application/hta", kScript},
    {"application/x-chrome-extension", "browser extension"},
    {"application/x-xpinstall", "browser extension"},
};

std::string_view bare_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!type.empty() && blank(type.front())) type.remove_prefix(1);
  while (!type.empty() && blank(type.back())) type.remove_suffix(1);
  return type;
}

bool ends_with_any_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && same_letters(text.substr(text.size() - end.size()), end);
}

// Windows drops trailing dots and spaces: "setup.exe." runs.
std::string_view kind_by_name(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  const auto found =
      std::ranges::find_if(kExtensions, [name](const Named& e) { return ends_with_any_case(name, e.word); });
  return found == std::end(kExtensions) ? std::string_view() : found->kind;
}

std::string_view kind_by_type(std::string_view type) {
  const auto found = std::ranges::find_if(kTypes, [type](const Named& e) { return same_letters(type, e.word); });
  return found == std::end(kTypes) ? std::string_view() : found->kind;
}

// The name of the first entry of a zip archive (APPNOTE 4.3.7): "META-INF/MANIFEST.MF".
std::string_view first_zip_entry(std::string_view bytes) {
  constexpr std::size_t kHeader = 30;
  if (bytes.size() < kHeader) return {};
  const std::size_t length = static_cast<unsigned char>(bytes[26]) | static_cast<unsigned char>(bytes[27]) << 8;
  return bytes.substr(kHeader, length);
}

std::string_view kind_by_zip(std::string_view bytes, std::string_view stated) {
  const std::string_view entry = first_zip_entry(bytes);
  if (entry.starts_with("AndroidManifest.xml") || entry.starts_with("classes.dex")) return kAndroid;
  if (entry.starts_with("META-INF/")) return stated.empty() ? kJava : stated;
  if (entry.starts_with("AppxManifest.xml") || entry.starts_with("AppxMetadata/")) return kInstaller;
  if (kind_by_name(entry) == kWindows || kind_by_name(entry) == kInstaller) return kind_by_name(entry);
  return stated;
}

// What programs begin with; kind_by_bytes() says which.
constexpr std::string_view kBeginnings[] = {
    "MZ"sv,
    "\x7f"
    "ELF"sv,
    "#!"sv,
    "!<arch>\ndebian"sv,
    "\xed\xab\xee\xdb"sv,
    "dex\n"sv,
    "MSCF"sv,
    "xar!"sv,
    "Cr24"sv,
    "\xfe\xed\xfa\xce"sv,
    "\xfe\xed\xfa\xcf"sv,
    "\xce\xfa\xed\xfe"sv,
    "\xcf\xfa\xed\xfe"sv,
    "\xca\xfe\xba\xbe"sv,
    "\xca\xfe\xba\xbf"sv,
    "PK\x03\x04"sv,
};

// "" where they are nothing of the kind. `stated`: what name or type say.
std::string_view kind_by_bytes(std::string_view bytes, std::string_view stated) {
  if (bytes.starts_with("MZ")) return stated.empty() ? kWindows : stated;
  if (bytes.starts_with("\x7f"
                        "ELF"))
    return kLinux;
  if (bytes.starts_with("#!")) return kScript;
  if (bytes.starts_with("!<arch>\ndebian")) return kPackage;
  if (bytes.starts_with("\xed\xab\xee\xdb")) return kPackage;
  if (bytes.starts_with("dex\n"sv)) return kAndroid;
  if (bytes.starts_with("MSCF")) return kInstaller;
  if (bytes.starts_with("xar!")) return kMac;
  if (bytes.starts_with("Cr24")) return "browser extension";
  // Mach-O, thin in both byte orders and both widths, and fat (which Java classes begin like: both are programs).
  for (const auto magic : {"\xfe\xed\xfa\xce"sv, "\xfe\xed\xfa\xcf"sv, "\xce\xfa\xed\xfe"sv, "\xcf\xfa\xed\xfe"sv,
                           "\xca\xfe\xba\xbe"sv, "\xca\xfe\xba\xbf"sv})
    if (bytes.starts_with(magic)) return kMac;
  if (bytes.starts_with("PK\x03\x04"sv)) return kind_by_zip(bytes, stated);
  return {};
}

// A page, or a message in JSON: what servers send in place of a file that is not to be had.
bool plainly_a_page(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == bytes.npos) return false;
  bytes.remove_prefix(first);
  return begins_with_any_case(bytes, "<!doctype html") || begins_with_any_case(bytes, "<html") ||
         begins_with_any_case(bytes, "<head") || begins_with_any_case(bytes, "<body");
}

// A type by which nobody would run anything: its bytes are not unpacked in order to look.
bool harmless(std::string_view type) {
  for (const auto start : {"image/"sv, "text/html"sv, "text/css"sv, "font/"sv, "audio/"sv, "video/"sv})
    if (begins_with_any_case(type, start)) return true;
  for (const auto whole : {"application/json"sv, "application/javascript"sv, "text/javascript"sv, "application/xml"sv})
    if (same_letters(type, whole)) return true;
  return false;
}

// What says no more than that it is bytes.
bool says_nothing(std::string_view type) {
  for (const auto word : {""sv, "application/octet-stream"sv, "binary/octet-stream"sv, "application/x-download"sv,
                          "application/download"sv, "application/force-download"sv, "application/binary"sv,
                          "multipart/byteranges"sv, "unknown/unknown"sv})
    if (same_letters(type, word)) return true;
  return false;
}

// Of files that nobody takes for programs, whatever their server calls them.
bool named_as_contents(std::string_view name) {
  for (const auto end : {".pdf"sv,  ".mp4"sv, ".m4v"sv, ".m4s"sv,  ".ts"sv,   ".mkv"sv, ".webm"sv, ".mov"sv,
                         ".avi"sv,  ".mp3"sv, ".m4a"sv, ".aac"sv,  ".flac"sv, ".ogg"sv, ".wav"sv,  ".jpg"sv,
                         ".jpeg"sv, ".png"sv, ".gif"sv, ".webp"sv, ".tif"sv,  ".tiff"sv})
    if (ends_with_any_case(name, end)) return true;
  return false;
}

}  // namespace

SoftwareFinding find_software(const AnswerHead& head, std::string_view first_bytes) {
  const std::string_view type = bare_type(head.content_type);
  const std::string_view by_type = kind_by_type(type);
  const std::string name = file_name_of(head.content_disposition, head.path);
  const std::string_view by_name = kind_by_name(name);
  const std::string_view stated = !by_name.empty() ? by_name : by_type;
  bool unseen = head.begins_later || same_letters(type, "multipart/byteranges");
  std::string_view bytes = unseen ? std::string_view() : first_bytes;
  std::optional<std::string> plain;
  if (is_coded(head.content_encoding) && !bytes.empty() && (!harmless(type) || !stated.empty())) {
    // Who unpacks nothing keeps what came.
    if (const auto kind = kind_by_bytes(bytes, stated); !kind.empty()) return {SoftwareSign::Bytes, kind};
    plain = decoded_beginning(head.content_encoding, bytes, kPackedBytes);
    bytes = plain ? std::string_view(*plain) : std::string_view();
    unseen = bytes.empty();
  }
  if (const auto kind = kind_by_bytes(bytes, stated); !kind.empty()) return {SoftwareSign::Bytes, kind};
  if (unseen && stated.empty() && says_nothing(type) && !named_as_contents(name))
    return {SoftwareSign::Type, "part of an unknown file"};
  // An installer is an OLE file, and so are old documents: name or type must say which.
  if (stated.empty()) return {};
  if (plainly_a_page(bytes)) return {};
  // "view.php?file=x.sh" is no script when the server calls it a page.
  if (by_type.empty() && (same_letters(type, "text/html") || same_letters(type, "application/xhtml+xml"))) return {};
  return {by_type.empty() ? SoftwareSign::Name : SoftwareSign::Type, stated};
}

bool more_would_tell(const AnswerHead& head, std::string_view first_bytes) {
  if (first_bytes.size() >= kPackedBytes || head.begins_later) return false;
  const std::string_view type = bare_type(head.content_type);
  const bool stated =
      !kind_by_type(type).empty() || !kind_by_name(file_name_of(head.content_disposition, head.path)).empty();
  std::optional<std::string> plain;
  if (is_coded(head.content_encoding) && !first_bytes.empty() && (!harmless(type) || stated)) {
    plain = decoded_beginning(head.content_encoding, first_bytes, kPackedBytes);
    if (!plain) return first_bytes.size() < kSoftwareBytes;  // a coding that nothing is known of
    first_bytes = *plain;
  }
  if (first_bytes.empty()) return true;
  if (first_bytes.size() >= kSoftwareBytes) return false;
  if (stated) return true;  // a page in its place would be told by more of it
  return std::ranges::any_of(kBeginnings, [first_bytes](std::string_view beginning) {
    return beginning.starts_with(first_bytes) || first_bytes.starts_with(beginning);
  });
}

}  // namespace citygate::categories
