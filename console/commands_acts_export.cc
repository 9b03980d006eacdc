// The journal of acts taken away as a file that anybody can verify, and verified (docs/acts.md).
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/hex.h"
#include "console/acts_file.h"
#include "console/commands.h"
#include "console/sealed_grants.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "records/act_export.h"

namespace citygate::console {
namespace {

using records::ActLink;

class Exporter {
 public:
  Exporter(Operator& op, const Arguments& args, Output& output) : op_(op), args_(args), output_(output) {}

  // Before the head is taken, so that they stand in the export.
  Result<void> keep_looks() {
    if (argument(args_, "by").empty()) return {};
    Looks looks;
    auto about = subject();
    CG_TRY_VOID(each_act(op_, args_, 1, [&](const ToldAct& told) {
      if (!about || (*about)(told.act)) looks.add(told);
      return !output_.ended();
    }));
    return looks.keep(op_, args_, output_, "acts export");
  }

  Result<void> write() {
    CG_TRY(head, op_.store().acts().head());
    std::uint64_t shown = 0;
    auto about = subject();
    CG_TRY_VOID(each_act(op_, args_, 1, [&](const ToldAct& told) {
      if (told.link.number > head.number || output_.ended()) return false;
      const bool asked = !about || (*about)(told.act);
      shown += asked && !told.sealed ? 1 : 0;
      output_.out(told.sealed ? records::export_sealed(told.link)
                  : asked     ? records::export_act(told.link)
                              : records::export_left_out(told.link));
      return true;
    }));
    if (output_.ended()) return fail(Error::Kind::Refused, "the export was ended before it was whole");
    output_.out(records::export_head(head, op_.clock().now()));
    output_.err(fmt::format("{} of {} acts, head {}", with_commas(shown), with_commas(head.number), to_hex(head.hash)));
    return {};
  }

 private:
  std::optional<records::ActsAbout> subject() const {
    const auto name = argument(args_, "subject");
    return name.empty() ? std::nullopt : std::optional<records::ActsAbout>(std::string(name));
  }

  Operator& op_;
  const Arguments& args_;
  Output& output_;
};

Result<void> write_export(Operator& op, const Arguments& args, Output& output) {
  Exporter exporter(op, args, output);
  CG_TRY_VOID(exporter.keep_looks());
  return exporter.write();
}

// "1042:5f0c...": the head of an earlier export, or of a note on paper.
Result<void> look_for_head(const records::ChainedActs& acts, std::string_view text, Output& output) {
  const auto colon = text.find(':');
  const auto hash = colon == std::string_view::npos ? std::nullopt : records::parse_act_hash(text.substr(colon + 1));
  if (!hash)
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no head: write NUMBER:HASH, as the last line of an export has them", text));
  CG_TRY(number, find_number(text.substr(0, colon), "the number of an act"));
  bool same = false;
  CG_TRY_VOID(acts.scan_links(number, [&](const ActLink& first) {
    same = first.number == number && first.hash == *hash;
    return false;
  }));
  if (!same)
    return fail(Error::Kind::Refused,
                fmt::format("act {} does not have this hash here: the journal is not the one that "
                            "it was, in act {} or before it",
                            number, number));
  output.out(fmt::format("everything up to act {} is as it was when this head was written down", number));
  return {};
}

Result<void> verify(const records::ChainedActs& acts, const Arguments& args, Output& output) {
  CG_TRY(head, records::verify_acts(acts));
  output.out(fmt::format("{} acts, none changed, missing, doubled or out of order", with_commas(head.number)));
  output.out(fmt::format("head {}:{}", head.number, to_hex(head.hash)));
  if (const auto text = argument(args, "head"); !text.empty()) CG_TRY_VOID(look_for_head(acts, text, output));
  return {};
}

int acts_export(Operator& op, const Arguments& args, Output& output) {
  return answer(write_export(op, args, output), output);
}
int acts_verify(Operator& op, const Arguments& args, Output& output) {
  return verify_acts_of(op.store().acts(), args, output);
}

constexpr Option kExportOptions[] = {
    Option::value("to", "FILE", "Where to. Default: -, standard output").own_file(),
    Option::value(
        "subject", "NAME",
        "Show only what is about this person, department, grant or source: of all else the hash stands there, so that\n"
        "the file can be verified all the same"),
    Option::value("by", "NAME", "Who looks: acts about a sealed grant are told only to whom it concerns"),
    Option::value("reason", "TEXT", "Why; kept with such a look")};
constexpr Option kVerifyOptions[] = {
    Option::value("head", "NUMBER:HASH",
                  "Also that everything up to this act is as it was when its hash was written down"),
    Option::value("file", "FILE", "Of an exported file instead, without any gateway; - is standard input").own_file()};

constexpr Command kCommands[] = {
    {"acts export", "Write the journal to a file that anybody can verify, also with scripts/verify_acts.py.",
     kExportOptions, acts_export},
    {"acts verify",
     "Check that no act was changed, dropped, doubled or moved since it was kept; the first\n"
     "that was is named.",
     kVerifyOptions, acts_verify},
};

}  // namespace

std::span<const Command> acts_export_commands() { return kCommands; }

int verify_acts_of(const records::ChainedActs& acts, const Arguments& args, Output& output) {
  return answer(verify(acts, args, output), output);
}

int verify_acts_file(const std::string& file, Output& output) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  if (!in)
    return report_error({.kind = Error::Kind::NotFound, .context = fmt::format("{} cannot be read", file)}, output);
  records::ExportCheck check;
  for (std::string line; std::getline(in, line);) check.take(line);
  const auto found = check.finish();
  if (!found) {
    output.err(fmt::format("{}: {}", file, found.error().context));
    return kFailed;
  }
  output.out(fmt::format("{} acts, none changed, missing, doubled or out of order; {} of them are shown{}",
                         with_commas(found->head.number), with_commas(found->shown),
                         found->sealed ? fmt::format(", {} are sealed", with_commas(found->sealed)) : ""));
  output.out(fmt::format("head {}:{}, exported {}", found->head.number, to_hex(found->head.hash), found->made));
  return kDone;
}

}  // namespace citygate::console
