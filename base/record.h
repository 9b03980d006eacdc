// record.h - what happened in one exchange, or in one slice of a long one.
//
// A whole exchange is one Record with slice 0 and last = true. One that lasts (a tunnel, a long download) is recorded
// every minute as a further slice, so that its minutes and bytes are charged while it runs; counts of requests
// count `last` only. All times are wall times.
//
// Views     host, path and others borrow: from the exchange until the spool has encoded the record, from the decoder's
//           buffer afterwards.
// Sealed    `sealed` records go to the sealed stream alone; nothing else may show person, host or category.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/address.h"
#include "base/category_set.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/target.h"
#include "base/vocabulary.h"

namespace citygate {

// Where a category comes from: a line of a list. `line` counts from 1; 0 means no line (bare IP and the like).
struct Evidence {
  CategoryId category;
  SourceId source;
  std::uint32_t line = 0;
  friend constexpr bool operator==(const Evidence&, const Evidence&) = default;
};

struct Record {
  RecordId id;                 // given by the spool
  std::uint64_t exchange = 0;  // the same in all slices of one exchange; unique per incarnation and worker
  std::uint32_t slice = 0;
  bool last = true;

  WallTime begin{};  // of the slice
  WallTime end{};

  // who
  PersonId person;
  DepartmentId department;
  IdentityMethod identity = IdentityMethod::Unknown;
  IpAddress client;

  // what
  Method method = Method::Other;
  Scheme scheme = Scheme::Http;
  std::uint16_t port = 0;
  std::string_view host;
  std::string_view path;   // canonical, cut at 1,024 bytes, without the query
  bool has_query = false;  // there was one; it is not kept
  // Of a captured connection; legal: `chosen` only with named_by other than Request.
  NamedBy named_by = NamedBy::Request;
  NameCheck name_check = NameCheck::Unknown;
  IpAddress chosen;  // where the client connected to, and its bytes went

  // how it was decided
  Outcome outcome = Outcome::Completed;
  Ruling ruling = Ruling::Allow;
  Reason reason = Reason::Work;
  Stage stage = Stage::Request;
  RuleId rule;
  GrantId grant;
  CategorySet categories;
  CategoryId decisive;  // the category that the rule looked at
  Evidence evidence;    // for `decisive`
  bool sealed = false;
  bool attempt = false;  // a refused user action: counted once, sub-resources are not
  // The person turned up at this address while also active at another one: one name on two machines. Once for each time
  // that this happens (proxy/identity/whereabouts.h).
  bool elsewhere = false;
  bool uncertain = false;  // the process died between reserving this record and learning of the last write

  // what it is charged with
  QuotaId quota;
  Attention attention = Attention::None;
  WallTime active_from{};             // the attended action, or, of media and tunnels, the stretch of attended activity
  WallTime active_until{};            // == active_from for a single action
  std::uint64_t streaming_bytes = 0;  // of `to_client_bytes`, those charged as streaming

  // how it went
  std::uint16_t status = 0;             // of the answer to the client; 0 if there was none
  std::uint64_t from_client_bytes = 0;  // body or tunnel payload taken from the client's socket, in this slice
  std::uint64_t to_client_bytes = 0;    // body or tunnel payload accepted by the client's socket, in this slice

  // under which versions
  PolicyVersion policy;
  GenerationId lists;
  PeopleVersion people;
};

}  // namespace citygate
