#include "reports/report_fake.h"

#include <cstdio>
#include <cstdlib>

namespace klarsyn {

// Declared again by modules.h, which stands below reports: the test only needs the files.
std::vector<EmbeddedFile> embedded_files(std::string_view prefix);

namespace {

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

}  // namespace

FakeFigures::FakeFigures() {
    static constexpr const char* kMonths[8] = {"2012-09", "2012-10", "2012-11", "2012-12",
                                               "2013-01", "2013-02", "2013-03", "2013-04"};
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
    for (const Row& row : kRows)
        for (int i = 0; i < 8; ++i) {
            Value value;
            value.num = row.values[i];
            if (row.den) value.den = row.den;
            const std::string where = *row.queue ? std::string("queue=") + row.queue : "";
            set(std::string(row.figure) + "|" + where + "|" + kMonths[i], value);
        }
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
    }
}

Result<FigureAnswer> FakeFigures::answer(const FigureQuestion& question) {
    ++questions_;
    FigureAnswer answer;
    answer.id = question.id;
    answer.as_of = question.as_of.value_or(as_of_);
    answer.period = question.period;
    const Bucket bucket = bucket_from(question.by);
    for (Day day = question.period.from; day <= question.period.to;) {
        const Period whole = question.by.empty() ? question.period : bucket_of(bucket, day);
        const std::string label =
            question.by.empty() ? period_label(question.period) : bucket_label(bucket, day);
        FigureRow row;
        row.period = whole;
        if (!question.by.empty()) row.key.emplace_back(question.by.front(), label);
        const auto found = values_.find(key_of(question, label));
        if (found != values_.end()) {
            const Value& value = found->second;
            row.num = value.num;
            row.den = value.den;
            row.value = static_cast<double>(value.num) / static_cast<double>(value.den.value_or(1));
            row.records = value.den.value_or(value.num);
            row.gap = value.gap;
            row.gap_records = value.gap_records;
            row.days_covered = whole.days();
            if (question.id == "telephony.in_time_offered") row.status = "yellow";
        }
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
        indicator.table = indicator.module == "telephony" ? "telephony_visit" : "servicedesk_event";
        indicator.definition = "0123456789abcdef";
        if (indicator.id == "telephony.in_time_offered")
            indicator.targets.push_back({{Bound::Op::greater_equal, 75, 100}, 0});
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
    add("telephony.offered", "offered", Aggregate::count, "count", {"queue"});
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
