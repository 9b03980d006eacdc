#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "app/launch.h"
#include "base/document.h"

namespace citygate::app {
namespace {

using Verb = CommandLine::Verb;

constexpr const char* kDoer = "Who does it: a person of the directory. Default: the user whose command it is";
constexpr const char* kFooter =
    "Where a gateway runs on the state directory, commands are carried out by it; otherwise they open the directory\n"
    "themselves. Exit status: 0 done, 1 could not be done, 2 wrongly asked.";

// Builds the tree of subcommands around one CommandLine that they fill.
class Parser {
 public:
  Parser() : app_("Citygate, a web gateway for cities: filters, meters, records and reports.", "citygate") {
    app_.set_version_flag("--version", "citygate " CITYGATE_VERSION);
    app_.require_subcommand(1);
    app_.footer(kFooter);
    add_own();
    add_policy();
    add_lists();
    add_access();
    add_people();
    add_downloads();
    add_grants();
    add_dispute();
    add_records();
    add_acts();
    add_others();
  }

  std::variant<CommandLine, int> parse(int count, const char* const* words) {
    try {
      app_.parse(count, words);
    } catch (const CLI::RequiredError& error) {
      if (!name_missing_command()) app_.exit(error);
      return 2;
    } catch (const CLI::ExtrasError&) {
      name_unexpected_words();
      return 2;
    } catch (const CLI::ParseError& error) {
      const int status = app_.exit(error);
      return status == 0 ? 0 : 2;
    }
    // The gateway has a working directory of its own.
    if (out_.request.command == "lists import" || out_.request.command == "people import")
      make_absolute(out_.request.args["path"]);
    if (out_.request.command == "download save") make_absolute(out_.request.args["to"]);
    if (const auto program = out_.request.args.find("program"); program != out_.request.args.end())
      make_absolute(program->second);
    if (out_.request.command == "upgrade") out_.request.args.try_emplace("program", own_program());
    return out_;
  }

 private:
  static void make_absolute(std::string& path) {
    std::error_code error;
    if (const auto absolute = std::filesystem::absolute(path, error); !error)
      path = absolute.lexically_normal().string();
  }

  // The innermost command that was named, and its words: "lists import ".
  std::pair<const CLI::App*, std::string> asked() const {
    const CLI::App* at = &app_;
    std::string path;
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      path += at->get_name() + " ";
    }
    return {at, path};
  }

  // CLI11 lists them from behind, and knows no near ones.
  void name_unexpected_words() const {
    const auto [at, path] = asked();
    std::vector<std::string> options;
    for (const CLI::Option* option : at->get_options())
      for (const auto& name : option->get_lnames()) options.push_back("--" + name);
    const std::vector<std::string_view> names(options.begin(), options.end());
    const auto words = app_.remaining(true);
    const std::string first = words.empty() ? "" : words.front().substr(0, words.front().find('='));
    const auto near = first.starts_with("--") ? nearest(first, names) : std::string_view();
    const auto command = std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1);
    if (!near.empty() && near == first) {
      fmt::print(stderr, "'{0}' stands behind the command: `citygate {1} {0} ...`\n", first, command);
      return;
    }
    fmt::print(stderr, "`citygate{}{}` does not take '{}'{}\nRun with --help for more information.\n",
               path.empty() ? "" : " ", command, first, near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  }

  // "A subcommand is required" alone names neither the word that is none nor those that are.
  bool name_missing_command() const {
    const auto [at, path] = asked();
    const auto known = at->get_subcommands([](const CLI::App*) { return true; });
    if (known.empty()) return false;
    std::vector<std::string_view> names;
    for (const CLI::App* command : known) names.push_back(command->get_name());
    const auto words = app_.remaining(true);
    if (words.empty() || words.front().starts_with('-')) {
      if (!words.empty()) fmt::print(stderr, "'{}' is not expected here. ", words.front());
      fmt::print(stderr, "`citygate{}{}` needs a command: {}\n", path.empty() ? "" : " ",
                 std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1), fmt::join(names, ", "));
      return true;
    }
    const auto near = nearest(words.front(), names);
    fmt::print(stderr, "there is no command '{}{}'{}\nRun with --help for more information.\n", path, words.front(),
               near.empty() ? fmt::format("; there is: {}", fmt::join(names, ", "))
                            : fmt::format("; did you mean '{}{}'?", path, near));
    return true;
  }

  void add_own() {
    auto* serve = add(app_, "serve", "Start the gateway in the foreground; SIGTERM ends it in order, SIGHUP reloads.",
                      Verb::Serve);
    serve
        ->add_option("--test-clock", out_.test_clock,
                     "For tests: time stands at this instant until `citygate clock` moves it")
        ->type_name("TIME");
    serve->add_flag_callback(
        "--take-over", [this] { out_.take_over = true; },
        "Take over from the gateway that runs on the state directory, as `citygate upgrade` has a new process do");
    add_print_config_flag(serve);
    auto* check =
        add(app_, "check",
            "Read configuration, taxonomy, people, policy and the sources of lists as a start would, and name every\n"
            "error with file, line and the nearest known key. Touches nothing.",
            Verb::Check, State::NotNeeded);
    add_print_config_flag(check);
    auto* print = add(app_, "print-config", "Print the configuration that a start would use.", Verb::PrintConfig,
                      State::NotNeeded);
    auto* reference = print->add_flag_callback(
        "--reference", [this] { printed_ = Verb::PrintReference; },
        "Every setting with its default, bounds and meaning");
    print
        ->add_flag_callback(
            "--manual", [this] { printed_ = Verb::PrintManual; }, "The manual page citygate.toml(5), as roff")
        ->excludes(reference);
    print->final_callback([this] {
      if (printed_) out_.verb = *printed_;
    });
    add(app_, "pac", "Print the proxy auto-configuration file that browsers get as /proxy.pac and /wpad.dat.",
        Verb::Pac, State::NotNeeded);
    auto* rules = add(app_, "gateway-rules",
                      "Print the nftables rules that bring web connections of an interface to the listeners of\n"
                      "gateway.listen that capture: TCP 80 and 443 to them, QUIC rejected, all else untouched.\n"
                      "Load them with `nft -f -`.",
                      Verb::GatewayRules, State::NotNeeded);
    rules->add_option("--interface", out_.rules.interfaces, "Interface that clients come in by; may be repeated")
        ->required()
        ->type_name("IF");
    rules->add_option("--mode", out_.rules.mode, "redirect or tproxy; default: what the listeners are for")
        ->type_name("MODE");
    rules->add_option("--exempt", out_.rules.exempt, "Destinations that pass by the gateway")->type_name("CIDR");
    rules->add_option("--exempt-client", out_.rules.exempt_clients, "Clients that pass by the gateway")
        ->type_name("CIDR");
    auto* hash =
        app_.add_subcommand("hash-password",
                            "Read a password (from the terminal, without showing it, or one line of standard input)\n"
                            "and print the hash that the people file takes.");
    hash->final_callback([this] { out_.verb = Verb::HashPassword; });
  }

  void add_policy() {
    auto* policy =
        app_.add_subcommand("policy", "A policy file in words, what a version of it changes, what is wrong.");
    policy->require_subcommand(1);
    auto* show =
        add(*policy, "show",
            "Print the policy as prose with its clauses: what is prohibited, closed or open, when and how much,\n"
            "who may permit it, what is to be acknowledged, who sees records.",
            Verb::PolicyShow, State::NotNeeded);
    show->add_option("--department", out_.policy.department, "What holds for this department alone")->type_name("NAME");
    show->add_option("--file", out_.policy.file, "This file; default: the configuration's")->type_name("FILE");
    auto* diff =
        add(*policy, "diff", "Print in words what one version of a policy changes against another.", Verb::PolicyDiff);
    diff->add_option("before", out_.policy.before,
                     "A file, or the beginning of the SHA-256 of a version that was active")
        ->type_name("FILE|SHA256")
        ->required();
    diff->add_option("after", out_.policy.after, "Likewise")->type_name("FILE|SHA256")->required();
    auto* check =
        add(*policy, "check",
            "Name every mistake of a policy file with its line and what would be right; then what stands in it\n"
            "and does nothing.",
            Verb::PolicyCheck, State::NotNeeded);
    check->add_option("file", out_.policy.file, "The policy file; default: the configuration's")->type_name("FILE");
  }

  void add_lists() {
    auto* lists =
        app_.add_subcommand("lists", "Fetch lists, see what is in force, look a site up, override what lists say.");
    lists->require_subcommand(1);
    auto* import =
        add_command(*lists, "import", "lists import",
                    "Read a list, compile it with all others, and put the result in force. PATH is one list, a\n"
                    "directory of them (UT1, squidGuard) or an archive of one, plain or compressed;\n"
                    "docs/list_formats.md says in which formats. What could not be read is counted by reason.");
    argument(import, "path", "PATH", "Directory, tarball or file")->required();
    option(import, "--as", "as", "NAME",
           "Name it is kept under; importing again replaces it. Default: from the file's name");
    option(import, "--category", "category", "CATEGORY", "Category of all entries, for one plain list");
    option(import, "--format", "format", "FORMAT",
           "detect, directory, domains, hosts, adblock, dnsmasq, unbound, rpz, e2guardian or csv. Default: detect");
    flag(import, "--subdomains", "subdomains", "The names of a hosts file are meant with all below them");
    option(import, "--version", "version", "TEXT", "Version to show in explanations. Default: date and content hash");
    add_change_options(import, Confirm::Offered);
    auto* update =
        add_command(*lists, "update", "lists update",
                    "Fetch sources of the sources file (setting lists.sources) that have changed, and publish them.");
    update
        ->add_option_function<std::vector<std::string>>(
            "names",
            [this](const std::vector<std::string>& names) {
              out_.request.args["names"] = fmt::format("{}", fmt::join(names, ","));
            },
            "Only these, also when they are not due or not enabled. Default: all that are enabled")
        ->type_name("NAME");
    flag(update, "--all", "all", "Fetch them whether they have changed or not");
    add_change_options(update, Confirm::Offered);
    auto* status =
        add_command(*lists, "status", "lists status",
                    "The generation in force: sources, versions, entries by category, what waits for a person.");
    flag(status, "--patterns", "patterns", "What each expression costs and has found, the dearest first");
    auto* lookup =
        add_command(*lists, "lookup", "lists lookup", "What the lists say about a host or URL, down to each line.");
    argument(lookup, "target", "HOST_OR_URL", "As in a browser's address bar")->required();
    option(lookup, "--generation", "generation", "ID", "As this generation said; `lists history` names them");
    option(lookup, "--record", "record", "RECORD-ID", "As the lists said that this record was decided by");
    auto* history = add_command(*lists, "history", "lists history",
                                "What was in force when: by whom, why, what came and went. The newest first.");
    option(history, "--limit", "limit", "N", "At most so many. Default: 20");
    auto* diff = add_command(*lists, "diff", "lists diff",
                             "What the versions that wait for a person would change; or between two generations.");
    option(diff, "--from", "from", "ID", "From this generation. Default: the one in force");
    option(diff, "--to", "to", "ID", "To this generation. Default: the one in force when --from is given");
    auto* publish =
        add_command(*lists, "publish", "lists publish",
                    "Put versions in force that wait for a person: a guard found that a source lost or gained\n"
                    "too much. Names that are protected, and the canary, still hold.");
    option(publish, "--source", "source", "NAME[,NAME]", "Only these. Default: all that wait");
    flag(publish, "--drop", "drop", "Forget them instead");
    add_change_options(publish, Confirm::Not);
    auto* rollback =
        add_command(*lists, "rollback", "lists rollback",
                    "Back to an earlier generation. Sources that differ are held back from updates by the clock\n"
                    "until `lists update` names them.");
    option(rollback, "--to", "to", "ID", "As `lists history` shows it. Default: the one before");
    add_change_options(rollback, Confirm::Not);
    auto* remove = add_command(*lists, "remove", "lists remove", "Forget a source and put the rest in force.");
    argument(remove, "name", "NAME", "As `lists status` names it")->required();
    add_change_options(remove, Confirm::Not);
    auto* override =
        add_command(*lists, "override", "lists override",
                    "Allow, deny or recategorise a host with all below it, or a URL with all below its path,\n"
                    "whatever the lists say.");
    argument(override, "target", "HOST_OR_URL", "What it is about")->required();
    argument(override, "as", "allow|deny|CATEGORY", "What it is to count as")->required();
    option(override, "--until", "until", "TIME",
           "When it lapses: 2026-12-31, at the end of that day, or 2026-12-31T12:00; default: never");
    option(override, "--reason", "reason", "TEXT", "Why; kept in the history and shown in explanations")->required();
    option(override, "--by", "by", "NAME", kDoer);
    flag(override, "--confirm", "confirm", "Though it is for all below a public suffix, or closes a protected name");
    auto* end = add_command(*lists, "end-override", "lists end-override", "End an override now.");
    argument(end, "number", "NUMBER", "As `lists overrides` shows it")->required();
    add_change_options(end, Confirm::Not);
    auto* overrides =
        add_command(*lists, "overrides", "lists overrides", "All overrides there ever were, and which are in force.");
    for (auto* command :
         {import, update, status, lookup, history, diff, publish, rollback, remove, override, end, overrides})
      flag(command, "--json", "json", "For programs: an object a line");
  }

  enum class Confirm : std::uint8_t { Not, Offered };
  void add_change_options(CLI::App* command, Confirm confirm) {
    option(command, "--reason", "reason", "TEXT", "Why; kept in the history");
    option(command, "--by", "by", "NAME", kDoer);
    if (confirm == Confirm::Offered)
      flag(command, "--confirm", "confirm", "However many entries a source loses or gains by it");
  }

  void add_access() {
    auto* access = app_.add_subcommand("access", "Suspend, reinstate and separate people; who has signed what.");
    access->require_subcommand(1);
    auto* suspend =
        add_command(*access, "suspend", "access suspend",
                    "Stop a person's access, or a device's, on every worker at once; what runs is cut. A second order\n"
                    "makes a suspension longer, never shorter.");
    option(suspend, "--from", "from", "TIME", "When it begins, by the city's clock. Default: now");
    option(suspend, "--until", "until", "TIME",
           "When it ends by itself; a day alone is included. Default: when somebody reinstates");
    auto* reinstate = add_command(*access, "reinstate", "access reinstate", "Lift a suspension or a separation now.");
    auto* separate = add_command(*access, "separate", "access separate", "End a person's access for good.");
    option(separate, "--at", "at", "TIME", "When, by the city's clock; a day alone is the last one. Default: now");
    auto* show =
        add_command(*access, "show", "access show",
                    "Where a person stands, every order about the access, and what became of it: what it cut,\n"
                    "when the last byte passed, what was tried afterwards; that is a look at what a person did.");
    add_look_options(show);
    flag(show, "--json", "json", "For programs: an object");
    add_receipts(*access);
    for (auto* command : {suspend, reinstate, separate}) {
      argument(command, "name", "NAME", "As the directory names the person or device")->required();
      option(command, "--by", "by", "NAME", "Who orders it: a person of the directory, and not the same")->required();
      option(command, "--reason", "reason", "TEXT", "Why; kept for ever with the order")->required();
      flag(command, "--json", "json", "For programs: the act as an object");
    }
    argument(show, "name", "NAME", "As the directory names the person or device")->required();
  }

  void add_receipts(CLI::App& access) {
    auto* acknowledge =
        add_command(access, "acknowledge", "access acknowledge",
                    "Enter that a person has acknowledged the policy's text otherwise than on the portal.");
    argument(acknowledge, "name", "NAME", "Who has")->required();
    option(acknowledge, "--by", "by", "NAME", "Who enters it: a person of the directory")->required();
    option(acknowledge, "--method", "method", "TEXT", "How: \"signed on paper\"")->required();
    option(acknowledge, "--text", "text", "SHA-256", "Of the text that was signed. Default: the one asked for now");
    option(acknowledge, "--reason", "reason", "TEXT", "Where the paper is, say");
    flag(acknowledge, "--access", "access", "The agreement of those who may see what others did, not the policy");
    auto* acknowledged = add_command(access, "acknowledged", "access acknowledged",
                                     "Who has acknowledged the policy's text as it is now, and who has not.");
    option(acknowledged, "--department", "department", "NAME", "Only of this department");
    auto* receipt =
        add_command(access, "receipt", "access receipt",
                    "All that a person has acknowledged, for the personnel file: when, from where, how, the\n"
                    "text and its hash, the act and its place in the chain.");
    argument(receipt, "name", "NAME", "Whose")->required();
    flag(acknowledge, "--json", "json", "For programs: the act as an object");
    for (auto* command : {acknowledged, receipt}) flag(command, "--json", "json", "For programs: an object a line");
  }

  void add_people() {
    auto* people = app_.add_subcommand("people", "Who is who: people, guests, devices, departments and addresses.");
    people->require_subcommand(1);
    add_people_shown(*people);
    add_people_changed(*people);
    add_people_import(*people);
  }

  void add_people_shown(CLI::App& people) {
    auto* list = add_command(people, "list", "people list", "Everybody whom the directory knows.");
    option(list, "--department", "department", "NAME", "Only those who are in it now");
    option(list, "--role", "role", "NAME", "Only those who have it");
    option(list, "--kind", "kind", "KIND", "Only these: person, device or guest");
    auto* show =
        add_command(people, "show", "people show",
                    "One of them, and for each fact the line of the people file or the act that it comes from.");
    argument(show, "name", "NAME", "As the directory names them")->required();
    auto* who = add_command(people, "who", "people who", "Whose address it is, or was.");
    argument(who, "address", "ADDRESS", "Of a client")->required();
    option(who, "--at", "at", "TIME", "When, by the city's clock. Default: now");
    for (auto* command : {list, show, who}) flag(command, "--json", "json", "For programs: an object a line");
    add_command(people, "export", "people export",
                "The directory as a people file, acts included and passwords left out; importing it makes no acts.");
  }

  // What every act has: whom it is about, who does it, why.
  void add_act_options(CLI::App* command, const std::string& what) {
    argument(command, "name", "NAME", what)->required();
    option(command, "--by", "by", "NAME", "Who does it: a person of the directory")->required();
    option(command, "--reason", "reason", "TEXT", "Why; kept for ever with the act")->required();
    flag(command, "--json", "json", "For programs: the act as an object");
  }

  CLI::App* add_group(CLI::App& people, const std::string& name, const std::string& help) {
    auto* group = people.add_subcommand(name, help);
    group->require_subcommand(1);
    return group;
  }

  void add_people_changed(CLI::App& people) {
    auto* person = add_command(people, "add", "people add", "Add a person, or a device.");
    option(person, "--department", "department", "NAME", "Where the person is")->required();
    option(person, "--kind", "kind", "KIND", "person or device. Default: person");
    option(person, "--addresses", "addresses", "LIST", "Addresses and ranges, with commas between them");
    auto* change = add_command(people, "change", "people change",
                               "Change what is said of somebody. An empty text takes away; what is not named stays.");
    option(change, "--sponsor", "sponsor", "NAME", "Of a guest: who answers for the stay");
    option(change, "--purpose", "purpose", "TEXT", "Of a guest: what the stay is for");
    option(change, "--until", "until", "TIME", "Of a guest: the end of the stay; a day alone is the last one");
    for (auto* command : {person, change}) {
      add_act_options(command, "What is typed at the password prompt");
      option(command, "--title", "title", "TEXT", "As people know them");
      option(command, "--units", "units", "LIST", "With commas between them");
      option(command, "--roles", "roles", "LIST", "Such as city-manager; with commas between them");
      option(command, "--supervisor", "supervisor", "NAME", "Who is asked about the person's requests");
    }
    auto* move = add_command(people, "move", "people move", "Put somebody into another department, from a day on.");
    add_act_options(move, "Who moves");
    option(move, "--department", "department", "NAME", "Where to")->required();
    option(move, "--from", "from", "TIME", "From when on, by the city's clock. Default: now");
    auto* address = add_group(people, "address", "Give somebody an address, or take it away.");
    auto* assign = add_command(*address, "assign", "people address assign", "From now on, or for a term.");
    auto* release = add_command(*address, "release", "people address release", "Now, or from a time on.");
    for (auto* command : {assign, release}) {
      add_act_options(command, "Whose it is");
      argument(command, "address", "ADDRESS", "An address or a range")->required();
      option(command, "--until", "until", "TIME", "The end; a day alone is the last one");
    }
    option(assign, "--from", "from", "TIME", "From when on, by the city's clock. Default: now");
    add_people_groups(people);
  }

  void add_people_groups(CLI::App& people) {
    auto* guest = add_command(*add_group(people, "guest", "People who are here for a term."), "add", "people guest add",
                              "Add a guest, whose access ends by itself.");
    add_act_options(guest, "What is typed at the password prompt");
    option(guest, "--department", "department", "NAME", "Whose rules hold")->required();
    option(guest, "--sponsor", "sponsor", "NAME", "Who answers for the stay")->required();
    option(guest, "--purpose", "purpose", "TEXT", "What the stay is for")->required();
    option(guest, "--until", "until", "TIME", "The end of the stay; a day alone is the last one")->required();
    option(guest, "--from", "from", "TIME", "When it begins. Default: it has");
    option(guest, "--title", "title", "TEXT", "As people know them");
    option(guest, "--addresses", "addresses", "LIST", "Addresses and ranges, with commas between them");
    auto* department = add_group(people, "department", "Add a department, or change one.");
    for (auto* command :
         {add_command(*department, "add", "people department add", "Add a department."),
          add_command(*department, "change", "people department change", "Change its title or head.")}) {
      add_act_options(command, "As the policy file names it");
      option(command, "--title", "title", "TEXT", "As people know it");
      option(command, "--head", "head", "NAME", "Who heads it");
    }
    auto* password = add_command(people, "password", "people password",
                                 "Give somebody a password: read from the terminal without showing it, or one line of\n"
                                 "standard input. Only its hash is kept, and beside the acts.");
    add_act_options(password, "Whose it is");
    flag(password, "--none", "none", "Take it away");
  }

  void add_people_import(CLI::App& people) {
    auto* import = add_command(people, "import", "people import",
                               "Make the directory what a file says, by acts: all of them or none. FILE is CSV with a\n"
                               "header row, or TOML as the people file; docs/people.md has the columns.");
    argument(import, "path", "FILE", "Its name ends in .csv or .toml")->required();
    option(import, "--by", "by", "NAME", "Who does it: a person of the directory");
    option(import, "--reason", "reason", "TEXT", "Why; kept for ever with the acts");
    flag(import, "--dry-run", "dry-run", "Only say what would be done");
    flag(import, "--complete", "complete", "The file names everybody: say who is missing in it");
    flag(import, "--separate-missing", "separate-missing", "And end their access");
    flag(import, "--json", "json", "For programs: an object");
  }

  void add_downloads() {
    auto* download =
        app_.add_subcommand("download", "Programs that wait at the gateway until somebody has agreed to them.");
    download->require_subcommand(1);
    auto* ask =
        add_command(*download, "ask", "download ask",
                    "Have the gateway fetch a program and hold it, and ask those for it whom the policy names.");
    argument(ask, "url", "URL", "Where it is; fetched without the person's cookies")->required();
    option(ask, "--for", "for", "NAME", "Who is to have it")->required();
    option(ask, "--by", "by", "NAME", "Who asks: a person of the directory")->required();
    option(ask, "--reason", "reason", "TEXT", "What it is needed for")->required();
    option(ask, "--days", "days", "N", "How long it may be taken once it is agreed to. Default: 7");
    auto* list =
        add_command(*download, "list", "download list", "Programs that were asked for, and where each request stands.");
    for (auto* command : {ask, list}) flag(command, "--json", "json", "For programs: an object a line");
    auto* save = add_command(*download, "save", "download save",
                             "Take a program that has been agreed to: the very bytes that were approved.");
    argument(save, "grant", "REQUEST", "As `download ask` has named it: software-download/NUMBER")->required();
    option(save, "--to", "to", "FILE", "A file that does not exist yet")->required();
    option(save, "--by", "by", "NAME", "Who takes it: whom it was asked for")->required();
    add_command(*download, "sweep", "download sweep", "Remove held programs that no request speaks of any more.");
  }

  void add_grants() {
    auto* grant = app_.add_subcommand("grant", "Ask for a permission, agree to one, see what is agreed to.");
    grant->require_subcommand(1);
    add_grant_request(*grant);
    auto* approve = add_command(*grant, "approve", "grant approve",
                                "Agree to a grant: one signature of those that the policy asks for. Nobody agrees to\n"
                                "what they asked for, or what is for or about them, and nobody signs twice.");
    option(approve, "--step", "step", "ROLE", "As which; default: the step that is yours");
    auto* refuse = add_command(*grant, "refuse", "grant refuse", "Say no to a grant that waits.");
    auto* withdraw =
        add_command(*grant, "withdraw", "grant withdraw",
                    "Take a grant back now: who asked for it, or, once it is agreed to, who agreed to it.");
    auto* show = add_command(*grant, "show", "grant show", "The whole story of a grant, with its acts and its clause.");
    for (auto* command : {approve, refuse, withdraw, show})
      argument(command, "grant", "GRANT", "As `citygate grant list` names it: exemption/1042")->required();
    for (auto* command : {approve, refuse, withdraw}) {
      option(command, "--by", "by", "NAME", "Who decides: a person of the directory")->required();
      auto* reason = option(command, "--reason", "reason", "TEXT", "Why; kept for ever with the grant");
      if (command != approve) reason->required();
    }
    option(show, "--by", "by", "NAME", "Who looks; of a sealed grant all is told only to who is concerned");
    auto* list = add_command(*grant, "list", "grant list", "Grants, the newest first. All conditions must hold.");
    option(list, "--phase", "phase", "WORD", "waiting, unanswered, coming, in-force, lapsed, refused or withdrawn");
    option(list, "--kind", "kind", "KIND", "Of this kind; `citygate grant request --help` names them");
    option(list, "--for", "for", "NAME",
           "Asked for by, for, about or sponsored by this person; sealed ones are not told");
    option(list, "--waiting-for", "waiting_for", "NAME", "This person's turn to decide");
    auto* summary = add_command(*grant, "sealed-summary", "grant sealed-summary",
                                "A month of sealed exchanges by case, as bare numbers: for the head of the officers'\n"
                                "department, and whom the policy designates. The look is kept.");
    option(summary, "--month", "month", "MONTH", "As 2026-11, by the city's clock")->required();
    option(summary, "--by", "by", "NAME", "Who looks")->required();
    option(summary, "--case", "case", "NUMBER", "Of this case alone");
    option(summary, "--reason", "reason", "TEXT", "Why; kept with the look");
    auto* chain =
        add_command(*grant, "chain", "grant chain", "Who has to agree to a kind of grant, by the policy in force.");
    argument(chain, "kind", "KIND", "`citygate grant request --help` names them")->required();
    option(chain, "--for", "for", "NAME", "And who that is for this person");
    for (auto* command : {approve, refuse, withdraw, show, list, chain, summary})
      flag(command, "--json", "json", "For programs");
  }

  void add_grant_request(CLI::App& grant) {
    auto* request =
        add_command(grant, "request", "grant request",
                    "Ask for a grant. Kinds: law-enforcement (--case --categories and --for or --units --department),\n"
                    "exemption and business-use (--categories, --host), streaming-permit (--categories or --host),\n"
                    "software-download (--sha256 --url), guest-account (--for the name to sign in with, --sponsor),\n"
                    "personal-device (--description, --address), record-access (--about).");
    argument(request, "kind", "KIND", "One of those")->required();
    option(request, "--by", "by", "NAME", "Who asks: a person of the directory")->required();
    option(request, "--reason", "reason", "TEXT", "What it is for; kept for ever with the grant")->required();
    option(request, "--for", "for", "NAMES", "Whom it is for, with commas between; default: who asks");
    option(request, "--until", "until", "TIME", "When it lapses by itself; a day alone is included");
    option(request, "--from", "from", "TIME", "When it begins; default: with the last approval");
    option(request, "--categories", "categories", "NAMES", "What it opens, with commas between");
    option(request, "--host", "host", "HOST", "Only there, and below it");
    option(request, "--case", "case", "NUMBER", "Of law enforcement");
    option(request, "--units", "units", "NAMES", "Units of the department: whoever is in one now");
    option(request, "--department", "department", "NAME", "Of the units, or where a guest works");
    option(request, "--about", "about", "NAME", "Whose records are to be read");
    option(request, "--sha256", "sha256", "HEX", "Of the file that is held");
    option(request, "--url", "url", "URL", "Where the file comes from");
    option(request, "--sponsor", "sponsor", "NAME", "Who answers for the guest; default: who asks");
    option(request, "--full-name", "full_name", "TEXT", "Of the guest");
    option(request, "--address", "address", "ADDRESS", "Of the device");
    option(request, "--description", "description", "TEXT", "Of the device");
    flag(request, "--json", "json", "For programs");
  }

  void add_dispute() {
    auto* dispute = app_.add_subcommand("dispute", "\"This was work\": what people say against a verdict.");
    dispute->require_subcommand(1);
    auto* list = add_command(*dispute, "list", "dispute list", "Disputes, the newest first.");
    option(list, "--user", "user", "NAME", "Only of this person");
    flag(list, "--open", "open", "Only those that wait for somebody's word");
    auto* show = add_command(*dispute, "show", "dispute show", "One dispute, whole.");
    auto* open = add_command(*dispute, "open", "dispute open", "Dispute a verdict about the own use.");
    option(open, "--by", "by", "NAME", "Whose use it was, and who disputes")->required();
    option(open, "--reason", "reason", "TEXT", "Why it was work, or what the site is")->required();
    option(open, "--record", "record", "NUMBER", "The record, as the page that refused names it");
    option(open, "--site", "site", "NAME", "The site, where it is about no record");
    option(open, "--claim", "claim", "work|category", "What is wrong: it was work, or the category. Default: work");
    auto* decide = add_command(*dispute, "decide", "dispute decide",
                               "Decide about one: the supervisor of who disputed, or the head of the department.");
    option(decide, "--by", "by", "NAME", "Who decides: a person of the directory")->required();
    option(decide, "--verdict", "verdict", "work|personal", "What it was")->required();
    option(decide, "--reason", "reason", "TEXT", "Why; who disputed is shown it")->required();
    for (auto* command : {show, decide})
      argument(command, "number", "NUMBER", "As `dispute list` shows it")->required();
    for (auto* command : {list, show}) flag(command, "--json", "json", "For programs: an object a line");
    for (auto* command : {open, decide}) flag(command, "--json", "json", "For programs: the act as an object");
  }

  void add_records() {
    auto* records = app_.add_subcommand("records", "Search the records of exchanges, or follow them as they come.");
    records->require_subcommand(1);
    auto* search =
        add_command(*records, "search", "records search",
                    "Records in order of time. All conditions must hold. Queries of URLs are not kept and never\n"
                    "shown; sealed records are not shown.");
    auto* follow =
        add_command(*records, "follow", "records follow", "New records as the gateway stores them, until Ctrl-C.");
    for (auto* command : {search, follow}) {
      option(command, "--user", "user", "NAME", "Of this person or device");
      option(command, "--department", "department", "NAME", "Of this department");
      option(command, "--category", "category", "NAME", "With this category");
      option(command, "--host", "host", "HOST", "To this host or its sub-domains");
      option(command, "--outcome", "outcome", "WORD",
             "completed, refused, cut, client-gone, origin-gone, timed-out or failed");
      flag(command, "--elsewhere", "elsewhere", "Only where somebody turned up at one address while active at another");
      option(command, "--limit", "limit", "N", "At most so many");
      option(command, "--format", "format", "FORMAT", "table (a line each) or json (an object a line)");
      add_look_options(command);
    }
    option(search, "--from", "from", "TIME",
           "Ended at or after; a day or a time, by the city's clock or with an offset");
    option(search, "--to", "to", "TIME", "Ended before; a day alone is included");
  }

  // A look at what a named person did is kept as an act.
  void add_look_options(CLI::App* command) {
    option(command, "--by", "by", "NAME", "Who looks, where the policy says who may see what a named person did");
    option(command, "--reason", "reason", "TEXT", "Why; kept in the journal of acts");
  }

  void add_acts() {
    auto* acts =
        app_.add_subcommand("acts", "What people decided about this gateway: look it up, export it, verify it.");
    acts->require_subcommand(1);
    auto* list =
        add_command(*acts, "list", "acts list", "Acts in order of time, the last ones. All conditions must hold.");
    option(list, "--kind", "kind", "KIND", "suspend, grant-request, list-publish ...; docs/acts.md has them all");
    option(list, "--subject", "subject", "NAME",
           "About this person, department, grant or source; with all steps of grants for or about a person");
    option(list, "--author", "author", "NAME", "By this person");
    option(list, "--from", "from", "TIME", "At or after; a day or a time, by the city's clock or with an offset");
    option(list, "--to", "to", "TIME", "Before; a day alone is included");
    option(list, "--limit", "limit", "N", "The last so many. Default: 1000");
    auto* show =
        add_command(*acts, "show", "acts show", "All of one act, with the hash that ties it to those before it.");
    argument(show, "number", "NUMBER", "As `acts list` shows it")->required();
    for (auto* command : {list, show}) flag(command, "--json", "json", "The act as it is kept: JSON, an object a line");
    auto* write = add_command(*acts, "export", "acts export",
                              "Write the journal to a file that anybody can verify, also with scripts/verify_acts.py.");
    write->add_option("--to", out_.acts_file, "Where to. Default: -, standard output")->type_name("FILE");
    option(
        write, "--subject", "subject", "NAME",
        "Show only what is about this person, department, grant or source: of all else the hash stands there, so that\n"
        "the file can be verified all the same");
    for (auto* command : {list, show, write}) {
      option(command, "--by", "by", "NAME", "Who looks: acts about a sealed grant are told only to whom it concerns");
      option(command, "--reason", "reason", "TEXT", "Why; kept with such a look");
    }
    auto* verify = add_command(*acts, "verify", "acts verify",
                               "Check that no act was changed, dropped, doubled or moved since it was kept; the first\n"
                               "that was is named.");
    auto* head = option(verify, "--head", "head", "NUMBER:HASH",
                        "Also that everything up to this act is as it was when its hash was written down");
    verify
        ->add_option("--file", out_.acts_file, "Of an exported file instead, without any gateway; - is standard input")
        ->type_name("FILE")
        ->excludes(head);
    verify->final_callback([this] {
      out_.request.command = "acts verify";
      if (!out_.acts_file.empty()) out_.verb = Verb::VerifyActs;
    });
  }

  void add_others() {
    auto* explain =
        add_command(app_, "explain", "explain",
                    "Why a URL would be allowed or refused for someone, or why a recorded exchange was: verdict,\n"
                    "rule, clause, list line, usage and charge.");
    argument(explain, "what", "URL|RECORD-ID", "http://..., host:443 for a tunnel, or 16 hex digits of a record")
        ->required();
    option(explain, "--user", "user", "NAME", "For this person; without it for nobody known");
    option(explain, "--at", "at", "TIME", "As if it were this time; default: now");
    add_look_options(explain);
    auto* effective = add_command(app_, "effective-policy", "effective-policy",
                                  "What applies to a person, in words: how he is known, orders and acknowledgements,\n"
                                  "permissions, and the rules of his department with their clauses.");
    argument(effective, "name", "NAME", "As the directory names the person or device")->required();
    option(effective, "--at", "at", "TIME", "As if it were this time; default: now");
    flag(effective, "--usage", "usage", "And what has been used of each quota today: a look at what a person did");
    option(effective, "--by", "by", "NAME", "Who looks, with --usage; the policy's [records] table says who may");
    option(effective, "--reason", "reason", "TEXT", "Why, with --usage");
    auto* report =
        add_command(app_, "report", "report",
                    "What a department used: people, requests, bytes, attended minutes, streaming bytes and blocked\n"
                    "attempts, by day and category. Sealed exchanges are a bare number.");
    option(report, "--department", "department", "NAME", "As the people file names it")->required();
    option(report, "--from", "from", "DAY", "First day, as 2026-11-21; default: the last day");
    option(report, "--to", "to", "DAY", "Last day; default: today");
    option(report, "--format", "format", "FORMAT", "table, csv or json");
    add_command(app_, "status", "status", "State of the gateway: versions in force, records, traffic counters.");
    auto* metrics =
        add_command(app_, "metrics", "metrics",
                    "Numbers for a monitoring system, as Prometheus reads them; docs/metrics.md lists them.");
    option(metrics, "--format", "format", "FORMAT", "text (Prometheus) or json (an object a line)");
    auto* reload =
        add_command(app_, "reload", "reload", "Have the gateway read policy, people and lists again, as SIGHUP does.");
    option(reload, "--by", "by", "NAME",
           "Whose policy it is: a person of the directory. Default: the user whose command it is");
    option(reload, "--reason", "reason", "TEXT", "Why; kept in the journal of acts with a policy that has changed");
    auto* upgrade = add_command(
        app_, "upgrade", "upgrade",
        "Have the gateway hand over to a new process of this very program: no listening socket is closed,\n"
        "no connection is cut, no record lost. The old process ends with its last connection. When the new\n"
        "one cannot take over, the old one serves on, and the reason is said.");
    option(upgrade, "--program", "program", "FILE",
           "The program to start; default: the one that is run by this command");
    add_command(app_, "stop", "stop", "Have the gateway finish its connections and stop, as SIGTERM does.");
    auto* backup =
        add(app_, "backup",
            "Copy the state directory and the configuration, consistent while the gateway serves on. Keys are\n"
            "in it: keep it as safe as those. What TLS listeners are configured with is not.",
            Verb::Backup);
    backup->add_option("directory", out_.backup, "Where to; must be empty or not exist")->type_name("DIR")->required();
    auto* restore = add(app_, "restore",
                        "Fill a state directory, which must be empty or not exist, from a backup, every file checked.",
                        Verb::Restore);
    restore->add_option("directory", out_.backup, "The backup")->type_name("DIR")->required();
    restore->add_option("--conf", out_.conf, "Put the backup's configuration here; must be empty or not exist")
        ->type_name("DIR");
    auto* clock = app_.add_subcommand("clock", "Move the clock of a gateway that was started with --test-clock.");
    clock->require_subcommand(1);
    auto* set = add_command(*clock, "set", "clock set", "Set it to an instant.");
    argument(set, "time", "TIME", "2026-11-21T12:00:00, by the city's clock, or with an offset")->required();
    auto* advance = add_command(*clock, "advance", "clock advance", "Move it on.");
    argument(advance, "duration", "DURATION", "90s, 5min, 2h30min, 1d")->required();
  }

  enum class State : std::uint8_t { Needed, NotNeeded };

  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help, Verb verb,
                State state = State::Needed) {
    auto* command = parent.add_subcommand(name, help);
    command
        ->add_option("-c,--config", out_.config,
                     "Configuration file. Default: conf/citygate.toml, else /etc/citygate/citygate.toml")
        ->type_name("FILE");
    if (state == State::Needed)
      command->add_option("-s,--state", out_.state, "State directory. Default: what the configuration says")
          ->type_name("DIR");
    command->parse_complete_callback([this, verb] { out_.verb = verb; });
    return command;
  }

  CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& command,
                        const std::string& help) {
    auto* added = add(parent, name, help, Verb::Console);
    added->final_callback([this, command] { out_.request.command = command; });
    return added;
  }

  CLI::Option* option(CLI::App* command, const std::string& flag, const std::string& name, const std::string& type,
                      const std::string& help) {
    return command
        ->add_option_function<std::string>(
            flag, [this, name](const std::string& value) { out_.request.args[name] = value; }, help)
        ->type_name(type);
  }

  CLI::Option* argument(CLI::App* command, const std::string& name, const std::string& type, const std::string& help) {
    return command
        ->add_option_function<std::string>(
            name, [this, name](const std::string& value) { out_.request.args[name] = value; }, help)
        ->type_name(type);
  }

  CLI::Option* flag(CLI::App* command, const std::string& flag, const std::string& name, const std::string& help) {
    return command->add_flag_callback(flag, [this, name] { out_.request.args[name] = "true"; }, help);
  }

  void add_print_config_flag(CLI::App* command) {
    command->add_flag_callback(
        "--print-config", [this] { printed_ = Verb::PrintConfig; }, "Print the configuration instead");
    command->final_callback([this] {
      if (printed_) out_.verb = *printed_;
    });
  }

  CLI::App app_;
  CommandLine out_;
  std::optional<Verb> printed_;
};

}  // namespace

std::variant<CommandLine, int> parse_command_line(int count, const char* const* words) {
  return Parser().parse(count, words);
}

}  // namespace citygate::app
