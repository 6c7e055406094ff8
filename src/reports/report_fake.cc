#include "reports/report_fake.h"

#include <cstdio>
#include <cstdlib>
#include <set>

namespace klarsyn {

// Declared again by modules.h, which stands below reports: the test only needs the files.
std::vector<EmbeddedFile> embedded_files(std::string_view prefix);

namespace {

constexpr const char* kMonths[8] = {"2012-09", "2012-10", "2012-11", "2012-12",
                                    "2013-01", "2013-02", "2013-03", "2013-04"};

struct Row {
    const char* figure;
    const char* queue;
    std::int64_t values[8];
    std::int64_t den;
};

Bucket bucket_from(const std::vector<std::string>& by) {
    return by.empty() ? Bucket::month : parse_bucket(by.front()).value();
}

std::string key_of(const FigureQuestion& question, const std::string& bucket) {
    std::string where;
    for (const DimFilter& filter : question.where)
        where += (where.empty() ? "" : ",") + filter.dim + "=" + filter.value;
    return question.id + "|" + where + "|" + bucket;
}

bool by_value(const FigureQuestion& question) {
    return !question.by.empty() && !parse_bucket(question.by.front()).ok();
}

// What the desk and the models say of eight months.
constexpr Row kDeskRows[] = {
    {"servicedesk.resolved", "", {2290, 2301, 2305, 2299, 2300, 2295, 2302, 2297}, 0},
    {"servicedesk.closed", "", {2288, 2300, 2299, 2301, 2297, 2296, 2299, 2298}, 0},
    {"servicedesk.backlog", "", {410, 409, 420, 414, 422, 416, 421, 426}, 0},
    {"servicedesk.backlog_age_median", "", {86000, 87000, 85500, 86400, 86900, 86100, 87200, 86500}, 0},
    {"servicedesk.survey_score", "", {1630, 1642, 1638, 1650, 1641, 1639, 1645, 1655}, 400},
    {"servicedesk.survey_response_share", "", {400, 402, 398, 401, 399, 403, 400, 404}, 1290},
    {"servicedesk.major_incidents", "", {3, 2, 4, 3, 2, 3, 3, 4}, 0},
    {"servicedesk.major_places", "", {5, 4, 7, 6, 3, 5, 6, 7}, 0},
    {"servicedesk.major_duration", "", {16200, 9000, 21600, 15300, 8400, 14400, 16500, 20100}, 0},
    {"servicedesk.major_duration_median", "", {5400, 4500, 5100, 4800, 4200, 4700, 5300, 5000}, 0},
    {"servicedesk.changes", "", {61, 58, 63, 60, 59, 62, 60, 64}, 0},
    {"servicedesk.changes_with_incidents", "", {3, 2, 4, 3, 3, 2, 4, 3}, 0},
    {"servicedesk.changes_failed_share", "", {6, 5, 7, 6, 5, 6, 7, 6}, 64},
    {"servicedesk.known_error_uses", "", {180, 176, 190, 184, 181, 179, 186, 183}, 0},
    {"alerts.episodes", "", {9, 7, 11, 8, 6, 8, 9, 12}, 0},
    {"alerts.noise", "", {4, 3, 5, 3, 2, 4, 4, 5}, 12},
    {"alerts.duration", "", {840, 1260, 900, 720, 1500, 960, 780, 1020}, 0},
    {"telephony.agents_needed", "servicedesk", {7, 7, 6, 7, 8, 7, 7, 7}, 0},
    {"telephony.agents_needed_low", "servicedesk", {5, 5, 5, 5, 6, 5, 5, 5}, 0},
    {"telephony.agents_needed_high", "servicedesk", {9, 9, 8, 9, 11, 9, 9, 9}, 0},
    {"telephony.agent_time_needed", "servicedesk",
     {1440000, 1450800, 1431900, 1437300, 1503000, 1441800, 1447200, 1458000}, 0},
    {"telephony.agent_time_needed_low", "servicedesk",
     {1170000, 1179000, 1161000, 1168200, 1220400, 1171800, 1175400, 1184400},
     0},
    {"telephony.agent_time_needed_high", "servicedesk",
     {1800000, 1812600, 1790100, 1797300, 1879200, 1803600, 1810800, 1823400},
     0},
};

struct ValueRow {
    const char* key;
    std::int64_t num;
    std::int64_t den;
};

// Tables that are divided by a dimension, of both plans' periods.
constexpr ValueRow kValueRows[] = {
    {"servicedesk.major_places|org=Gentofte Hospital|2013-04", 2, 0},
    {"servicedesk.major_places|org=Herlev Hospital|2013-04", 4, 0},
    {"servicedesk.major_places|org=unknown|2013-04", 1, 0},
    {"servicedesk.major_incidents|criticality=1|2013-04", 1, 0},
    {"servicedesk.major_incidents|criticality=2|2013-04", 3, 0},
    {"servicedesk.major_duration|criticality=1|2013-04", 9300, 0},
    {"servicedesk.major_duration|criticality=2|2013-04", 10800, 0},
    {"servicedesk.changes|result=successful|2013-04", 57, 0},
    {"servicedesk.changes|result=partial|2013-04", 3, 0},
    {"servicedesk.changes|result=rolled_back|2013-04", 1, 0},
    {"servicedesk.changes|result=failed|2013-04", 2, 0},
    {"servicedesk.changes|result=unheard_of|2013-04", 1, 0},
    {"servicedesk.changes_with_incidents|result=successful|2013-04", 1, 0},
    {"servicedesk.changes_with_incidents|result=failed|2013-04", 2, 0},
    {"servicedesk.known_error_uses|system=Mail|2013-04", 120, 0},
    {"servicedesk.known_error_uses|system=VDI|2013-04", 63, 0},
    {"telephony.offered|queue=servicedesk,hour=8|2013-04", 640, 0},
    {"telephony.offered|queue=servicedesk,hour=10|2013-04", 545, 0},
    {"telephony.agents_needed|queue=servicedesk,hour=8|2013-04", 7, 0},
    {"telephony.agents_needed|queue=servicedesk,hour=10|2013-04", 6, 0},
    {"telephony.agents_needed_low|queue=servicedesk,hour=8|2013-04", 5, 0},
    {"telephony.agents_needed_low|queue=servicedesk,hour=10|2013-04", 4, 0},
    {"telephony.agents_needed_high|queue=servicedesk,hour=8|2013-04", 9, 0},
    {"telephony.agents_needed_high|queue=servicedesk,hour=10|2013-04", 8, 0},
    {"alerts.episodes|rule=response-times|2013-04", 9, 0},
    {"alerts.noise|rule=response-times|2013-04", 4, 9},
    {"servicedesk.changes||2018-Q1", 190, 0},
    {"servicedesk.changes|result=successful|2018-Q1", 181, 0},
    {"servicedesk.changes|result=failed|2018-Q1", 9, 0},
};

}  // namespace

FakeFigures::FakeFigures() {
    static constexpr Row kRows[] = {
        {"servicedesk.created", "", {2301, 2299, 2310, 2295, 2305, 2290, 2304, 2303}, 0},
        {"servicedesk.sla_kept", "", {1801, 1799, 1805, 1790, 1802, 1798, 1803, 1400}, 2000},
        {"servicedesk.sla_kept_gross", "", {1701, 1699, 1705, 1690, 1702, 1698, 1703, 1300}, 2000},
        {"servicedesk.first_response_median", "", {610, 605, 640, 620, 615, 630, 600, 625}, 0},
        {"servicedesk.first_contact_share", "", {540, 548, 539, 551, 546, 544, 550, 547}, 900},
        {"servicedesk.solve_time_median", "", {3840, 5340, 6000, 6900, 4620, 5280, 5880, 5700}, 0},
        {"servicedesk.reopened", "", {41, 38, 40, 44, 39, 37, 42, 43}, 0},
        {"servicedesk.moves", "", {210, 205, 199, 214, 202, 208, 206, 203}, 0},
        {"servicedesk.hop_time_median", "", {3660, 4140, 4380, 4620, 3960, 4080, 4260, 4260}, 0},
        {"telephony.offered", "servicedesk", {1200, 1210, 1190, 1205, 1900, 1201, 1196, 1185}, 0},
        {"telephony.wait_mean", "servicedesk", {99, 101, 100, 98, 102, 100, 99, 101}, 3},
        {"telephony.wait_max", "servicedesk", {3756, 5650, 5839, 7159, 6617, 6839, 5349, 3249}, 0},
        {"telephony.abandoned", "servicedesk", {98, 102, 97, 103, 99, 101, 100, 140}, 0},
        {"telephony.in_time_offered",
         "servicedesk",
         {800, 810, 790, 805, 780, 801, 796, 785},
         1200},
        {"telephony.offered", "klinisk_programhjaelp", {440, 441, 439, 440, 442, 438, 440, 441}, 0},
        {"telephony.wait_mean", "klinisk_programhjaelp", {69, 63, 76, 85, 88, 88, 77, 100}, 1},
        {"telephony.wait_max",
         "klinisk_programhjaelp",
         {1203, 1068, 1480, 1163, 992, 1415, 1168, 1288},
         0},
        {"telephony.abandoned", "klinisk_programhjaelp", {39, 29, 46, 41, 33, 39, 42, 45}, 0},
        {"telephony.in_time_offered",
         "klinisk_programhjaelp",
         {400, 410, 390, 399, 401, 400, 396, 398},
         440},
    };
    const auto set_months = [&](const Row& row) {
        const std::string where = *row.queue ? std::string("queue=") + row.queue : "";
        for (int i = 0; i < 8; ++i)
            set(std::string(row.figure) + "|" + where + "|" + kMonths[i],
                {row.values[i], row.den ? std::optional(row.den) : std::nullopt, {}});
    };
    for (const Row& row : kRows) set_months(row);
    for (const Row& row : kDeskRows) set_months(row);
    set_values();
    set_weeks();
    set_probes();
    set_registers();
}

void FakeFigures::set_registers() {
    constexpr std::int64_t kTerabyte = 1'000'000'000'000;
    for (int i = 0; i < 8; ++i) {
        const std::string end = std::string("||") + kMonths[i];
        set("capacity.power_used" + end, {2'010'000 - 9000 * i, {}, {}});
        set("capacity.power_free" + end, {440'000 + 9000 * i, {}, {}});
        set("capacity.power_used_share" + end, {2'010'000 - 9000 * i, 2'450'000, {}});
        set("capacity.storage_used" + end, {(3100 + 21 * i) * kTerabyte, {}, {}});
        set("capacity.storage_free" + end, {((i < 6 ? 900 : 1300) - 21 * i) * kTerabyte, {}, {}});
        set("capacity.storage_total" + end, {(i < 6 ? 4000 : 4400) * kTerabyte, {}, {}});
        set("capacity.storage_used_share" + end,
            {(3100 + 21 * i) * kTerabyte, (i < 6 ? 4000 : 4400) * kTerabyte, {}});
    }
    // The register was read at the end of April: before that, nothing is known.
    set("assets.pcs||2013-04", {38000, {}, {}});
    set("assets.pcs|age=0|2013-04", {7000, {}, {}});
    set("assets.pcs|age=5+|2013-04", {4200, {}, {}});
    set("assets.pcs|age=unknown|2013-04", {570, {}, {}});
    set("assets.pcs_over_age||2013-04", {9100, {}, {}});
    set("assets.pcs_age_unknown||2013-04", {570, {}, {}});
}

// The tables that are divided by a dimension.
void FakeFigures::set_values() {
    for (const ValueRow& row : kValueRows)
        set(row.key, {row.num, row.den ? std::optional(row.den) : std::nullopt, {}});
}

void FakeFigures::set_weeks() {
    for (int week = 1; week <= 13; ++week)
        for (const char* where : {"level=1,level=2", "level=3"}) {
            const std::string bucket =
                std::string("2018-W") + (week < 10 ? "0" : "") + std::to_string(week);
            const auto put = [&](const char* figure, std::int64_t value) {
                set(std::string("servicedesk.") + figure + "|" + where + "|" + bucket,
                    {value, {}, {}});
            };
            put("created", week == 13 ? 380 : 600 + week % 3);
            put("closed", week == 13 ? 375 : 598 + week % 4);
            put("moved_in", 20 + week % 2);
            put("moved_out", 19);
            put("backlog", 1400 + 3 * week);
        }
    for (int week = 1; week <= 13; ++week) {
        const std::string bucket =
            std::string("2018-W") + (week < 10 ? "0" : "") + std::to_string(week);
        set("servicedesk.sla_kept||" + bucket, {700 + week % 3, 1000, {}});
        set("servicedesk.sla_kept_gross||" + bucket, {690 + week % 3, 1000, {}});
        set("servicedesk.solve_time_median||" + bucket, {85000 + 60 * week, {}, {}});
        set("servicedesk.hop_time_median||" + bucket, {68000 - 30 * week, {}, {}});
        set("servicedesk.moves||" + bucket, {80 + week % 2, {}, {}});
        set("servicedesk.resolved||" + bucket, {600 + week % 3, {}, {}});
        set("servicedesk.survey_score||" + bucket, {400 + week % 5, 100, {}});
        set("servicedesk.survey_response_share||" + bucket, {100, 310 + week % 4, {}});
        set("servicedesk.major_incidents||" + bucket, {week % 2, {}, {}});
        set("servicedesk.changes||" + bucket, {14 + week % 3, {}, {}});
        set("servicedesk.changes_failed_share||" + bucket, {1, 14 + week % 3, {}});
    }
}

void FakeFigures::fill(FigureRow& row, const FigureQuestion& question,
                       const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) return;
    const Value& value = found->second;
    row.num = value.num;
    row.den = value.den;
    row.value = static_cast<double>(value.num) / static_cast<double>(value.den.value_or(1));
    row.records = value.den.value_or(value.num);
    row.gap = value.gap;
    row.gap_records = value.gap_records;
    row.days_covered = row.period.days();
    if (question.id.starts_with("probes.pc_") && key.find("Rare") != std::string::npos) {
        row.behind = 3;
        row.too_few = true;
        row.num.reset();
        row.den.reset();
        row.value.reset();
        return;
    }
    if (question.id == "telephony.in_time_offered") row.status = "yellow";
    if (question.id.starts_with("probes.within_limit") && value.den)
        row.status = 20 * value.num > 19 * *value.den   ? "green"
                     : 10 * value.num >= 9 * *value.den ? "yellow"
                                                        : "red";
}

namespace {

// "system=EPM3,site=RH" -> EPM3, RH; none where the words are not those of exactly these dimensions.
std::optional<std::vector<DimValue>> values_in(const std::vector<std::string>& dims,
                                               std::string words) {
    std::vector<DimValue> values;
    for (const std::string& dim : dims) {
        if (!words.starts_with(dim + "=")) return std::nullopt;
        const auto end = std::min(words.find(','), words.size());
        const std::string value = words.substr(dim.size() + 1, end - dim.size() - 1);
        values.push_back(dim == "hour" ? DimValue(std::int64_t{std::stoll(value)})
                                       : DimValue(value));
        words.erase(0, std::min(end + 1, words.size()));
    }
    if (!words.empty()) return std::nullopt;
    return values;
}

}  // namespace

// A row for each value, or combination of values, of the dimensions that was set; and for each
// bucket that it was set for, where one is asked for last.
void FakeFigures::add_values(const FigureQuestion& question, FigureAnswer& answer) const {
    std::vector<std::string> dims = question.by;
    const auto bucket = parse_bucket(dims.back());
    if (bucket.ok()) dims.pop_back();
    const std::string end = "|" + period_label(question.period);
    std::string start = key_of(question, {});
    start.pop_back();
    start += question.where.empty() ? "" : ",";
    std::set<std::vector<DimValue>> found;
    for (const auto& [key, value] : values_) {
        if (!key.starts_with(start) || !key.ends_with(end)) continue;
        const auto values =
            values_in(dims, key.substr(start.size(), key.size() - start.size() - end.size()));
        if (values) found.insert(*values);
    }
    for (const auto& values : found) {
        FigureRow row;
        std::string words;
        for (std::size_t i = 0; i < values.size(); ++i) {
            row.key.emplace_back(dims[i], values[i]);
            words += (i ? "," : "") + dims[i] + "=" + dim_text(values[i]);
        }
        for (Day day = question.period.from; day <= question.period.to;) {
            FigureRow line = row;
            line.period = bucket.ok() ? bucket_of(*bucket, day) : question.period;
            const std::string label =
                bucket.ok() ? bucket_label(*bucket, day) : period_label(question.period);
            if (bucket.ok()) line.key.emplace_back(question.by.back(), label);
            fill(line, question, start + words + "|" + label);
            day = line.period.to + 1;
            if (line.num || line.too_few) answer.rows.push_back(std::move(line));
        }
    }
}

Result<FigureAnswer> FakeFigures::answer(const FigureQuestion& question) {
    ++questions_;
    FigureAnswer answer;
    answer.id = question.id;
    answer.as_of = question.as_of.value_or(as_of_);
    answer.period = question.period;
    if (by_value(question)) {
        add_values(question, answer);
        return answer;
    }
    const Bucket bucket = bucket_from(question.by);
    for (Day day = question.period.from; day <= question.period.to;) {
        const Period whole = question.by.empty() ? question.period : bucket_of(bucket, day);
        const std::string label =
            question.by.empty() ? period_label(question.period) : bucket_label(bucket, day);
        FigureRow row;
        row.period = whole;
        if (!question.by.empty()) row.key.emplace_back(question.by.front(), label);
        fill(row, question, key_of(question, label));
        answer.rows.push_back(std::move(row));
        day = whole.to + 1;
    }
    return answer;
}

Catalogue fake_catalogue(const std::string& held, IndicatorStatus status,
                         const std::string& caveat) {
    Catalogue catalogue;
    const auto add = [&](const char* id, const char* title, Aggregate aggregate, const char* unit,
                         std::vector<std::string> dims) {
        Indicator indicator;
        indicator.id = id;
        indicator.module = indicator.id.substr(0, indicator.id.find('.'));
        indicator.title_da = indicator.title_en = title;
        indicator.definition_da = std::string(title) + " (da)";
        indicator.definition_en = std::string(title) + " (en)";
        indicator.formula = indicator.formula_da = title;
        indicator.owner = "IMT Servicedesk";
        indicator.aggregate = aggregate;
        indicator.unit = unit;
        indicator.dims = std::move(dims);
        indicator.table = indicator.module == "telephony"     ? "telephony_visit"
                          : indicator.module == "servicedesk" ? "servicedesk_event"
                                                              : indicator.module + "_fact";
        indicator.definition = "0123456789abcdef";
        if (indicator.id == "telephony.in_time_offered")
            indicator.targets.push_back({{Bound::Op::greater_equal, 75, 100}, 0});
        if (indicator.id.starts_with("probes.within_limit")) {
            indicator.green = Bound{Bound::Op::greater, 95, 100};
            indicator.yellow = Bound{Bound::Op::greater_equal, 90, 100};
        }
        if (indicator.id == "servicedesk.survey_score")
            indicator.beside = "servicedesk.survey_response_share";
        if (indicator.id == held) {
            indicator.status = status;
            indicator.caveat_da = indicator.caveat_en = caveat;
        }
        catalogue.add(std::move(indicator));
    };
    add("servicedesk.created", "created", Aggregate::count, "count", {"level"});
    add("servicedesk.closed", "closed", Aggregate::count, "count", {"level"});
    add("servicedesk.moved_in", "moved in", Aggregate::count, "count", {"level"});
    add("servicedesk.moved_out", "moved out", Aggregate::count, "count", {"level"});
    add("servicedesk.backlog", "backlog", Aggregate::balance, "count", {"level"});
    add("servicedesk.reopened", "reopened", Aggregate::count, "count", {"level"});
    add("servicedesk.moves", "moves", Aggregate::count, "count", {"level"});
    add("servicedesk.sla_kept", "kept", Aggregate::ratio, "fraction", {"level"});
    add("servicedesk.sla_kept_gross", "kept gross", Aggregate::ratio, "fraction", {"level"});
    add("servicedesk.first_contact_share", "first contact", Aggregate::ratio, "fraction",
        {"level"});
    for (const char* median : {"first_response", "solve_time", "hop_time"}) {
        const std::string id = "servicedesk." + std::string(median) + "_median";
        add(id.c_str(), median, Aggregate::percentile, "seconds", {"level"});
    }
    for (const char* count : {"resolved", "major_incidents", "major_places", "changes",
                              "changes_with_incidents", "known_error_uses"}) {
        const std::string id = "servicedesk." + std::string(count);
        add(id.c_str(), count, Aggregate::count, "count",
            {"org", "system", "result", "criticality"});
    }
    add("servicedesk.backlog_age_median", "age", Aggregate::percentile, "seconds", {"level"});
    add("servicedesk.survey_score", "score", Aggregate::mean, "count", {"level"});
    add("servicedesk.survey_response_share", "answers", Aggregate::ratio, "fraction", {"level"});
    add("servicedesk.major_duration", "duration", Aggregate::sum, "seconds", {"criticality"});
    add("servicedesk.major_duration_median", "duration", Aggregate::percentile, "seconds", {});
    add("servicedesk.changes_failed_share", "failed", Aggregate::ratio, "fraction", {"result"});
    for (const char* end : {"", "_low", "_high"}) {
        const std::string agents = "telephony.agents_needed" + std::string(end);
        add(agents.c_str(), "agents", Aggregate::max, "count", {"queue", "hour"});
        const std::string time = "telephony.agent_time_needed" + std::string(end);
        add(time.c_str(), "agent time", Aggregate::sum, "seconds", {"queue", "hour"});
    }
    const std::vector<std::string> probe = {"system", "action", "kind", "site", "seat", "hour"};
    for (const char* share : {"within_limit", "within_limit_net", "available", "available_net"})
        add(("probes." + std::string(share)).c_str(), share, Aggregate::ratio, "fraction", probe);
    for (const char* count : {"measured", "failed", "missing"})
        add(("probes." + std::string(count)).c_str(), count, Aggregate::count, "count", probe);
    for (const char* time : {"median", "p95"})
        add(("probes." + std::string(time)).c_str(), time, Aggregate::percentile, "milliseconds",
            probe);
    const std::vector<std::string> pc = {"action", "model", "age"};
    add("probes.pc_within_limit", "within", Aggregate::ratio, "fraction", pc);
    for (const char* time : {"pc_median", "pc_p95"})
        add(("probes." + std::string(time)).c_str(), time, Aggregate::percentile, "milliseconds",
            pc);
    add("probes.pcs", "pcs", Aggregate::distinct, "count", pc);
    const std::vector<std::string> place = {"place"}, rule = {"rule"};
    for (const char* stock : {"power_used", "power_free"})
        add(("capacity." + std::string(stock)).c_str(), stock, Aggregate::latest, "watts", place);
    for (const char* stock : {"storage_used", "storage_free", "storage_total"})
        add(("capacity." + std::string(stock)).c_str(), stock, Aggregate::latest, "bytes", place);
    for (const char* part : {"power_used_share", "storage_used_share"})
        add(("capacity." + std::string(part)).c_str(), part, Aggregate::latest, "fraction", place);
    for (const char* pcs : {"pcs", "pcs_over_age", "pcs_age_unknown", "pcs_over_age_licensewatch"})
        add(("assets." + std::string(pcs)).c_str(), pcs, Aggregate::balance, "count", {"age"});
    add("alerts.episodes", "alerts", Aggregate::count, "count", rule);
    add("alerts.noise", "noise", Aggregate::ratio, "fraction", rule);
    add("alerts.duration", "duration", Aggregate::percentile, "seconds", rule);
    add("telephony.offered", "offered", Aggregate::count, "count", {"queue", "hour"});
    add("telephony.wait_mean", "mean wait", Aggregate::mean, "seconds", {"queue"});
    add("telephony.wait_max", "longest wait", Aggregate::max, "seconds", {"queue"});
    add("telephony.abandoned", "abandoned", Aggregate::count, "count", {"queue"});
    add("telephony.in_time_offered", "in time", Aggregate::ratio, "fraction", {"queue"});
    return catalogue;
}

const ReportLibrary& shipped_library() {
    static const ReportLibrary library = [] {
        auto loaded = ReportLibrary::load(embedded_files(""));
        if (!loaded.ok()) {
            std::fprintf(stderr, "%s\n", describe(loaded.error(), Language::en).c_str());
            std::abort();
        }
        return loaded.take();
    }();
    return library;
}

Document fake_document(const std::string& plan, Period period, FakeFigures& figures) {
    const ReportPlan* found = shipped_library().plan(plan).value();
    auto built =
        build_document(shipped_library(), *found, period, fake_catalogue(), figures.source());
    if (!built.ok()) {
        std::fprintf(stderr, "%s\n", describe(built.error(), Language::en).c_str());
        std::abort();
    }
    return built.take();
}

}  // namespace klarsyn
