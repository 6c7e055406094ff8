#include "modules/servicedesk/target_facts.h"

#include <array>
#include <utility>

#include "ingest/fact_text.h"

namespace klarsyn::servicedesk {
namespace {

struct TargetRow {
    TargetCount count;
    unsigned clock = 0;
    std::string_view suffix;  // of the source key
};

// One row where everything counts at one moment, else one for each.
class TargetRows {
public:
    explicit TargetRows(const TargetResult& result) {
        if (result.net == result.gross) {
            add(result.net, kNetClock | kGrossClock, "");
        } else {
            add(result.net, kNetClock, "");
            add(result.gross, kGrossClock, "/gross");
        }
        if (result.target != TargetKind::first_response) return;
        if (result.fulfilled_at) {
            for (std::size_t i = 0; i < size_; ++i) {
                if (rows_[i].count.at != *result.fulfilled_at) continue;
                rows_[i].clock |= kResponseClock;
                return;
            }
            TargetCount answered = result.net;
            answered.at = *result.fulfilled_at;
            add(answered, kResponseClock, "/answer");
        } else if (result.lack != Lack::nothing) {
            TargetCount lacking{Outcome::lacking, result.ended_at, 0, 0};
            if (size_ > 0 && rows_[0].count.at == result.ended_at)
                rows_[0].clock |= kResponseClock;
            else
                add(lacking, kResponseClock, "/answer");
        }
    }
    const TargetRow* begin() const { return rows_.data(); }
    const TargetRow* end() const { return rows_.data() + size_; }

private:
    void add(const TargetCount& count, unsigned clock, std::string_view suffix) {
        if (count.outcome != Outcome::open) rows_[size_++] = {count, clock, suffix};
    }
    std::array<TargetRow, 3> rows_;
    std::size_t size_ = 0;
};

void write_target(const TargetRow& row, const TargetResult& result, const CaseHistory& history,
                  std::int64_t target_name_id, FactSink& sink) {
    const auto known = [&](bool is_known, std::int64_t value) {
        if (is_known)
            sink.i64(value);
        else
            sink.null();
    };
    sink.i64(Zone::copenhagen().to_local(row.count.at).day);
    sink.i64(row.count.at);
    sink.i64(target_name_id);
    sink.i64(row.clock);
    known(row.count.outcome != Outcome::lacking, row.count.outcome == Outcome::kept ? 1 : 0);
    sink.text(row.count.outcome == Outcome::lacking ? lack_name(result.lack) : "");
    known(row.count.rule != 0, row.count.limit_s);
    const bool fulfilled = result.fulfilled_at.has_value();
    known(fulfilled, result.running_s);
    known(fulfilled, result.paused_s);
    known(fulfilled, result.fulfilled_at.value_or(0) - history.opened_at);
    sink.i64(row.count.rule);
    write_dims(history.dims_at(row.count.at), sink);
}

}  // namespace

FactTableSpec target_table() {
    return {"servicedesk_target",
            {"day",     "at",        "target",    "clock",     "kept",     "lacks",
             "limit_s", "running_s", "paused_s",  "elapsed_s", "rule",     "level",
             "org",     "grp",       "category",  "type",      "priority", "contact",
             "system",  "case_no",   "opened_at", "source"},
            {"day"},
            {"lacks", "case_no"},
            {},
            2};
}

FactTableSpec hop_table() {
    return {"servicedesk_hop",
            {"day", "at", "seconds", "moved", "level", "org", "grp", "category", "type", "priority",
             "contact", "system", "case_no", "opened_at", "source"},
            {"day"},
            {"case_no"},
            {},
            2};
}

void write_dims(const Dims& dims, FactSink& sink) {
    for (const std::string_view text : {dims.level, dims.org, dims.group, dims.category, dims.type,
                                        dims.priority, dims.contact, dims.system}) {
        sink.i64(sink.name(text));
    }
}

void write_targets(const CaseHistory& history, std::string_view case_no, std::int64_t source,
                   int table, std::string& key, FactSink& sink) {
    const std::size_t prefix = key.size();
    for (const TargetResult& result : history.targets) {
        const TargetRows rows(result);
        if (rows.begin() == rows.end()) continue;
        const std::int64_t name = sink.name(target_name(result.target));
        for (const TargetRow& row : rows) {
            key.resize(prefix);
            key += target_name(result.target);
            key += row.suffix;
            sink.begin(table, key);
            write_target(row, result, history, name, sink);
            sink.text(case_no);
            sink.i64(history.opened_at);
            sink.i64(source);
            sink.end();
        }
    }
    key.resize(prefix);
}

void write_hops(const CaseHistory& history, std::string_view case_no, std::int64_t source,
                int table, std::string& key, FactSink& sink) {
    const std::size_t prefix = key.size();
    const CaseHop* before = nullptr;
    int ordinal = 1;
    for (const CaseHop& hop : history.hops) {
        ordinal = before && before->from == hop.from ? ordinal + 1 : 1;
        before = &hop;
        key.resize(prefix);
        append_key_number(key, hop.from);
        if (ordinal > 1) {
            key += '.';
            append_key_number(key, ordinal);
        }
        sink.begin(table, key);
        sink.i64(Zone::copenhagen().to_local(hop.to).day);
        sink.i64(hop.to);
        sink.i64(hop.to - hop.from);
        sink.i64(hop.moved ? 1 : 0);
        write_dims(hop.dims, sink);
        sink.text(case_no);
        sink.i64(history.opened_at);
        sink.i64(source);
        sink.end();
    }
    key.resize(prefix);
}

}  // namespace klarsyn::servicedesk
