#include "matcher/pattern_engine.h"

#include <hs/hs.h>

#include <cstdlib>

namespace citygate::matcher {
namespace {

unsigned flags_of(ScanMode mode) {
  constexpr unsigned kAlways = HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
  return mode == ScanMode::Approximate ? kAlways | HS_FLAG_PREFILTER : kAlways;
}

struct FreeCompileError {
  void operator()(hs_compile_error_t* error) const noexcept { hs_free_compile_error(error); }
};
using CompileError = std::unique_ptr<hs_compile_error_t, FreeCompileError>;

struct Found {
  std::span<std::uint32_t> out;
  std::size_t count = 0;
};

int on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
  auto* found = static_cast<Found*>(context);
  if (found->count == found->out.size()) return 0;  // each is told once, so there is room, or the file is not ours
  found->out[found->count++] = id;
  return 0;
}

}  // namespace

Result<void> check_scannable(const ScanExpression& expression) {
  if (expression.mode == ScanMode::Approximate) {
    // What remains of an approximation may match the empty text, which shows only when it is compiled.
    std::size_t culprit = 0;
    CG_TRY_VOID(ScanDatabase::compile({&expression, 1}, ScanDatabase::Machine::AnyWithAvx2, culprit));
    return {};
  }
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* raw = nullptr;
  const auto code = hs_expression_info(expression.text.c_str(), flags_of(expression.mode), &info, &raw);
  const CompileError error(raw);
  std::free(info);  // made by Hyperscan's misc allocator, which is malloc unless it is replaced
  if (code == HS_SUCCESS) return {};
  return fail(Error::Kind::Malformed, error && error->message != nullptr ? error->message : "refused by Hyperscan");
}

void ScanDatabase::Free::operator()(hs_database* database) const noexcept { (void)hs_free_database(database); }
void ScanScratch::Free::operator()(hs_scratch* scratch) const noexcept { (void)hs_free_scratch(scratch); }

Result<ScanDatabase> ScanDatabase::compile(std::span<const ScanExpression> expressions, Machine machine,
                                           std::size_t& culprit) {
  culprit = kNotOne;
  ScanDatabase out;
  if (expressions.empty()) return out;
  std::vector<const char*> texts;
  std::vector<unsigned> flags, ids;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    texts.push_back(expressions[i].text.c_str());
    flags.push_back(flags_of(expressions[i].mode));
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_platform_info_t platform{};
  platform.tune = HS_TUNE_FAMILY_GENERIC;
  platform.cpu_features = HS_CPU_FEATURES_AVX2;
  hs_database_t* database = nullptr;
  hs_compile_error_t* raw = nullptr;
  const auto code = hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                                     HS_MODE_BLOCK, machine == Machine::This ? nullptr : &platform, &database, &raw);
  const CompileError error(raw);
  if (code != HS_SUCCESS) {
    if (error && error->expression >= 0) culprit = static_cast<std::size_t>(error->expression);
    return fail(Error::Kind::Malformed, error && error->message != nullptr ? error->message : "refused by Hyperscan");
  }
  out.database_.reset(database);
  return out;
}

Result<ScanDatabase> ScanDatabase::deserialise(std::span<const std::byte> bytes) {
  ScanDatabase out;
  hs_database_t* database = nullptr;
  const auto code = hs_deserialize_database(reinterpret_cast<const char*>(bytes.data()), bytes.size(), &database);
  if (code != HS_SUCCESS)
    return fail(Error::Kind::Storage, "Hyperscan does not take the database: error " + std::to_string(code));
  out.database_.reset(database);
  return out;
}

Result<std::vector<std::byte>> ScanDatabase::serialise() const {
  if (!database_) return std::vector<std::byte>();
  char* bytes = nullptr;
  std::size_t size = 0;
  if (const auto code = hs_serialize_database(database_.get(), &bytes, &size); code != HS_SUCCESS)
    return fail(Error::Kind::Bug, "Hyperscan cannot write its database: error " + std::to_string(code));
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  std::vector<std::byte> out(first, first + size);
  std::free(bytes);
  return out;
}

std::size_t ScanDatabase::scan(std::string_view text, ScanScratch& scratch,
                               std::span<std::uint32_t> out) const noexcept {
  if (!database_ || text.empty()) return 0;  // no expression that matches the empty text gets this far
  Found found{out};
  const auto code = hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.scratch_.get(),
                            on_match, &found);
  CG_CHECK(code == HS_SUCCESS);  // a scan that did not happen must not look like one that found nothing
  return found.count;
}

std::size_t ScanDatabase::memory_bytes() const {
  std::size_t out = 0;
  if (database_) (void)hs_database_size(database_.get(), &out);
  return out;
}

void ScanScratch::fit(const ScanDatabase& database) {
  if (!database) return;
  hs_scratch_t* scratch = scratch_.release();
  const auto code = hs_alloc_scratch(database.database_.get(), &scratch);
  scratch_.reset(scratch);
  CG_CHECK(code == HS_SUCCESS);  // out of memory
}

}  // namespace citygate::matcher
