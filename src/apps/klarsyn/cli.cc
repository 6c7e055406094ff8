// The command line's grammar, the one place that knows CLI11 (its header is slow to compile).
#include <CLI/CLI.hpp>

#include "apps/klarsyn/commands.h"

namespace klarsyn {
namespace {

void add_data(CLI::App& app, Invocation& in) {
    app.add_option("DATA", in.data, "a directory, or a postgresql:// URL")->required();
}

void add_import(CLI::App& root, Invocation& in) {
    auto* app = root.add_subcommand("import", "reads raw files into records");
    add_data(*app, in);
    app->add_option("FORMAT", in.format, "of the files, queue-log for one; a wrong one lists all");
    app->add_option("FILE", in.files, "files of one batch");
    app->add_option("--source", in.source, "name of the source; default: the format's");
    app->add_option("--zone", in.zone, "zone of local times");
    app->add_option("--groups", in.groups, "CSV group,level,org,from,to");
    app->add_option("--mapping", in.mapping, "TOML that names the columns");
    app->add_option("--covers", in.covers, "FROM..TO: the days that the files cover");
    app->add_option("--encoding", in.encoding);
    app->add_option("--delimiter", in.delimiter);
    app->add_option("--decimal", in.decimal)->check(CLI::IsMember({",", "."}));
    app->add_option("--max-rejects", in.max_rejects, "percent; above it the batch is held")
        ->check(CLI::Range(0.0, 100.0));
    app->add_option("--manifest", in.manifest, "format, source, options, file per line");
    app->add_flag("--dry-run", in.dry_run);
    app->add_flag("--json", in.json);
}

void add_tail(CLI::App& root, Invocation& in) {
    auto* tail = root.add_subcommand("tail", "follows a queue_log that Asterisk is writing");
    auto* step = root.add_subcommand("tail-step", "imports what came since the last step");
    step->group("");  // what `tail` runs; not listed
    for (auto* app : {tail, step}) {
        add_data(*app, in);
        app->add_option("FILE", in.files, "the log; rotated ones are found beside it")
            ->required()
            ->expected(1);
        app->add_option("--source", in.source, "name of the source; default: queue-log");
        app->add_option("--zone", in.zone, "zone of local times");
    }
    tail->add_option("--every", in.every_seconds, "seconds between steps")->check(CLI::Range(1, 3600));
    tail->add_flag("--once", in.once, "one step");
}

void add_batches(CLI::App& root, Invocation& in) {
    auto* batches = root.add_subcommand("batches", "what was imported");
    add_data(*batches, in);
    batches->add_flag("--json", in.json);
    auto* withdraw = root.add_subcommand("withdraw", "takes a batch out of every figure");
    add_data(*withdraw, in);
    withdraw->add_option("BATCH", in.batch)->required();
    withdraw->add_option("--why", in.why)->required();
    withdraw->add_flag("--json", in.json);
    auto* rejects = root.add_subcommand("rejects", "the rows that could not be read, and why");
    add_data(*rejects, in);
    rejects->add_option("BATCH", in.batch)->required();
    rejects->add_option("--format", in.list_format)->check(CLI::IsMember({"csv", "json"}));
    rejects->add_flag("--json", in.json);
    auto* accept = root.add_subcommand("accept", "answers for days that lack a feed");
    add_data(*accept, in);
    accept->add_option("SOURCE", in.source)->required();
    accept->add_option("PERIOD", in.period)->required();
    accept->add_option("--why", in.why)->required();
}

void add_export(CLI::App& root, Invocation& in) {
    auto* app = root.add_subcommand("export", "cases as a table, which case-csv reads again");
    add_data(*app, in);
    app->add_option("WHAT", in.subject, "cases")->required()->check(CLI::IsMember({"cases"}));
    app->add_option("--from", in.from, "the first day of opening, 2026-01-05");
    app->add_option("--to", in.to, "the last day of opening");
    app->add_option("--format", in.list_format)->check(CLI::IsMember({"csv", "json"}));
    app->add_option("--dialect", in.dialect)->check(CLI::IsMember({"rfc4180", "excel-da"}));
}

void add_question(CLI::App& app, Invocation& in) {
    add_data(app, in);
    app.add_option("ID", in.id, "the figure, e.g. telephony.abandoned")->required();
    app.add_option("--period", in.period, "2013-04, 2013-Q1, 2013-W13, 2013, a day, or A..B")
        ->required();
    app.add_option("--where", in.where, "DIM=VALUE; same dimension: or, others: and")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    app.add_option("--assume", in.assume, "FACT=NUMBER: judge measurements by it, limit_ms=2000")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
    app.add_option("--as-of", in.as_of, "a journal entry or a time");
    app.add_flag("--json", in.json);
}

void add_figures(CLI::App& root, Invocation& in) {
    auto* figures = root.add_subcommand("figures", "the catalogue of indicators");
    add_data(*figures, in);
    figures->add_flag("--json", in.json);
    auto* figure = root.add_subcommand("figure", "an indicator's value");
    add_question(*figure, in);
    figure->add_option("--by", in.by, "dimensions and day, week, month, quarter, year")
        ->delimiter(',')
        ->allow_extra_args(false);
    auto* records = root.add_subcommand("records", "the records that a figure counts");
    add_question(*records, in);
    records->add_flag("--gap", in.gap, "the records that lack what they should be counted by");
    records->add_option("--limit", in.limit)->check(CLI::NonNegativeNumber);
    records->add_option("--format", in.list_format)->check(CLI::IsMember({"csv", "json"}));
    records->add_option("--dialect", in.dialect)->check(CLI::IsMember({"rfc4180", "excel-da"}));
}

void add_reports(CLI::App& root, Invocation& in) {
    auto* report = root.add_subcommand("report", "a draft: .html .pdf .xlsx .csv .json by suffix");
    add_data(*report, in);
    report->add_option("PLAN", in.plan)->required();
    report->add_option("--period", in.period)->required();
    report->add_option("--out", in.out)->required();
    report->add_option("--dialect", in.dialect)->check(CLI::IsMember({"rfc4180", "excel-da"}));
    auto* publish = root.add_subcommand("publish", "freezes an edition");
    add_data(*publish, in);
    publish->add_option("PLAN", in.plan)->required();
    publish->add_option("--period", in.period)->required();
    publish->add_flag("--json", in.json);
    auto* edition = root.add_subcommand("edition", "writes a published edition to files");
    add_data(*edition, in);
    edition->add_option("EDITION", in.edition)->required();
    edition->add_option("--out", in.out)->required();
    edition->add_option("--dialect", in.dialect)->check(CLI::IsMember({"rfc4180", "excel-da"}));
    auto* editions = root.add_subcommand("editions", "what was published");
    add_data(*editions, in);
    editions->add_flag("--json", in.json);
}

void add_operations(CLI::App& root, Invocation& in) {
    auto* init = root.add_subcommand("init", "makes an empty DATA");
    add_data(*init, in);
    init->add_option("--region", in.region, "the region's organisation as CSV");
    auto* verify = root.add_subcommand("verify", "checks chain, facts, projections and cells");
    add_data(*verify, in);
    verify->add_flag("--json", in.json);
    auto* registers = root.add_subcommand(
        "registers", "what is wrong with the registers, and what was merged and why");
    add_data(*registers, in);
    registers->add_option("--what", in.id, "one kind of findings: duplicate, impossible_date, ...");
    registers->add_option("--limit", in.limit, "of the list; 0: all")->check(CLI::Range(0, 1'000'000));
    registers->add_flag("--json", in.json);
    auto* reindex = root.add_subcommand("reindex", "writes the search index again");
    add_data(*reindex, in);
    auto* retention = root.add_subcommand("retention", "what is kept for how long, and why");
    add_data(*retention, in);
    retention->add_flag("--apply", in.apply, "lets go of what is due");
    auto* erase = root.add_subcommand("erase", "takes a person out of all that is kept");
    add_data(*erase, in);
    erase->add_option("--account", in.erase_accounts, "may be repeated");
    erase->add_option("--phrase", in.erase_phrases, "name, mail, phone; may be repeated");
    erase->add_option("--reason", in.why, "for the journal");
    erase->add_flag("--dry-run", in.dry_run, "tells what it would do");
    auto* simulate = root.add_subcommand("simulate", "writes raw files of a made-up region");
    constexpr const char* kScenarios = "hovedstaden-2013, registers-2013, platform-2018, load, "
                                       "probes, flow-2013, logon-2013";
    simulate->add_option("SCENARIO", in.scenario, kScenarios)->required();
    simulate->add_option("--seed", in.seed);
    simulate->add_option("--years", in.years)->check(CLI::Range(1, 100));
    simulate->add_option("--days", in.days, "of probes")->check(CLI::Range(1, 3660));
    simulate->add_option("--every", in.every_s, "of probes: seconds between two tries")
        ->check(CLI::Range(1, 86400));
    simulate->add_option("--out", in.directory)->required();
    auto* serve = root.add_subcommand("serve", "runs the web server");
    add_data(*serve, in);
    serve->add_option("--listen", in.listen, "ADDRESS:PORT");
    serve->add_option("--public-url", in.public_url, "the address that browsers use, behind a proxy");
    serve->add_option("--access-log", in.access_log, "a file, or - for standard error");
    serve->add_option("--config", in.config, "TOML: sign-in, mail, webhooks")
        ->envname("KLARSYN_CONFIG");
    serve->add_option("--tail", in.tail, "a queue_log to follow meanwhile; DATA is a directory");
    serve->add_option("--source", in.source, "of --tail");
    auto* user = root.add_subcommand("user", "accounts; the password is read from standard input");
    add_data(*user, in);
    auto* add = user->add_subcommand("add", "adds an account");
    add->add_option("NAME", in.user_name)->required();
    add->add_option("--role", in.role, "user, reader, agent, lead, editor, admin, probe")->required();
    add->add_option("--display-name", in.display_name, "as shown to others");
    add->add_option("--org", in.org, "sees only cases of this organisation and below");
    add->add_option("--group", in.support_groups, "support group; may be repeated");
    add->add_option("--mail", in.mail);
    add->add_option("--phone", in.phone);
    add->add_option("--phone-agent", in.phone_agent, "its name in the phone system");
    auto* remove = user->add_subcommand("remove", "ends an account, its sessions and tokens at once");
    remove->add_option("NAME", in.user_name)->required();
    user->require_subcommand(1);
    auto* mail = root.add_subcommand("mail", "takes one letter from standard input");
    add_data(*mail, in);
    auto* token = root.add_subcommand("token", "bearer tokens for programs");
    add_data(*token, in);
    for (const char* verb : {"add", "revoke"}) {
        auto* sub = token->add_subcommand(verb, verb == std::string("add")
                                                    ? "prints a new token of the account"
                                                    : "ends the account's tokens with the label");
        sub->add_option("NAME", in.user_name)->required();
        sub->add_option("--label", in.label, "what the token is for");
    }
    token->require_subcommand(1);
}

void add_settings(CLI::App& root, Invocation& in) {
    auto* settings =
        root.add_subcommand("settings", "a file of rules (sla, business_hours, priority, ...)");
    add_data(*settings, in);
    settings->add_option("NAME", in.setting)->required();
    settings->add_option("FILE", in.files)->required()->expected(1);
    settings->add_option("--from", in.from, "date or time from which it holds; default: now");
    auto* derive = root.add_subcommand("derive", "derives all facts again from the kept files");
    add_data(*derive, in);
}

void add_probe(CLI::App& root, Invocation& in) {
    auto* probe = root.add_subcommand("probe", "measures response times from this machine");
    auto* run = probe->add_subcommand("run", "measures by the server's schedule and delivers");
    run->add_option("--server", in.server, "https://klarsyn.region.example")->required();
    run->add_option("--token-file", in.token_file, "holds the token of a probe's account")->required();
    run->add_option("--dir", in.directory, "where measurements wait until they are delivered")
        ->required();
    run->add_option("--checks", in.machine_file, "TOML of this machine: secrets, programs, checks");
    run->add_option("--agent", in.agent, "name of this probe; default: the machine's");
    run->add_option("--site", in.site, "where it stands");
    run->add_option("--seat", in.seat, "ward PC, cross-connect room, data centre, ...");
    run->add_option("--ca-file", in.ca_file, "PEM of the server's authority");
    run->add_option("--refresh", in.refresh_s, "seconds between two looks for a new schedule")
        ->check(CLI::Range(0.2, 86400.0));
    run->add_option("--deliver", in.deliver_s, "seconds between two deliveries")
        ->check(CLI::Range(0.1, 86400.0));
    run->add_option("--parallel", in.parallel, "checks at once")->check(CLI::Range(1, 1000));
    run->add_option("--store-mb", in.store_mb, "most that waits here; then the oldest are dropped")
        ->check(CLI::Range(1, 1'000'000));
    run->add_flag("--once", in.once, "one round, one delivery");
    auto* readings = probe->add_subcommand("readings", "power and storage by SNMP, as reading-csv");
    readings->add_option("--checks", in.machine_file, "TOML of this machine")->required();
    probe->add_subcommand("check", "one check: a task on standard input")->group("");
    auto* attempt = probe->add_subcommand("try", "one check now, for people");
    attempt->add_option("PROTOCOL", in.protocol, "; without it the protocols are listed");
    attempt->add_option("--settings", in.task, "JSON");
    attempt->add_option("--secret", in.secret_files, "NAME=FILE; may be repeated");
    attempt->add_option("--time-limit-ms", in.time_limit_ms)->check(CLI::Range(1, 1'800'000));
    attempt->add_flag("--json", in.json);
    probe->require_subcommand(1);
}

void add_language(CLI::App& app, std::string& language) {
    app.add_option("--lang", language, "da or en")->check(CLI::IsMember({"da", "en"}));
    for (auto* sub : app.get_subcommands([](CLI::App*) { return true; })) {
        add_language(*sub, language);
    }
}

}  // namespace

std::optional<Invocation> parse_arguments(const std::vector<std::string>& arguments,
                                          CommandOutput& output, int& exit_code) {
    Invocation in;
    std::string language;
    CLI::App root("Klarsyn " KLARSYN_VERSION, "klarsyn");
    root.set_version_flag("--version", KLARSYN_VERSION);
    root.require_subcommand(1);
    add_operations(root, in);
    add_import(root, in);
    add_tail(root, in);
    add_batches(root, in);
    add_settings(root, in);
    add_figures(root, in);
    add_export(root, in);
    add_reports(root, in);
    add_probe(root, in);
    add_language(root, language);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        root.parse(reversed);
    } catch (const CLI::ParseError& wrong) {
        std::ostringstream out;
        std::ostringstream err;
        const int code = root.exit(wrong, out, err);
        output.out(out.str());
        output.err(err.str());
        exit_code = code == 0 ? 0 : kWrongUsage;
        return std::nullopt;
    }
    const auto* command = root.get_subcommands().front();
    in.command = command->get_name();
    if (!command->get_subcommands().empty())
        in.verb = command->get_subcommands().front()->get_name();
    if (const auto chosen = parse_language(language)) {
        in.language = *chosen;
        in.language_given = true;
    }
    if (in.command == "import" && in.manifest.empty() && (in.format.empty() || in.files.empty())) {
        output.err("import: FORMAT FILE..., or --manifest FILE\n");
        exit_code = kWrongUsage;
        return std::nullopt;
    }
    const bool needs_reason = in.command == "withdraw" || in.command == "accept";
    if (needs_reason && in.why.find_first_not_of(" \t\r\n") == std::string::npos) {
        output.err("--why: TEXT\n");
        exit_code = kWrongUsage;
        return std::nullopt;
    }
    return in;
}

}  // namespace klarsyn
