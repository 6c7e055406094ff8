// settings and derive.
#include <algorithm>

#include "apps/klarsyn/commands.h"
#include "indicators/cells.h"
#include "ingest/import.h"
#include "modules/module.h"
#include "store/settings.h"

namespace klarsyn {
namespace {

struct Found {
    const Module* module = nullptr;
    const SettingKind* kind = nullptr;
};

Result<Found> find_setting(std::string_view name) {
    std::string known;
    for (const auto& module : modules()) {
        for (const auto& kind : module.settings) {
            if (kind.name == name) return Found{&module, &kind};
            known += (known.empty() ? "" : ", ") + std::string(kind.name);
        }
    }
    return make_error(ErrorCode::not_found, "cli.setting_unknown",
                      {{"name", std::string(name)}, {"known", known}});
}

// A date is the beginning of that day in Copenhagen; a time is one with Z or an offset.
Result<UtcSecond> valid_from(const std::string& text, UtcSecond now) {
    if (text.empty()) return now;
    if (const auto day = parse_iso_date(text); day.ok()) return day_start(*day);
    return parse_iso_utc(text);
}

// Every source of the module's formats again, and what no file brought.
Result<std::int64_t> derive_module(Store& store, const Clock& clock, const Module& module,
                                   const DeriveReason& reason) {
    std::vector<std::pair<std::string, std::string>> feeds;
    {
        KL_TRY(const auto rows,
               store.writer().query("SELECT DISTINCT format, source FROM core_batch "
                                    "WHERE module = :module AND state = 'applied' "
                                    "ORDER BY format, source",
                                    {{":module", Value(std::string(module.name))}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            feeds.emplace_back(rows->text(0), rows->text(1));
        }
    }
    std::int64_t changed = 0;
    for (const auto& [format_name, source] : feeds) {
        const Format* format = find_format(format_name);
        if (!format) continue;
        KL_TRY(const auto rows, derive_source(store, clock, *format, source, reason));
        changed += rows;
    }
    if (module.derive_live) {
        KL_TRY(const auto rows, module.derive_live(store, clock, reason));
        changed += rows;
    }
    return changed;
}

Result<void> finish(Store& store) {
    KL_CHECK(refresh_cells(store.writer(), catalogue()));
    return store.checkpoint();
}

Result<std::int64_t> set(const Invocation& in, Environment& environment, Store& store) {
    KL_TRY(const Found found, find_setting(in.setting));
    const UtcSecond now = environment.clock.now();
    if (!found.kind->dated && !in.from.empty())
        return make_error(ErrorCode::invalid_input, "cli.setting_undated", {{"name", in.setting}});
    KL_TRY(const UtcSecond from, valid_from(in.from, now));
    KL_TRY(std::string text, read_file(resolve_path(environment.cwd, in.files.front())));
    auto& db = store.writer();
    KL_CHECK(found.kind->check(db, from, text, in.files.front()));
    KL_CHECK(db.begin_write());
    const NewSetting setting{in.setting,        from, std::move(text), in.files.front(),
                             environment.actor, now};
    if (auto added = add_setting(db, store.journal_key(), setting); !added.ok()) {
        db.rollback();
        return added.error();
    }
    KL_CHECK(db.commit());
    std::int64_t changed = 0;
    if (found.kind->derives && from <= now) {
        KL_TRY(changed, derive_module(store, environment.clock, *found.module,
                                      {"setting " + in.setting, environment.actor}));
    }
    KL_CHECK(finish(store));
    return changed;
}

}  // namespace

int run_settings(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    const auto changed = set(in, environment, opened->store());
    if (!changed.ok()) return fail(in, environment, changed.error());
    environment.output.out(
        text(in.language, "cli.setting_kept",
             {{"name", in.setting}, {"count", format_integer(*changed, in.language)}}) +
        "\n");
    return 0;
}

int run_derive(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::write);
    if (!opened.ok()) return fail(in, environment, opened.error());
    Store& store = opened->store();
    std::int64_t changed = 0;
    for (const auto& module : modules()) {
        const auto rows =
            derive_module(store, environment.clock, module, {"derive", environment.actor});
        if (!rows.ok()) return fail(in, environment, rows.error());
        changed += *rows;
    }
    if (const auto done = finish(store); !done.ok()) return fail(in, environment, done.error());
    environment.output.out(
        text(in.language, "cli.derived", {{"count", format_integer(changed, in.language)}}) + "\n");
    return 0;
}

}  // namespace klarsyn
