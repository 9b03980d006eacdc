#include "records/database_acts.h"

#include <fmt/format.h>

#include <utility>

#include "base/hex.h"
#include "base/log.h"
#include "records/act_codec.h"
#include "records/keys.h"

namespace citygate::records {
namespace {

constexpr std::size_t kHashBytes = std::tuple_size_v<ActHash>;
constexpr std::size_t kFirstChunkBytes = 1024, kChunkBytes = std::size_t{1} << 20;
const std::string kFirstAct = "A", kBehindActs = "B", kFirstSecret = "S", kBehindSecrets = "T";

std::string value_of(const ActHash& hash, std::string_view line) {
  std::string out(reinterpret_cast<const char*>(hash.data()), hash.size());
  out += line;
  return out;
}

ActLink link_of(const Database::Entry& entry) {
  ActLink out{.number = keys::number(entry.key, 1, 8), .line = {}, .line_hash = {}, .hash = {}};
  if (entry.value.size() > kHashBytes) out.line = entry.value.substr(kHashBytes);
  for (std::size_t i = 0; i < std::min(kHashBytes, entry.value.size()); ++i)
    out.hash[i] = static_cast<std::uint8_t>(entry.value[i]);
  out.line_hash = hash_of_act(out.line);
  return out;
}

std::unexpected<Error> damaged(std::string_view how) {
  return fail(Error::Kind::Refused,
              fmt::format("the journal of acts is damaged: {}; `citygate acts verify` looks at all of it. Nothing "
                          "starts from it, since an order may be missing: put a backup back (docs/acts.md)",
                          how));
}

// The act of `link`, which stands in the place of `number` behind one with the hash `before`.
Result<Act> act_of(const ActLink& link, std::uint64_t number, const ActHash& before) {
  if (link.number != number) return damaged(fmt::format("act {} is missing", number));
  auto act = decode_act(link.line);
  if (!act) return damaged(fmt::format("act {} is not as it was kept: {}", number, act.error().context));
  if (act->number != number) return damaged(fmt::format("act {} stands in the place of act {}", act->number, number));
  if (next_in_chain(before, link.line_hash) != link.hash) return damaged(fmt::format("act {} was changed", number));
  return act;
}

// "": none. `newest`: the number of the last act that is there.
std::string damage_at_end(const std::optional<ActHead>& head, std::uint64_t newest, const Result<Act>& act) {
  if (!head) return "which act is the last is not known any more";
  if (head->number != newest)
    return fmt::format("act {} is the last that is there, and act {} was the last", newest, head->number);
  if (!act) return fmt::format("act {}, the last, is not as it was kept: {}", newest, act.error().context);
  return {};
}

// "2 h 3 min"
std::string words(std::chrono::microseconds span) {
  using std::chrono::days, std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
  const auto part = [&span](auto unit) {
    const auto count = std::chrono::floor<decltype(unit)>(span);
    span -= count;
    return count.count();
  };
  const auto d = part(days()), h = part(hours());
  const auto m = part(minutes()), s = part(seconds());
  if (d != 0) return fmt::format("{} d {} h", d, h);
  if (h != 0) return fmt::format("{} h {} min", h, m);
  if (m != 0) return fmt::format("{} min {} s", m, s);
  return s != 0 ? fmt::format("{} s", s) : fmt::format("{} us", span.count());
}

Result<void> check(const Act& act) {
  if (act.author.empty()) return fail(Error::Kind::Malformed, "an act without an author is not kept");
  if (act.fields.contains(kClockField))
    return fail(Error::Kind::Malformed, "the field 'clock' of an act is for the journal to write");
  return {};
}

}  // namespace

Result<void> DatabaseActs::load() {
  CG_TRY(held, database_.get(Family::Acts, keys::kActHead));
  CG_TRY(newest, database_.last(Family::Acts, kFirstAct, kBehindActs));
  const auto head = held ? parse_head(*held) : std::nullopt;
  const std::uint64_t number = newest ? keys::number(newest->key, 1, 8) : 0;
  const auto act = newest ? decode_act(link_of(*newest).line) : fail(Error::Kind::NotFound, "there is none");
  std::lock_guard lock(mutex_);
  head_ = head.value_or(ActHead());
  last_time_ = act ? act->time : WallTime::min();
  failed_upto_ = 0;
  last_ = std::max(number, head_.number);
  damage_.clear();
  if (held || newest) damage_ = damage_at_end(head, number, act);
  if (damage_.empty()) damage_ = damage_behind_mark();
  if (!damage_.empty()) log::error("{}", damaged(damage_).error().context);
  // A backup that was put back, or a state that an older program has left.
  if (damage_.empty() && mark_ && !mark_->read() && head_.number > 0) return mark_->write(head_);
  return {};
}

std::string DatabaseActs::damage_behind_mark() const {
  const auto answered = mark_ ? mark_->read() : std::nullopt;
  if (!answered) return {};
  if (answered->number > head_.number)
    return fmt::format("act {} is the last that is there, and act {} had been answered for", head_.number,
                       answered->number);
  const auto hash = hash_before(answered->number + 1);
  if (!hash || *hash != answered->hash)
    return fmt::format("act {} is another than the one that had been answered for", answered->number);
  return {};
}

Result<void> DatabaseActs::sound() const { return damage_.empty() ? Result<void>() : damaged(damage_); }

Result<std::vector<Act>> DatabaseActs::append_as(std::uint64_t first, std::vector<Act> acts) {
  if (acts.empty()) return acts;
  std::lock_guard lock(mutex_);
  CG_TRY_VOID(sound());
  if (first != 0 && first != head_.number + 1) return number_taken(first);
  Batch batch;
  ActHead head = head_;
  WallTime before = last_time_;
  for (auto& act : acts) {
    CG_TRY_VOID(check(act));
    act.number = head.number + 1;
    act.time = clock_.load()->now();
    if (act.time < before)
      act.fields.emplace(kClockField, fmt::format("{} before act {}", words(before - act.time), head.number));
    CG_TRY(line, encode_act(act, make_act_salt()));
    head = {.number = act.number, .hash = next_in_chain(head.hash, hash_of_act(line))};
    batch.put(Family::Acts, keys::act(head.number), value_of(head.hash, line));
    before = act.time;
  }
  batch.put(Family::Acts, std::string(keys::kActHead), head_text(head));
  for (std::uint64_t ghost = head.number + 1; ghost <= failed_upto_; ++ghost)
    batch.remove(Family::Acts, keys::act(ghost));
  CG_TRY_VOID(write(std::move(batch), head.number));
  head_ = head;
  last_time_ = before;
  if (mark_)
    if (const auto marked = mark_->write(head); !marked)
      log::error("act {} is kept, but not the mark of it: {}", head.number, marked.error().context);
  last_.store(head.number, std::memory_order_release);
  for (const auto& act : acts)
    if (const auto clock = act.field(kClockField); !clock.empty())
      log::warning("the clock went back: act {} is dated {}", act.number, clock);
  return acts;
}

Result<void> DatabaseActs::write(Batch batch, std::uint64_t upto) {
  auto written = database_.write(batch, Database::Durability::PowerLoss);
  if (!written && written.error().kind == Error::Kind::Storage) {
    written = database_.recover();
    if (written) written = database_.write(batch, Database::Durability::PowerLoss);
  }
  if (written) {
    failed_upto_ = 0;
    return {};
  }
  if (written.error().kind == Error::Kind::Refused)
    return fail(Error::Kind::Refused,
                "acts are kept by the process that has taken over from this one; nothing was done here, ask again");
  failed_upto_ = std::max(failed_upto_, upto);
  return fail(Error::Kind::Storage, "the act cannot be kept: " + written.error().context);
}

Result<std::vector<Database::Entry>> DatabaseActs::chunk(std::uint64_t from, std::size_t& bytes) const {
  std::vector<Database::Entry> out;
  const std::uint64_t last = this->last();
  if (from > last) return out;
  std::size_t read = 0;
  CG_TRY_VOID(database_.scan(Family::Acts, keys::act(from), keys::act(last + 1),
                             [&](std::string_view key, std::string_view value) {
                               out.push_back({.key = std::string(key), .value = std::string(value)});
                               read += value.size();
                               return read < bytes;
                             }));
  bytes = std::min(2 * bytes, kChunkBytes);
  return out;
}

Result<void> DatabaseActs::scan_links(std::uint64_t from, const std::function<bool(const ActLink&)>& visit) const {
  for (std::size_t bytes = kFirstChunkBytes;;) {
    CG_TRY(entries, chunk(from, bytes));
    if (entries.empty()) return {};
    for (const auto& entry : entries)
      if (!visit(link_of(entry))) return {};
    from = keys::number(entries.back().key, 1, 8) + 1;
  }
}

Result<ActHash> DatabaseActs::hash_before(std::uint64_t number) const {
  if (number == 1) return ActHash();
  CG_TRY(value, database_.get(Family::Acts, keys::act(number - 1)));
  if (!value) return damaged(fmt::format("act {} is missing", number - 1));
  return link_of({.key = keys::act(number - 1), .value = *std::move(value)}).hash;
}

Result<void> DatabaseActs::scan(std::uint64_t from, const std::function<bool(const Act&)>& visit) const {
  from = std::max<std::uint64_t>(from, 1);
  {
    std::lock_guard lock(mutex_);
    CG_TRY_VOID(sound());
  }
  if (from > last()) return {};
  CG_TRY(before, hash_before(from));
  for (std::size_t bytes = kFirstChunkBytes;;) {
    CG_TRY(entries, chunk(from, bytes));
    if (entries.empty()) return {};
    for (const auto& entry : entries) {
      const ActLink link = link_of(entry);
      CG_TRY(act, act_of(link, from, before));
      if (!visit(act)) return {};
      before = link.hash;
      ++from;
    }
  }
}

Result<ActHead> DatabaseActs::head() const {
  std::lock_guard lock(mutex_);
  CG_TRY_VOID(sound());
  return head_;
}

Result<ActHead> verify_acts(const ChainedActs& acts) {
  const auto head = acts.head();  // acts that come meanwhile are another time's
  ChainCheck check;
  CG_TRY_VOID(acts.scan_links(1, [&](const ActLink& link) {
    if (head && link.number > head->number) return false;
    if (link.line.empty())
      check.unreadable(link.number, "its line is not there");
    else
      check.take(link);
    return true;
  }));
  CG_TRY(found, check.finish(head ? std::optional(*head) : std::nullopt));
  if (!head) return std::unexpected(head.error());
  return found;
}

Result<void> DatabaseSecrets::put(std::string_view name, std::string_view secret) {
  Batch batch;
  batch.put(Family::Acts, keys::secret(name), std::string(secret));
  return database_.write(batch, Database::Durability::PowerLoss);
}

Result<void> DatabaseSecrets::remove(std::string_view name) {
  Batch batch;
  batch.remove(Family::Acts, keys::secret(name));
  return database_.write(batch, Database::Durability::PowerLoss);
}

Result<void> DatabaseSecrets::scan(const std::function<void(std::string_view, std::string_view)>& visit) const {
  std::vector<std::pair<std::string, std::string>> found;  // a visitor may put and remove
  CG_TRY_VOID(
      database_.scan(Family::Acts, kFirstSecret, kBehindSecrets, [&](std::string_view key, std::string_view value) {
        found.emplace_back(key.substr(1), value);
        return true;
      }));
  for (const auto& [name, secret] : found) visit(name, secret);
  return {};
}

}  // namespace citygate::records
