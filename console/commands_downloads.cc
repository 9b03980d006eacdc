// Programs that wait for somebody's approval: ask, look, take.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "console/act_draft.h"
#include "console/commands.h"
#include "console/downloads/downloads.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "policy/grants/grant_case.h"

namespace citygate::console {
namespace {

using policy::GrantCase;

Result<std::chrono::days> lasting(const Arguments& args) {
  const auto text = argument(args, "days");
  if (text.empty()) return std::chrono::days(7);
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (error != std::errc() || end != text.data() + text.size() || days < 1 || days > 365)
    return fail(Error::Kind::Malformed, fmt::format("--days: '{}' is no number of days from 1 to 365", text));
  return std::chrono::days(days);
}

Result<void> ask(Operator& op, const Arguments& args, Output& output) {
  CG_TRY(days, lasting(args));
  output.progress("fetching");
  CG_TRY(asked, ask_for_download(op, {.url = std::string(argument(args, "url")),
                                      .person = std::string(argument(args, "for")),
                                      .draft = draft_act(ActKind::GrantRequest, args, output),
                                      .lasts = days}));
  if (given(args, "json")) {
    output.out(nlohmann::ordered_json({{"grant", asked.grant},
                                       {"name", asked.file.name},
                                       {"kind", asked.file.kind},
                                       {"bytes", asked.file.bytes},
                                       {"sha256", asked.file.sha256}})
                   .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return {};
  }
  output.out(fmt::format("'{}' is held: {}, {} bytes", asked.file.name, asked.file.kind, asked.file.bytes));
  output.out(fmt::format("SHA-256 {}", asked.file.sha256));
  output.out(fmt::format("asked for as {}", asked.grant));
  if (const auto grant = op.registrar().grant(asked.grant))
    for (const auto& step : grant->steps)
      output.out(fmt::format("  to be agreed to by {}: {}", step.role, fmt::join(step.approvers, ", ")));
  return {};
}

std::string json_of(const GrantCase& grant, WallTime now, bool held) {
  return nlohmann::ordered_json({{"grant", grant.grant.name},
                                 {"for", grant.subjects},
                                 {"state", to_string(phase_of(grant, now))},
                                 {"held", held},
                                 {"sha256", grant.sha256},
                                 {"url", grant.url}})
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void list(Operator& op, const Arguments& args, Output& output) {
  const WallTime now = op.clock().now();
  std::vector<GrantCase> found;
  op.registrar().grants([&found](const GrantCase& each) {
    if (each.grant.kind == policy::GrantKind::Download) found.push_back(each);
    return true;
  });
  TextTable table({{"Request"}, {"For"}, {"State"}, {"Held"}, {"From"}});
  for (const auto& each : found) {
    const bool held = op.held_files().holds(each.sha256);
    if (given(args, "json"))
      output.out(json_of(each, now, held));
    else
      table.add({each.grant.name, fmt::format("{}", fmt::join(each.subjects, " ")),
                 std::string(to_string(phase_of(each, now))), held ? "yes" : "no", each.url});
  }
  if (given(args, "json")) return;
  if (found.empty()) return output.out("nobody has asked for a program");
  for (const auto& line : table.lines()) output.out(line);
}

Result<void> copy(HeldReader& from, const UniqueFd& to, const std::string& path) {
  std::array<char, 64 * 1024> block;
  for (;;) {
    CG_TRY(got, from.read(block));
    if (got == 0) return {};
    for (std::size_t done = 0; done < got;) {
      const ssize_t written = ::write(to.get(), block.data() + done, got - done);
      if (written <= 0) return fail_errno(path);
      done += static_cast<std::size_t>(written);
    }
  }
}

Result<OpenDownload> save_as(Operator& op, const Arguments& args, Output& output, const std::string& path) {
  const UniqueFd to(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!to) return fail_errno(path);
  const auto give = [&]() -> Result<OpenDownload> {
    CG_TRY(opened, open_download(op, argument(args, "grant"), argument(args, "by")));
    CG_TRY_VOID(copy(opened.file, to, path));
    // Last: that a program was given out is an act, and stands for ever.
    CG_TRY_VOID(keep_release(op, opened, draft_act(ActKind::DownloadRelease, args, output)));
    return std::move(opened);
  };
  auto given = give();
  if (!given) static_cast<void>(::unlink(path.c_str()));
  return given;
}

Result<void> save(Operator& op, const Arguments& args, Output& output) {
  const std::string path(argument(args, "to"));
  CG_TRY(saved, save_as(op, args, output, path));
  output.out(fmt::format("{}: '{}', {} bytes, as they were approved", path, saved.name, saved.file.bytes()));
  return {};
}

int download_ask(Operator& op, const Arguments& args, Output& output) { return answer(ask(op, args, output), output); }

int download_list(Operator& op, const Arguments& args, Output& output) {
  list(op, args, output);
  return kDone;
}

int download_save(Operator& op, const Arguments& args, Output& output) {
  return answer(save(op, args, output), output);
}

int download_sweep(Operator& op, const Arguments&, Output& output) {
  const std::size_t removed = sweep_downloads(op);
  output.out(
      fmt::format("{} held {} removed that no request speaks of any more", removed, removed == 1 ? "file" : "files"));
  return kDone;
}

constexpr Option kAskOptions[] = {
    Option::place("url", "URL", "Where it is; fetched without the person's cookies"),
    Option::needed("for", "NAME", "Who is to have it"),
    Option::needed("by", "NAME", "Who asks: a person of the directory"),
    Option::needed("reason", "TEXT", "What it is needed for"),
    Option::value("days", "N", "How long it may be taken once it is agreed to. Default: 7"),
    kJsonLines};
constexpr Option kListOptions[] = {kJsonLines};
constexpr Option kSaveOptions[] = {
    Option::place("grant", "REQUEST", "As `download ask` has named it: software-download/NUMBER"),
    Option::needed("to", "FILE", "A file that does not exist yet").file(),
    Option::needed("by", "NAME", "Who takes it: whom it was asked for")};

constexpr Command kCommands[] = {
    {"download ask", "Have the gateway fetch a program and hold it, and ask those for it whom the policy names.",
     kAskOptions, download_ask},
    {"download list", "Programs that were asked for, and where each request stands.", kListOptions, download_list},
    {"download save", "Take a program that has been agreed to: the very bytes that were approved.", kSaveOptions,
     download_save},
    {"download sweep", "Remove held programs that no request speaks of any more.", {}, download_sweep},
};

}  // namespace

std::span<const Command> downloads_commands() { return kCommands; }

}  // namespace citygate::console
