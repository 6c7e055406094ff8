// The stated hops: parsing, what is in force, and the setting that holds them.
#include <limits>

#include "modules/probes/flow/flow.h"
#include "modules/probes/rows.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 5> kColumns{"flow", "hop", "limit_s", "from", "to"};
enum Column : std::size_t { kFlow, kHop, kLimit, kFrom, kTo };
constexpr std::int64_t kLimitMax_s = 86'400;
constexpr std::int64_t kSecondMax = std::numeric_limits<std::int64_t>::max() / 1000;

std::int64_t milliseconds(UtcSecond second) {
    if (second > kSecondMax) return std::numeric_limits<std::int64_t>::max();
    if (second < -kSecondMax) return std::numeric_limits<std::int64_t>::min();
    return second * 1000;
}

Error line_error(std::string_view file, std::int64_t line, const Fault& fault) {
    Error error = make_error(ErrorCode::invalid_input, std::string(fault.key),
                             {{"value", std::string(fault.value)}});
    error.file = file;
    error.line = line;
    error.field = fault.field;
    return error;
}

}  // namespace

Result<HopPlan> HopPlan::parse(std::string_view text, std::string_view file) {
    auto opened = open_rows(text, {}, kColumns);
    if (!opened.ok()) {
        Error error = opened.error();
        error.file = file;
        return error;
    }
    HopPlan plan;
    RowReader reader(*opened->context);
    CsvRow row;
    while (true) {
        KL_TRY(const bool more, opened->reader.next(row));
        if (!more) return plan;
        if (row.fault != CsvFault::none) {
            const Reject reject = reject_of(row, opened->context->columns);
            Error error = make_error(ErrorCode::invalid_input, reject.key, reject.args);
            error.file = file;
            error.line = row.line;
            return error;
        }
        reader.take(row);
        Line line;
        line.flow = reader.field(kFlow);
        line.hop.name = reader.field(kHop);
        Fault fault = check_name(line.hop.name, kColumns[kHop], true);
        if (fault.key.empty()) fault = check_name(line.flow, kColumns[kFlow], false);
        if (const auto limit = reader.field(kLimit); fault.key.empty() && !limit.empty()) {
            const auto seconds = parse_integer(limit, reader.context().decimal_mark);
            if (!seconds || *seconds < 1 || *seconds > kLimitMax_s)
                fault = {"probes.flow.limit", kColumns[kLimit], limit};
            else
                line.hop.limit_ms = *seconds * 1000;
        }
        Span span;
        if (fault.key.empty())
            fault = read_span(reader.moments, reader.field(kFrom), reader.field(kTo), span);
        if (!fault.key.empty()) return line_error(file, row.line, fault);
        line.from_ms = milliseconds(span.from);
        line.to_ms = milliseconds(span.to);
        plan.lines_.push_back(std::move(line));
    }
}

std::vector<Hop> HopPlan::hops(std::string_view flow, std::int64_t at_ms) const {
    for (const std::string_view wanted : {flow, std::string_view()}) {
        std::vector<Hop> hops;
        for (const Line& line : lines_) {
            if (line.flow == wanted && line.from_ms <= at_ms && at_ms < line.to_ms)
                hops.push_back(line.hop);
        }
        if (!hops.empty()) return hops;
    }
    return {};
}

Result<std::shared_ptr<const void>> load_hop_plan(Connection& db, std::string_view /*source*/) {
    KL_TRY(const auto versions, setting_versions(db, "flow_hops"));
    auto plan = std::make_shared<HopPlan>();
    if (!versions.empty()) {
        KL_TRY(*plan, HopPlan::parse(versions.back().text, "flow_hops"));
    }
    return std::shared_ptr<const void>(std::move(plan));
}

const HopPlan& hop_plan_of(const void* state) {
    static const HopPlan kNone;
    return state ? *static_cast<const HopPlan*>(state) : kNone;
}

Result<void> check_flow_hops(Connection&, UtcSecond, std::string_view text, std::string_view file) {
    KL_TRY([[maybe_unused]] const auto plan, HopPlan::parse(text, file));
    return {};
}

}  // namespace klarsyn::probes
