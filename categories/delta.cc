#include "categories/delta.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace citygate::categories {
namespace {

constexpr int kLevel = 3;
constexpr int kMaxWindow = 31;  // zstd takes no more where addresses have 64 bits

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unexpected<Error> broken(std::size_t code) {
  return fail(Error::Kind::Malformed, std::string("zstd: ") + ZSTD_getErrorName(code));
}

}  // namespace

Result<std::string> pack_delta(std::string_view text, std::string_view base) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  CG_CHECK(context != nullptr);
  // The window has to reach from the end of the text back to the beginning of the base.
  const int window = std::clamp(static_cast<int>(std::bit_width(text.size() + base.size())), 20, kMaxWindow);
  for (const auto& [name, value] :
       {std::pair{ZSTD_c_compressionLevel, kLevel}, std::pair{ZSTD_c_checksumFlag, 1},
        std::pair{ZSTD_c_windowLog, window}, std::pair{ZSTD_c_enableLongDistanceMatching, base.empty() ? 0 : 1}})
    if (const auto code = ZSTD_CCtx_setParameter(context.get(), name, value); ZSTD_isError(code)) return broken(code);
  if (const auto code = ZSTD_CCtx_refPrefix(context.get(), base.data(), base.size()); ZSTD_isError(code))
    return broken(code);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const auto size = ZSTD_compress2(context.get(), out.data(), out.size(), text.data(), text.size());
  if (ZSTD_isError(size)) return broken(size);
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

Result<std::string> unpack_delta(std::string_view packed, std::string_view base, std::uint64_t text_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  CG_CHECK(context != nullptr);
  if (const auto code = ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindow); ZSTD_isError(code))
    return broken(code);
  // The frame says what it holds: a wrong manifest must not make us reserve memory.
  const auto said = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (said != text_bytes) return fail(Error::Kind::Malformed, "its size is not the one in its manifest");
  if (const auto code = ZSTD_DCtx_refPrefix(context.get(), base.data(), base.size()); ZSTD_isError(code))
    return broken(code);
  std::string out(text_bytes, '\0');
  const auto size = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(size)) return broken(size);
  if (size != text_bytes) return fail(Error::Kind::Malformed, "it ends early");
  return out;
}

}  // namespace citygate::categories
