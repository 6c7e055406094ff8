#include "modules/servicedesk/case_export.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "modules/servicedesk/case_row.h"

namespace klarsyn::servicedesk {
namespace {

using NameTexts = std::unordered_map<std::int64_t, std::string>;

Result<NameTexts> load_names(Connection& db) {
    NameTexts names;
    KL_TRY(const auto rows, db.query("SELECT id, text FROM core_name WHERE id <> 0"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return names;
        names.emplace(rows->i64(0), rows->text(1));
    }
}

// The columns of both queries: source, case_no, opened_at, then these, then the query's own.
constexpr std::string_view kDims = "grp, category, priority, contact, type, system, level, org";
constexpr int kFirstDim = 3;
constexpr int kDimCount = 8;
constexpr int kFirstOwn = kFirstDim + kDimCount;
using DimIds = std::array<std::int64_t, kDimCount>;

struct CaseKey {
    std::int64_t source = 0;
    std::string number;
    friend bool operator==(const CaseKey&, const CaseKey&) = default;
};

CaseKey key_of(const Rows& rows) { return {rows.i64(0), std::string(rows.text(1))}; }

DimIds dims_of(const Rows& rows) {
    DimIds dims{};
    for (int i = 0; i < kDimCount; ++i)
        if (!rows.is_null(kFirstDim + i))
            dims[static_cast<std::size_t>(i)] = rows.i64(kFirstDim + i);
    return dims;
}

// What the events and the open stay of one case say of it now.
struct ExportState {
    CaseKey key;
    UtcSecond opened_at = 0, updated_at = 0;
    UtcSecond resolved_at = 0, solved_at = 0, reopened_at = 0, closed_at = 0;  // 0: never
    int holds = 0;                                                             // less resumptions
    std::optional<std::int64_t> moves;
    bool open = false;
    DimIds dims{};

    void take_event(const Rows& rows) {
        const std::string_view kind = rows.text(kFirstOwn);
        const UtcSecond at = rows.i64(kFirstOwn + 1);
        opened_at = rows.i64(2);
        updated_at = std::max(updated_at, at);
        if (kind == "resolved") resolved_at = std::max(resolved_at, at);
        if (kind == "solved") solved_at = at;
        if (kind == "reopened") reopened_at = std::max(reopened_at, at);
        if (kind == "on_hold") ++holds;
        if (kind == "resumed") --holds;
        if (kind != "closed") return;
        closed_at = std::max(closed_at, at);
        if (!rows.is_null(kFirstOwn + 2)) moves = rows.i64(kFirstOwn + 2);
        if (!open) dims = dims_of(rows);
    }
    bool resolved() const { return resolved_at > 0 && resolved_at >= reopened_at; }
    std::string_view state() const {
        if (!open) return "Closed";
        if (resolved()) return "Resolved";
        return holds > 0 ? "On Hold" : "In Progress";
    }
};

std::string time_text(UtcSecond at) { return at == 0 ? std::string() : iso_utc(at); }

ExportedCase exported(const ExportState& now, const NameTexts& names) {
    const auto name = [&](std::int64_t id) {
        const auto found = names.find(id);
        return found == names.end() ? std::string() : found->second;
    };
    const std::string source = name(now.key.source);
    const bool over = !now.open || now.resolved();
    const auto dim = [&](std::size_t i) { return name(now.dims[i]); };
    return {case_number(source, now.key.number),
            time_text(now.opened_at),
            std::string(now.state()),
            over ? time_text(now.solved_at) : "",
            now.open ? "" : time_text(now.closed_at),
            time_text(now.updated_at),
            dim(0),
            dim(1),
            dim(2),
            dim(3),
            dim(4),
            dim(5),
            now.open || !now.moves ? "" : std::to_string(*now.moves),
            dim(6),
            dim(7)};
}

using OpenCases = std::map<std::pair<std::int64_t, std::string>, DimIds>;

Result<OpenCases> load_open(Connection& db, const Params& days) {
    OpenCases open;
    KL_TRY(const auto rows,
           db.query("SELECT source, case_no, opened_at, " + std::string(kDims) +
                        " FROM servicedesk_stay WHERE retracted_seq IS NULL AND to_day IS NULL "
                        "AND opened_at >= :from AND opened_at < :to",
                    days));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return open;
        open[{rows->i64(0), std::string(rows->text(1))}] = dims_of(*rows);
    }
}

}  // namespace

Result<void> export_cases(Connection& db, Period opened,
                          const std::function<Result<void>(const ExportedCase&)>& sink) {
    const Params days{{":from", Value(day_start(opened.from))}, {":to", Value(day_end(opened.to))}};
    KL_TRY(const NameTexts names, load_names(db));
    KL_TRY(const OpenCases open, load_open(db, days));
    KL_TRY(
        const auto rows,
        db.stream("SELECT source, case_no, opened_at, " + std::string(kDims) +
                      ", kind, at, moves FROM servicedesk_event WHERE retracted_seq IS NULL "
                      "AND opened_at >= :from AND opened_at < :to ORDER BY source, case_no, at, id",
                  days));
    std::optional<ExportState> now;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (now && (!more || now->key != key_of(*rows))) {
            KL_CHECK(sink(exported(*now, names)));
            now.reset();
        }
        if (!more) return {};
        if (!now) {
            now.emplace();
            now->key = key_of(*rows);
            const auto stands = open.find({now->key.source, now->key.number});
            now->open = stands != open.end();
            if (now->open) now->dims = stands->second;
        }
        now->take_event(*rows);
    }
}

std::string exported_json(const ExportedCase& exported) {
    boost::json::object object;
    for (std::size_t i = 0; i < kExportColumns.size(); ++i) object[kExportColumns[i]] = exported[i];
    return boost::json::serialize(object);
}

}  // namespace klarsyn::servicedesk
