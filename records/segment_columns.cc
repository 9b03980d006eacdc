#include "records/segment_columns.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/result.h"
#include "meter/varint.h"
#include "records/record_codec.h"

namespace citygate::records {
namespace {

using meter::append_varint;
using meter::fold_sign;
using meter::unfold_sign;
using meter::VarintReader;

constexpr std::uint64_t kVersion = 2;
// Higher levels save a tenth of the bytes for several times the time.
constexpr int kLevel = 1;
constexpr std::size_t kMaxPayload = kSegmentRecords * (kMaxRecordBytes + 256);

// What a shape's records have besides the columns that all have; stands with the shape.
enum Extra : std::uint8_t { kSlice = 1, kActive = 2, kStreaming = 4, kLine = 8, kCaptured = 16, kKnownExtras = 31 };

std::uint8_t extras_of(const Record& r) {
  std::uint8_t out = r.slice != 0 ? kSlice : 0;
  if (r.attention != Attention::None || r.active_from != WallTime{} || r.active_until != WallTime{}) out |= kActive;
  if (r.streaming_bytes != 0) out |= kStreaming;
  if (r.evidence.line != 0) out |= kLine;
  if (r.named_by != NamedBy::Request) out |= kCaptured;
  return out;
}

std::int64_t micros(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall(std::int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }
// Differences wrap around: damaged or hostile times must not overflow.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

void append_block(std::string& to, std::string_view bytes) {
  append_varint(to, bytes.size());
  to += bytes;
}
void append_texts(std::string& to, const std::vector<std::string_view>& texts) {
  append_varint(to, texts.size());
  for (const auto text : texts) append_varint(to, text.size());
  for (const auto text : texts) to += text;
}
bool read_texts(VarintReader& in, std::size_t most_bytes, std::vector<std::string_view>& out) {
  const std::uint64_t count = in.number();
  if (count > kSegmentRecords) return false;
  std::vector<std::uint64_t> sizes(count);
  for (auto& size : sizes) size = in.number();
  for (const auto size : sizes) {
    if (size > most_bytes) return false;
    out.push_back(in.bytes(size));
  }
  return in.ok();
}

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

// The parts of a record that few different values of occur together. No padding: compared and hashed as bytes.
struct SegmentBuilder::Shape {
  std::uint64_t policy, lists, people;
  std::array<std::uint64_t, 4> categories;
  std::uint32_t rule, grant, quota, source;
  std::uint16_t port, status, decisive, evidence;
  std::uint8_t method, scheme, outcome, ruling, reason, stage, attention, marks, extras, named_by, name_check;
  std::array<std::uint8_t, 5> none;
};

struct SegmentBuilder::Subject {
  std::array<std::uint8_t, 16> client;
  std::uint32_t person, department;
  std::uint64_t identity;
};

struct SegmentBuilder::Packer {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Packer() { CG_CHECK(context != nullptr); }
  ~Packer() { ZSTD_freeCCtx(context); }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
};

SegmentBuilder::SegmentBuilder()
    : shape_places_(std::make_unique<Places>()),
      subject_places_(std::make_unique<Places>()),
      host_places_(std::make_unique<Places>()),
      path_places_(std::make_unique<Places>()),
      packer_(std::make_unique<Packer>()) {}
SegmentBuilder::~SegmentBuilder() = default;

void SegmentBuilder::Column::put(std::uint64_t value) { at_ = meter::put_varint(at_, value); }

template <class Equal>
std::uint32_t SegmentBuilder::Places::find_or_add(std::uint64_t hash, std::uint32_t next, Equal&& equal) {
  const auto tag = static_cast<std::uint32_t>(hash >> 47) << 15;
  for (std::size_t i = hash % kSlots;; i = (i + 1) % kSlots) {
    if (slots_[i] == 0) {
      slots_[i] = tag | (next + 1);
      return next;
    }
    const std::uint32_t place = (slots_[i] & 0x7fff) - 1;
    if ((slots_[i] & ~0x7fffu) == tag && equal(place)) return place;
  }
}

std::uint32_t SegmentBuilder::ring_of(std::uint64_t number) {
  if (last_ring_ < rings_.size() && rings_[last_ring_].number == number) return last_ring_;
  const auto found = std::ranges::find(rings_, number, &Ring::number);
  last_ring_ = static_cast<std::uint32_t>(found - rings_.begin());
  if (found == rings_.end()) rings_.push_back({.number = number, .last_id = 0, .last_exchange = 0});
  return last_ring_;
}

void SegmentBuilder::add(const Record& r) {
  const auto word = [](auto value) { return static_cast<std::uint8_t>(value); };
  static_assert(sizeof(Shape) == 96 && sizeof(Subject) == 32 && std::has_unique_object_representations_v<Shape>);
  const std::uint8_t marks =
      static_cast<std::uint8_t>((r.last ? 1 : 0) | (r.has_query ? 2 : 0) | (r.sealed ? 4 : 0) | (r.attempt ? 8 : 0) |
                                (r.uncertain ? 16 : 0) | (r.elsewhere ? 32 : 0));
  const Shape shape{.policy = r.policy.value,
                    .lists = r.lists.value,
                    .people = r.people.value,
                    .categories = r.categories.words(),
                    .rule = r.rule.value,
                    .grant = r.grant.value,
                    .quota = r.quota.value,
                    .source = r.evidence.source.value,
                    .port = r.port,
                    .status = r.status,
                    .decisive = r.decisive.value,
                    .evidence = r.evidence.category.value,
                    .method = word(r.method),
                    .scheme = word(r.scheme),
                    .outcome = word(r.outcome),
                    .ruling = word(r.ruling),
                    .reason = word(r.reason),
                    .stage = word(r.stage),
                    .attention = word(r.attention),
                    .marks = marks,
                    .extras = extras_of(r),
                    .named_by = word(r.named_by),
                    .name_check = word(r.name_check),
                    .none = {}};
  const Subject subject{.client = r.client.bytes(),
                        .person = r.person.value,
                        .department = r.department.value,
                        .identity = word(r.identity)};
  const auto bytes = [](const auto& pod) { return std::string_view(reinterpret_cast<const char*>(&pod), sizeof pod); };
  const auto place = [](Places& places, std::string_view key, auto& entries, const auto& entry, auto&& equal) {
    const std::uint32_t at = places.find_or_add(checksum64(key, 0), static_cast<std::uint32_t>(entries.size()), equal);
    if (at == entries.size()) entries.push_back(entry);
    return at;
  };
  shape_.put(place(*shape_places_, bytes(shape), shapes_, shape,
                   [&](std::uint32_t i) { return std::memcmp(&shapes_[i], &shape, sizeof shape) == 0; }));
  subject_.put(place(*subject_places_, bytes(subject), subjects_, subject,
                     [&](std::uint32_t i) { return std::memcmp(&subjects_[i], &subject, sizeof subject) == 0; }));
  const std::string_view host = r.host.substr(0, kMaxHost), path = r.path.substr(0, kMaxPath);
  host_.put(place(*host_places_, host, hosts_, host, [&](std::uint32_t i) { return hosts_[i] == host; }));
  path_.put(place(*path_places_, path, paths_, path, [&](std::uint32_t i) { return paths_[i] == path; }));

  const std::uint32_t at = ring_of(r.id.value >> 40);
  Ring& ring = rings_[at];
  ring_.put(at);
  id_.put(fold_sign(static_cast<std::int64_t>(r.id.value - ring.last_id)));
  exchange_.put(fold_sign(static_cast<std::int64_t>(r.exchange - ring.last_exchange)));
  ring.last_id = r.id.value;
  ring.last_exchange = r.exchange;

  const std::int64_t end = micros(r.end);
  if (count_ == 0) first_end_ = last_end_ = end;
  end_.put(fold_sign(minus(end, last_end_)));
  last_end_ = end;
  lasted_.put(fold_sign(minus(end, micros(r.begin))));
  from_client_.put(r.from_client_bytes);
  to_client_.put(r.to_client_bytes);
  if (shape.extras & kLine) line_.put(r.evidence.line);
  if (shape.extras & kSlice) append_varint(extras_, r.slice);
  if (shape.extras & kActive) {
    meter::append_signed(extras_, minus(micros(r.active_from), micros(r.begin)));
    meter::append_signed(extras_, minus(micros(r.active_until), micros(r.active_from)));
  }
  if (shape.extras & kStreaming) append_varint(extras_, r.streaming_bytes);
  if (shape.extras & kCaptured)
    extras_.append(reinterpret_cast<const char*>(r.chosen.bytes().data()), r.chosen.bytes().size());
  ++count_;
}

std::string SegmentBuilder::finish() {
  CG_CHECK(count_ != 0 && count_ <= kSegmentRecords);
  payload_.clear();
  append_varint(payload_, shapes_.size());
  for (const Shape& shape : shapes_) {
    Record r;  // a record's own encoding says what a shape is
    r.last = shape.marks & 1;
    r.has_query = shape.marks & 2;
    r.sealed = shape.marks & 4;
    r.attempt = shape.marks & 8;
    r.uncertain = shape.marks & 16;
    r.elsewhere = shape.marks & 32;
    r.policy = {shape.policy};
    r.lists = {shape.lists};
    r.people = {shape.people};
    r.categories = CategorySet::from_words(shape.categories);
    r.rule = {shape.rule};
    r.grant = {shape.grant};
    r.quota = {shape.quota};
    r.evidence = {.category = {shape.evidence}, .source = {shape.source}, .line = 0};
    r.port = shape.port;
    r.status = shape.status;
    r.decisive = {shape.decisive};
    r.method = static_cast<Method>(shape.method);
    r.scheme = static_cast<Scheme>(shape.scheme);
    r.outcome = static_cast<Outcome>(shape.outcome);
    r.ruling = static_cast<Ruling>(shape.ruling);
    r.reason = static_cast<Reason>(shape.reason);
    r.stage = static_cast<Stage>(shape.stage);
    r.attention = static_cast<Attention>(shape.attention);
    r.named_by = static_cast<NamedBy>(shape.named_by);
    r.name_check = static_cast<NameCheck>(shape.name_check);
    char bytes[kMaxRecordBytes];
    append_varint(payload_, shape.extras);
    append_block(payload_, {bytes, static_cast<std::size_t>(encode_record(r, bytes) - bytes)});
  }
  append_varint(payload_, subjects_.size());
  for (const Subject& subject : subjects_) {
    append_varint(payload_, subject.person);
    append_varint(payload_, subject.department);
    append_varint(payload_, subject.identity);
    const bool v4 = IpAddress::from_bytes(subject.client).is_v4();
    append_block(payload_,
                 std::string_view(reinterpret_cast<const char*>(subject.client.data()), 16).substr(v4 ? 12 : 0));
  }
  append_texts(payload_, hosts_);
  append_texts(payload_, paths_);
  append_varint(payload_, rings_.size());
  for (const Ring& ring : rings_) append_varint(payload_, ring.number);
  meter::append_signed(payload_, first_end_);
  for (Column* column : {&shape_, &subject_, &host_, &path_, &ring_, &id_, &exchange_, &end_, &lasted_, &line_,
                         &from_client_, &to_client_}) {
    append_block(payload_, column->bytes());
    column->clear();
  }
  append_block(payload_, extras_);

  std::string value;
  const std::size_t bound = ZSTD_compressBound(payload_.size());
  value.reserve(3 * meter::kMaxVarint + bound + sizeof(std::uint32_t));
  append_varint(value, kVersion);
  append_varint(value, count_);
  append_varint(value, payload_.size());
  const std::size_t at = value.size();
  value.resize(at + bound);
  const std::size_t size =
      ZSTD_compressCCtx(packer_->context, value.data() + at, bound, payload_.data(), payload_.size(), kLevel);
  CG_CHECK(!ZSTD_isError(size));
  value.resize(at + size);
  const std::uint32_t sum = checksum32(value);
  value.append(reinterpret_cast<const char*>(&sum), sizeof sum);

  count_ = 0;
  for (const auto* places : {&shape_places_, &subject_places_, &host_places_, &path_places_}) (*places)->clear();
  shapes_.clear();
  subjects_.clear();
  hosts_.clear();
  paths_.clear();
  rings_.clear();
  extras_.clear();
  return value;
}

struct SegmentReader::Content {
  struct Shape {
    Record record;
    std::uint8_t extras;
  };
  struct Subject {
    PersonId person;
    DepartmentId department;
    IdentityMethod identity;
    IpAddress client;
  };
  struct Ring {
    std::uint64_t number, last_id, last_exchange;
  };
  std::string payload;
  std::vector<Shape> shapes;
  std::vector<Subject> subjects;
  std::vector<std::string_view> hosts, paths;
  std::vector<Ring> rings;
  std::int64_t last_end = 0;
  std::vector<VarintReader> columns;  // in the order of the format

  bool unpack(std::string_view frame, std::uint64_t size);
  bool read_head();
  bool next(Record& out);
};

bool SegmentReader::Content::unpack(std::string_view frame, std::uint64_t size) {
  if (size > kMaxPayload) return false;
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  payload.resize(size);
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), payload.data(), payload.size(), frame.data(), frame.size());
  return !ZSTD_isError(got) && got == size && read_head();
}

bool SegmentReader::Content::read_head() {
  VarintReader in(payload);
  for (auto left = in.number(); left != 0 && in.ok() && shapes.size() < kSegmentRecords; --left) {
    Shape& shape = shapes.emplace_back();
    shape.extras = in.small<std::uint8_t>();
    if ((shape.extras & ~kKnownExtras) != 0 || !decode_record(in.bytes(in.number()), shape.record)) return false;
  }
  for (auto left = in.number(); left != 0 && in.ok() && subjects.size() < kSegmentRecords; --left) {
    Subject& subject = subjects.emplace_back();
    subject.person = {in.small<std::uint32_t>()};
    subject.department = {in.small<std::uint32_t>()};
    const auto identity = in.number();
    if (identity > static_cast<std::uint64_t>(IdentityMethod::Portal)) return false;
    subject.identity = static_cast<IdentityMethod>(identity);
    const std::string_view address = in.bytes(in.number());
    if (address.size() != 4 && address.size() != 16) return false;
    std::array<std::uint8_t, 16> bytes = IpAddress::v4(0).bytes();
    std::memcpy(bytes.data() + (16 - address.size()), address.data(), address.size());
    subject.client = IpAddress::from_bytes(bytes);
  }
  if (!in.ok() || !read_texts(in, kMaxHost, hosts) || !read_texts(in, kMaxPath, paths)) return false;
  for (auto left = in.number(); left != 0 && in.ok() && rings.size() < kSegmentRecords; --left)
    rings.push_back({.number = in.number(), .last_id = 0, .last_exchange = 0});
  last_end = in.signed_number();
  for (int i = 0; i < 13; ++i) columns.emplace_back(in.bytes(in.number()));
  return in.ok() && in.done();
}

bool SegmentReader::Content::next(Record& out) {
  enum { kShape, kSubject, kHost, kPath, kRing, kId, kExchange, kEnd, kLasted, kLineAt, kFrom, kTo, kExtras };
  const std::uint64_t shape_at = columns[kShape].number(), subject_at = columns[kSubject].number(),
                      host_at = columns[kHost].number(), path_at = columns[kPath].number(),
                      ring_at = columns[kRing].number();
  if (shape_at >= shapes.size() || subject_at >= subjects.size() || host_at >= hosts.size() ||
      path_at >= paths.size() || ring_at >= rings.size())
    return false;
  const Shape& shape = shapes[shape_at];
  const Subject& subject = subjects[subject_at];
  Ring& ring = rings[ring_at];
  out = shape.record;
  out.person = subject.person;
  out.department = subject.department;
  out.identity = subject.identity;
  out.client = subject.client;
  out.host = hosts[host_at];
  out.path = paths[path_at];
  ring.last_id += static_cast<std::uint64_t>(columns[kId].signed_number());
  ring.last_exchange += static_cast<std::uint64_t>(columns[kExchange].signed_number());
  out.id = {ring.last_id};
  out.exchange = ring.last_exchange;
  last_end = plus(last_end, columns[kEnd].signed_number());
  const std::int64_t begin = minus(last_end, columns[kLasted].signed_number());
  out.end = wall(last_end);
  out.begin = wall(begin);
  out.from_client_bytes = columns[kFrom].number();
  out.to_client_bytes = columns[kTo].number();
  if (shape.extras & kLine) out.evidence.line = columns[kLineAt].small<std::uint32_t>();
  VarintReader& extras = columns[kExtras];
  if (shape.extras & kSlice) out.slice = extras.small<std::uint32_t>();
  if (shape.extras & kActive) {
    const std::int64_t from = plus(begin, extras.signed_number());
    out.active_from = wall(from);
    out.active_until = wall(plus(from, extras.signed_number()));
  } else {
    out.active_from = out.active_until = {};
  }
  if (shape.extras & kStreaming) out.streaming_bytes = extras.number();
  if (shape.extras & kCaptured) {
    std::array<std::uint8_t, 16> chosen{};
    const std::string_view bytes = extras.bytes(chosen.size());
    std::ranges::copy(bytes, chosen.begin());
    out.chosen = IpAddress::from_bytes(chosen);
  }
  return std::ranges::all_of(columns, &VarintReader::ok);
}

SegmentReader::SegmentReader(std::string_view value) : content_(std::make_unique<Content>()) {
  std::uint32_t expected = 0;
  if (value.size() < sizeof expected) return;
  std::memcpy(&expected, value.data() + value.size() - sizeof expected, sizeof expected);
  value.remove_suffix(sizeof expected);
  VarintReader in(value);
  if (in.number() != kVersion || checksum32(value) != expected) return;
  left_ = in.number();
  const std::uint64_t size = in.number();
  ok_ = in.ok() && left_ <= kSegmentRecords && content_->unpack(value.substr(value.size() - in.left()), size);
}
SegmentReader::~SegmentReader() = default;

bool SegmentReader::next(Record& out) {
  if (!ok_ || left_ == 0) return false;
  --left_;
  ok_ = content_->next(out);
  read_ += ok_ ? 1 : 0;
  return ok_;
}

}  // namespace citygate::records
