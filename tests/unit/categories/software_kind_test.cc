#include "categories/software_kind.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

#include "categories/content_disposition.h"

namespace citygate::categories {
namespace {

using namespace std::string_literals;

std::string pe() { return "MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"s + std::string(48, '\0'); }

// The local header of a zip archive's first entry (APPNOTE 4.3.7).
std::string zip(const std::string& entry) {
  std::string out = "PK\x03\x04"s + std::string(22, '\0');
  out += static_cast<char>(entry.size());
  out += std::string("\0\0\0", 3);
  return out + entry;
}

std::string gzipped(const std::string& plain, int window_bits = 15 + 16) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(256, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 3));
  return out;
}

SoftwareFinding look(const std::string& bytes, std::string_view type = "application/octet-stream",
                     std::string_view path = "/get", std::string_view coding = "", std::string_view disposition = "") {
  return find_software(
      {.content_type = type, .content_encoding = coding, .content_disposition = disposition, .path = path}, bytes);
}

TEST(SoftwareKind, ProgramsAreKnownByTheirFirstBytesWhateverTheyAreCalled) {
  for (const auto* type : {"application/octet-stream", "image/png", "text/html", ""}) {
    EXPECT_EQ(look(pe(), type, "/holiday.png").sign, SoftwareSign::Bytes) << type;
    EXPECT_EQ(look("\x7f"s + "ELF\x02\x01\x01", type).kind, "Linux program") << type;
    EXPECT_EQ(look("#!/bin/sh\nrm -r .\n", type).kind, "script") << type;
    EXPECT_EQ(look("!<arch>\ndebian-binary   ", type).kind, "Linux package") << type;
    EXPECT_EQ(look("\xed\xab\xee\xdb\x03", type).kind, "Linux package") << type;
    EXPECT_EQ(look("\xcf\xfa\xed\xfe\x07", type).kind, "macOS program") << type;
    EXPECT_EQ(look("\xca\xfe\xba\xbe\0\0\0\x02"s, type).kind, "macOS program") << type;
    EXPECT_EQ(look("dex\n035"s, type).kind, "Android application") << type;
  }
}

TEST(SoftwareKind, ArchivesAreProgramsWhereTheirFirstEntryOrNameSaysSo) {
  EXPECT_EQ(look(zip("AndroidManifest.xml")).kind, "Android application");
  EXPECT_EQ(look(zip("META-INF/MANIFEST.MF")).kind, "Java program");
  EXPECT_EQ(look(zip("META-INF/MANIFEST.MF"), "", "/x.apk").kind, "Android application");
  EXPECT_EQ(look(zip("setup.exe")).kind, "Windows program");
  EXPECT_EQ(look(zip("a.txt"), "", "/tool.msix").kind, "Windows installer");
  EXPECT_FALSE(look(zip("[Content_Types].xml"), "", "/minutes.docx"));
  EXPECT_FALSE(look(zip("photos/1.jpg"), "application/zip", "/photos.zip"));
  EXPECT_FALSE(look("PK\x03\x04"s));  // cut short
}

TEST(SoftwareKind, InstallersInOldDocumentsClothesAreKnownByNameOrType) {
  const std::string ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + std::string(56, '\0');
  EXPECT_FALSE(look(ole, "application/msword", "/minutes.doc"));
  EXPECT_EQ(look(ole, "application/octet-stream", "/setup.msi").sign, SoftwareSign::Name);
  EXPECT_EQ(look(ole, "application/x-msi", "/get").sign, SoftwareSign::Type);
}

TEST(SoftwareKind, NamesAndTypesCountWhereBytesSayNothing) {
  const std::string unknown(64, 'x');
  EXPECT_EQ(look(unknown, "application/octet-stream", "/a/Setup.EXE").sign, SoftwareSign::Name);
  EXPECT_EQ(look(unknown, "application/octet-stream", "/get", "", "attachment; filename=\"a b.dmg\"").kind,
            "disk image");
  EXPECT_EQ(
      look(unknown, "application/octet-stream", "/get", "", "attachment; filename=x.txt; filename*=UTF-8''s%65tup.exe")
          .kind,
      "Windows program");
  EXPECT_EQ(look(unknown, "application/octet-stream", "/setup.exe. . ").sign,
            SoftwareSign::Name);  // Windows drops these
  EXPECT_EQ(look(unknown, "Application/X-MSDownload; charset=binary").sign, SoftwareSign::Type);
  EXPECT_EQ(look("", "application/octet-stream", "/setup.exe").sign, SoftwareSign::Name);  // not a byte yet
  EXPECT_FALSE(look(unknown));
  EXPECT_FALSE(look(unknown, "text/plain", "/readme.txt"));
  EXPECT_FALSE(look(unknown, "application/octet-stream", "/redirect/example.com"));
}

TEST(SoftwareKind, PagesThatStandInForAFileAreNoSoftware) {
  EXPECT_FALSE(look("\xef\xbb\xbf \n<!DOCTYPE html><html>", "application/octet-stream", "/setup.exe"));
  EXPECT_FALSE(look("<HTML><body>choose a mirror", "text/html", "/setup.exe"));
  EXPECT_FALSE(look("{\"about\": 1}", "text/html", "/wiki/setup.exe"));
  EXPECT_FALSE(look("Talk about setup.exe", "text/html; charset=utf-8", "/view"));
}

TEST(SoftwareKind, WhatComesCompressedIsJudgedByWhatItUnpacksTo) {
  EXPECT_EQ(look(gzipped(pe()), "application/octet-stream", "/get", "gzip").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(gzipped(pe()), "", "/get", "X-GZIP").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(gzipped(pe(), 15), "", "/get", "deflate").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(gzipped(pe(), -15), "", "/get", "deflate").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(zstd(pe()), "", "/get", "zstd").sign, SoftwareSign::Bytes);
  EXPECT_FALSE(look(gzipped("<!doctype html><p>choose a mirror"), "", "/setup.exe", "gzip"));
  EXPECT_EQ(look(gzipped(pe()).substr(0, 12), "", "/setup.exe", "gzip").sign, SoftwareSign::Name);
  EXPECT_EQ(look("\x1b\x3f", "", "/setup.exe", "br").sign, SoftwareSign::Name);
  EXPECT_FALSE(look("not gzip at all", "application/x-thing", "/get", "gzip"));
  EXPECT_EQ(look(pe(), "application/x-thing", "/get", "gzip").sign, SoftwareSign::Bytes) << "nor is this";
}

TEST(SoftwareKind, PartsFromTheMiddleAreJudgedByNameAndType) {
  AnswerHead head{.content_type = "application/octet-stream",
                  .content_encoding = {},
                  .content_disposition = {},
                  .path = "/setup.exe",
                  .begins_later = true};
  EXPECT_EQ(find_software(head, "<html>").sign, SoftwareSign::Name);
  head.path = "/film.mp4";
  EXPECT_FALSE(find_software(head, pe()));
}

TEST(SoftwareKind, WhatCannotBeLookedAtAndSaysNothingIsTakenForAPart) {
  AnswerHead head{.content_type = "application/octet-stream",
                  .content_encoding = {},
                  .content_disposition = {},
                  .path = "/get",
                  .begins_later = true};
  for (const auto* type : {"application/octet-stream", "", "binary/octet-stream; charset=binary"}) {
    head.content_type = type;
    EXPECT_TRUE(find_software(head, pe().substr(1))) << type;
  }
  for (const auto* type : {"video/mp4", "application/pdf", "text/html"}) {
    head.content_type = type;
    EXPECT_FALSE(find_software(head, pe().substr(1))) << type;
  }
  EXPECT_TRUE(look("--b\r\nContent-Range: bytes 0-10/90\r\n\r\n" + pe(), "multipart/byteranges; boundary=b"));
  EXPECT_FALSE(look("--b\r\n", "multipart/byteranges; boundary=b", "/film.mp4"));
  EXPECT_TRUE(look("\x8b\x01", "application/octet-stream", "/get", "br"));
  EXPECT_TRUE(look("no gzip", "application/octet-stream", "/get", "gzip"));
  EXPECT_FALSE(look("\x8b\x01", "application/json", "/get", "br"));
}

TEST(SoftwareKind, CodingsAreUndoneOneAfterTheOther) {
  const std::string twice = gzipped(gzipped(pe()));
  EXPECT_EQ(look(twice, "application/x-thing", "/get", "gzip, gzip").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(gzipped(pe()), "application/x-thing", "/get", "identity, gzip,").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(gzipped(pe()), "application/x-thing", "/get", "gzip, identity").sign, SoftwareSign::Bytes);
  EXPECT_EQ(look(pe(), "application/x-thing", "/get", "identity").sign, SoftwareSign::Bytes);
}

// Real programs have tables of the packer's before their first byte.
TEST(SoftwareKind, APackedProgramIsWaitedForUntilItsFirstByte) {
  std::string program = pe();
  std::uint32_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 1'664'525 + 1'013'904'223;
    program += static_cast<char>((state >> 24) % (1 + (state >> 12) % 200));
  }
  std::string packed(2 * program.size(), '\0');
  uLongf size = packed.size();
  ASSERT_EQ(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(program.data()),
                      program.size(), 9),
            Z_OK);
  packed.resize(size);
  AnswerHead head{.content_type = "application/x-thing",
                  .content_encoding = "deflate",
                  .content_disposition = {},
                  .path = "/get",
                  .begins_later = false};
  EXPECT_TRUE(more_would_tell(head, packed.substr(0, kSoftwareBytes)));
  EXPECT_FALSE(more_would_tell(head, packed.substr(0, kPackedBytes)));
  EXPECT_EQ(find_software(head, packed.substr(0, kPackedBytes)).sign, SoftwareSign::Bytes);
}

TEST(SoftwareKind, WaitsForMoreOnlyWhereMoreWouldTell) {
  AnswerHead head{.content_type = "text/event-stream",
                  .content_encoding = {},
                  .content_disposition = {},
                  .path = "/events",
                  .begins_later = false};
  EXPECT_TRUE(more_would_tell(head, ""));
  EXPECT_TRUE(more_would_tell(head, "M"));
  EXPECT_TRUE(more_would_tell(head, "!<arch>\n"));
  EXPECT_TRUE(more_would_tell(head, "PK\x03\x04")) << "what is in it";
  EXPECT_FALSE(more_would_tell(head, "data: 1\n\n"));
  EXPECT_FALSE(more_would_tell(head, std::string(kSoftwareBytes, 'M')));
  head.content_encoding = "gzip";
  EXPECT_TRUE(more_would_tell(head, "data: 1\n\n"));
  head.content_encoding = {};
  head.path = "/setup.exe";
  EXPECT_TRUE(more_would_tell(head, "<!"));
}

TEST(SoftwareKind, AnyBeginningOfAnyBytesIsRead) {
  const std::vector<std::string> samples{pe(), zip("META-INF/MANIFEST.MF"), gzipped(pe()), zstd(pe()),
                                         "\xef\xbb\xbf<html>"};
  for (const auto& sample : samples)
    for (std::size_t length = 0; length <= sample.size(); ++length)
      for (const auto* coding : {"", "gzip", "deflate", "zstd", "br"}) {
        const std::string bytes = sample.substr(0, length);
        static_cast<void>(look(bytes, "application/octet-stream", "/x", coding));
      }
}

TEST(FileName, IsWhatABrowserWouldSaveItAs) {
  EXPECT_EQ(file_name_of("", "/a/b/setup%20one.exe?x=1"), "setup one.exe");
  EXPECT_EQ(file_name_of("attachment", "/a/"), "");
  EXPECT_EQ(file_name_of("attachment; filename=\"..\\\\..\\\\evil.exe\"", "/x"), "evil.exe");
  EXPECT_EQ(file_name_of("inline; FileName = plain.bin ; size=3", "/x"), "plain.bin");
  EXPECT_EQ(file_name_of("attachment; filename=\"say \\\"hi\\\".txt\"", "/x"), "say \"hi\".txt");
  EXPECT_EQ(file_name_of("attachment; filename*=UTF-8'de'%C3%BCber.exe", "/x"),
            "\xc3\xbc"
            "ber.exe");
}

}  // namespace
}  // namespace citygate::categories
