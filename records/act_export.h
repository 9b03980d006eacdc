// act_export.h - acts as a file that anybody can verify, without a gateway and without this program (docs/acts.md).
//
//   {"act":{"number":1,...},"hash":"<64 digits>"}                       an act: its line as it is kept, byte by byte
//   {"number":2,"line_sha256":"<64 digits>","hash":"<64 digits>"}       one that is not shown: the hash of its line
//   {"number":3,"sealed":true,"line_sha256":"...","hash":"..."}         one that is not shown because it is sealed
//   ...
//   {"head":{"number":2,"hash":"<64 digits>","time":"2026-11-21T12:00:00.000000Z"}}        the last line
//
// Every act from the first to the last is there, one a line, in order. scripts/verify_acts.py reads the same.
// Thread    values; an ExportCheck one. Errors: finish: Refused, naming the first act, or line, that is wrong.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/act.h"
#include "records/act_chain.h"

namespace citygate::records {

// Lines without their line feeds.
[[nodiscard]] std::string export_act(const ActLink& link);
[[nodiscard]] std::string export_left_out(const ActLink& link);
[[nodiscard]] std::string export_sealed(const ActLink& link);
[[nodiscard]] std::string export_head(const ActHead& head, WallTime made);

// Given all lines of a file.
class ExportCheck {
 public:
  struct Found {
    ActHead head;
    std::string made;                     // when it was exported
    std::uint64_t shown = 0, sealed = 0;  // acts; the others are left out
  };
  void take(std::string_view line);
  [[nodiscard]] Result<Found> finish();

 private:
  ChainCheck chain_;
  std::uint64_t lines_ = 0;
  bool ended_ = false;
  std::string wrong_;  // of the file as a whole
  Found found_;
};

// Which acts are about a person, department, grant or source: those with it as their subject, those that name it in a field
// of names (for, about, person), all steps of a grant that is for it or about it, and the decision of a dispute of theirs. Acts are
// given in order.
class ActsAbout {
 public:
  explicit ActsAbout(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] bool operator()(const Act& act);
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::set<std::string> grants_, disputes_;  // by name, by the number of the opening act: subjects of later acts
};

}  // namespace citygate::records
