#include "modules/module.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "modules/erasure.h"
#include "reports/plan.h"
#include "web/affected.h"
#include "web/caller.h"
#include "web/case_writing.h"
#include "web/measured.h"
#include "web/notice_writing.h"
#include "web/now.h"
#include "web/pcs.h"

namespace klarsyn {
namespace organisation {
Module module();
Result<std::vector<Affected>> affected_now(Connection& db, std::string_view of, Day day);
}
namespace telephony {
Module module(CallerLookup callers);
std::vector<NowPanel> now_panels();
}
namespace notices {
Module module();
NoticeWriting writing();
}
namespace probes {
Module module(const PcRegister& pcs);
Result<MeasuredNow> recent_measurements(Connection& db, UtcSecond from, UtcSecond to);
Result<std::vector<StoredReading>> stored_readings(Connection& db, UtcSecond from);
std::vector<NowPanel> now_panels();
}
namespace capacity {
Module module();
Result<std::vector<CapacityOutlook>> capacity_outlook(Connection& db, Day today);
}
namespace assets {
Module module(AffectedLookup affected);
std::string bare_code(std::string_view text);
Result<void> fill_pcs(Connection& db, std::int64_t as_of, PcBook& book);
Result<std::int64_t> pcs_changed(Connection& db, std::int64_t as_of);
}
namespace alerts {
Module module(const CaseWriting& cases, const MeasurementSource& measured);
}
namespace servicedesk {
Module module();
CaseWriting case_writing();
Result<CallerAnswer> about_caller(Context& context, const CallerQuestion& question);
void set_notice_writing(const NoticeWriting& given);
std::vector<NowPanel> now_panels();
}
namespace board {
Module module(std::vector<NowPanel> panels);
}

namespace {

void add_files(Module& module) {
    const std::string folder = "modules/" + std::string(module.name) + "/";
    for (const auto& file : embedded_files(folder + "schema/")) {
        module.migrations.push_back({file.path, file.text});
    }
    for (const auto& file : embedded_files(folder + "indicators/")) {
        module.indicators.push_back(file);
    }
    for (const auto& file : embedded_files(folder + "views/")) module.views.push_back(file);
}

// The parts of the live board, in the order in which it shows them.
std::vector<NowPanel> board_panels() {
    std::vector<NowPanel> list = servicedesk::now_panels();
    const auto add = [&](const std::vector<NowPanel>& more, std::ptrdiff_t at) {
        list.insert(list.begin() + at, more.begin(), more.end());
    };
    add(telephony::now_panels(), 1);  // after what is critical
    add(probes::now_panels(), std::ssize(list) - 1);
    return list;
}

std::vector<Module> load_modules() {
    servicedesk::set_notice_writing(notices::writing());
    std::vector<Module> list = {
        organisation::module(),
        telephony::module(servicedesk::about_caller),
        notices::module(),
        servicedesk::module(),
        probes::module({assets::bare_code, assets::fill_pcs, assets::pcs_changed}),
        capacity::module(),
        assets::module(organisation::affected_now),
        alerts::module(servicedesk::case_writing(),
                       {probes::recent_measurements, capacity::capacity_outlook,
                        probes::stored_readings}),
        board::module(board_panels()),
    };
    for (auto& module : list) add_files(module);
    return list;
}

// A malformed indicator in the binary is a bug that the tests find; it must not run.
template <typename T>
T well_formed(Result<T> parsed) {
    if (!parsed.ok()) {
        std::fprintf(stderr, "%s\n", describe(parsed.error(), Language::en).c_str());
        std::abort();
    }
    return parsed.take();
}

// A day tells of such a table only where its feed's format writes it.
TableFeeds feeds_of(const Module& module, std::string_view table) {
    const auto writes = [&](const Format& format) {
        return std::any_of(format.tables.begin(), format.tables.end(),
                           [&](const FactTableSpec& spec) { return spec.name == table; });
    };
    TableFeeds feeds;
    for (const auto& format : module.formats) {
        if (writes(format)) feeds.formats.emplace_back(format.name);
    }
    const auto& live = module.live_formats;
    feeds.live = std::any_of(live.begin(), live.end(), writes);
    return feeds;
}

Catalogue load_catalogue() {
    Catalogue result;
    for (const auto& module : modules()) {
        for (const auto& dim : module.dims) result.add(dim);
        for (FactTable table : module.tables) {
            if (table.by_format) table.feeds = feeds_of(module, table.name);
            result.add(std::move(table));
        }
        for (const auto& source : module.series) result.add(source);
        for (const auto& model : module.models) result.add(model);
        for (const auto& cut : module.cuts) result.add(cut);
        for (const auto& identity : module.identities) result.add(identity);
        for (const auto& file : module.views) {
            result.add(well_formed(Catalogue::parse_view(file.path, file.text)));
        }
        for (const auto& file : module.indicators) {
            result.add(well_formed(Catalogue::parse(file.path, file.text)));
        }
    }
    well_formed(result.seal());
    return result;
}

}  // namespace

const std::vector<Module>& modules() {
    static const std::vector<Module> kModules = load_modules();
    return kModules;
}

const Catalogue& catalogue() {
    static const Catalogue kCatalogue = load_catalogue();
    return kCatalogue;
}

std::span<const Route> all_routes() {
    static const std::vector<Route> kRoutes = [] {
        std::vector<Route> list(routes().begin(), routes().end());
        for (const auto& module : modules())
            list.insert(list.end(), module.routes.begin(), module.routes.end());
        const auto of_all = erasure_routes();
        list.insert(list.end(), of_all.begin(), of_all.end());
        return list;
    }();
    return kRoutes;
}

std::span<const Background> all_background() {
    static const std::vector<Background> kBackground = [] {
        const auto own = web_background();
        std::vector<Background> list(own.begin(), own.end());
        for (const auto& module : modules())
            list.insert(list.end(), module.background.begin(), module.background.end());
        return list;
    }();
    return kBackground;
}

const Format* find_format(std::string_view name) {
    for (const auto& module : modules()) {
        for (const auto& format : module.formats) {
            if (format.name == name) return &format;
        }
    }
    return nullptr;
}

std::string format_names() {
    std::string names;
    for (const auto& module : modules()) {
        for (const auto& format : module.formats)
            names.append(names.empty() ? "" : ", ").append(format.name);
    }
    return names;
}

std::vector<Migration> migrations() {
    std::vector<Migration> list;
    for (const std::string_view folder : {"store", "ingest", "indicators", "reports", "web"}) {
        for (const auto& file : embedded_files(std::string(folder) + "/schema/")) {
            list.push_back({file.path, file.text});
        }
    }
    for (const auto& module : modules()) {
        list.insert(list.end(), module.migrations.begin(), module.migrations.end());
    }
    return list;
}

Result<const ReportLibrary*> report_library() {
    static const auto kLibrary = ReportLibrary::load(embedded_files(""));
    if (!kLibrary.ok()) return kLibrary.error();
    return &kLibrary.value();
}

}  // namespace klarsyn
