// Any bytes as a record, as a segment, as saved visits and as a row of totals: what is not one is refused, and what is
// read can be written and read again with the same result.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "meter/visit_timeline.h"
#include "records/record_codec.h"
#include "records/segments.h"
#include "records/tally.h"

namespace {

using namespace citygate;

std::string encode(const Record& record) {
  std::string out(records::record_bytes_bound(record), '\0');
  char* end = records::encode_record(record, out.data());
  CG_CHECK(static_cast<std::size_t>(end - out.data()) <= out.size());
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

void read_record(std::string_view bytes) {
  Record record, again;
  if (!records::decode_record(bytes, record)) return;
  CG_CHECK(record.host.size() <= records::kMaxHost && record.path.size() <= records::kMaxPath);
  const std::string written = encode(record);
  CG_CHECK(records::decode_record(written, again));
  CG_CHECK(encode(again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_record(bytes);

  records::SegmentReader segment(bytes);
  for (Record record; segment.next(record);) CG_CHECK(record.host.size() <= records::kMaxHost);

  meter::VisitTimeline visits;
  if (visits.restore(bytes)) {
    std::string saved, again;
    visits.save(saved);
    CG_CHECK(visits.restore(saved));
    visits.save(again);
    CG_CHECK(again == saved);
  }
  if (const auto block = records::decode_block(bytes)) {
    const std::string written = records::encode_block(*block);
    CG_CHECK(records::encode_block(*records::decode_block(written)) == written);
  }
  return 0;
}
