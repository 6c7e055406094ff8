#include "apps/klarsyn/simulate_scenarios.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "apps/klarsyn/simulate_figures.h"
#include "core/random.h"
#include "core/time.h"
#include "modules/servicedesk/simulate.h"
#include "modules/telephony/simulate.h"

namespace klarsyn {
namespace {

constexpr int kYearsMax = 100;
constexpr double kCallsPerYear = 343000;
constexpr double kCasesPerYear = 240000;
constexpr double kServicedeskShare = 0.86;

struct YearMonth {
    int year = 0;
    int month = 1;
};

Period period_of(YearMonth at) { return bucket_of(Bucket::month, day_of({at.year, at.month, 1})); }

std::vector<YearMonth> months_between(YearMonth first, YearMonth last) {
    std::vector<YearMonth> months;
    for (YearMonth at = first; at.year * 12 + at.month <= last.year * 12 + last.month;) {
        months.push_back(at);
        at = at.month == 12 ? YearMonth{at.year + 1, 1} : YearMonth{at.year, at.month + 1};
    }
    return months;
}

servicedesk::LocalMinute end_of(YearMonth last) {
    return (period_of(last).to + servicedesk::LocalMinute{1}) * servicedesk::kMinutesPerDay;
}

// The directory of a simulation: files, and the manifest lines that import them.
class Output {
public:
    Output(std::string directory, std::int64_t months_total,
           const std::function<void(const SimulateProgress&)>& progress)
        : directory_(std::move(directory)), months_total_(months_total), progress_(progress) {}

    Result<void> write(const std::string& name, std::string_view bytes) {
        const std::filesystem::path path = std::filesystem::path(directory_) / name;
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (file) return {};
        Error error = make_error(ErrorCode::unavailable, "simulate.cannot_write");
        error.file = path.string();
        return error;
    }

    // A raw file of one month, to be imported with `options`.
    Result<void> write_month(const std::string& format, const std::string& source,
                             const std::string& options, YearMonth month, const std::string& name,
                             std::string_view bytes, std::int64_t lines) {
        const Period covered = period_of(month);
        return write_part(format, source,
                          fmt::format("{}--covers {}..{}", options, iso_date(covered.from),
                                      iso_date(covered.to)),
                          name, bytes, lines);
    }

    // A raw file that does not claim to be all there is of its days.
    Result<void> write_part(const std::string& format, const std::string& source,
                            const std::string& options, const std::string& name,
                            std::string_view bytes, std::int64_t lines) {
        KL_CHECK(write(name, bytes));
        manifest_ += fmt::format("{}\t{}\t{}\t{}\n", format, source, options, name);
        ++months_done_;
        if (progress_) progress_({name, months_done_, months_total_, lines});
        return {};
    }

    Result<void> finish() { return write("manifest.tsv", manifest_); }

private:
    std::string directory_;
    std::string manifest_;
    std::int64_t months_done_ = 0;
    std::int64_t months_total_ = 0;
    const std::function<void(const SimulateProgress&)>& progress_;
};

std::array<telephony::QueuePlan, 2> queue_plans() {
    std::array<telephony::QueuePlan, 2> plans;
    plans[0].name = "servicedesk";
    plans[0].talk_seconds_mean = 250;
    plans[1].name = "klinisk_programhjaelp";
    plans[1].hours = telephony::QueueHours::daytime;
    plans[1].talk_seconds_mean = 330;
    return plans;
}

using PlanQueues = std::function<std::array<telephony::QueuePlan, 2>(YearMonth)>;

// One queue_log a month, as the phone system rotates it. The last one also has the ends of calls
// that were still going on at midnight.
Result<std::int64_t> write_logs(std::uint64_t seed, const std::vector<YearMonth>& months,
                                const std::string& source, const PlanQueues& plan, Output& output) {
    telephony::QueueLogSimulator simulator(seed);
    for (std::size_t i = 0; i < months.size(); ++i) {
        std::string log = simulator.month(months[i].year, months[i].month, plan(months[i]));
        if (i + 1 == months.size()) log += simulator.finish();
        KL_CHECK(output.write_month(
            "queue-log", source, "", months[i],
            fmt::format("telephony/queue_log-{}{:02}", months[i].year, months[i].month), log,
            simulator.lines()));
    }
    return simulator.lines();
}

struct CaseFiles {
    std::string source;
    std::string name;     // file names begin with it
    std::string groups;   // file name of the groups
};

std::string case_options(const CaseFiles& files) {
    return "--groups " + files.groups + " --encoding UTF-8 --delimiter ,";
}

Result<void> write_cases(servicedesk::AuditWriter& writer, YearMonth month, const CaseFiles& files,
                         std::int64_t lines_before, Output& output) {
    const std::string rows = writer.take(month.year, month.month);
    return output.write_month(
        "case-audit", files.source, case_options(files) + " ", month,
        fmt::format("servicedesk/{}-{}{:02}.csv", files.name, month.year, month.month), rows,
        lines_before + writer.rows());
}

Result<void> simulate_hovedstaden(const SimulateRequest& request,
                                  const std::function<void(const SimulateProgress&)>& progress) {
    const auto& published = kHovedstaden2013;
    const std::vector<YearMonth> months =
        months_between({published.front().year, published.front().month},
                       {published.back().year, published.back().month});
    const auto of = [&](YearMonth at) {
        const auto index = (at.year - months.front().year) * 12 + at.month - months.front().month;
        return published.at(static_cast<std::size_t>(index));
    };
    Output output(request.directory, static_cast<std::int64_t>(months.size()) * 2 + 1, progress);
    const auto plan = [&](YearMonth at) {
        auto plans = queue_plans();
        plans[0].published = of(at).servicedesk;
        plans[1].published = of(at).klinisk_programhjaelp;
        return plans;
    };
    KL_TRY(const auto lines, write_logs(request.seed, months, "telefoni", plan, output));

    const CaseFiles files{"sager", "cases", "servicedesk/groups.csv"};
    const servicedesk::CaseWorld world = servicedesk::hovedstaden_2013();
    KL_CHECK(output.write(files.groups, groups_csv(world.groups, day_of({2012, 1, 1}))));
    // The export was made when the case system was replaced, at the end of the year: no case of the
    // eight months was left open, and one more file tells what happened to them after April.
    servicedesk::AuditWriter writer(world, end_of({2013, 12}));
    servicedesk::CaseSimulator simulator(request.seed, world, 1000001);
    for (const YearMonth month : months) {
        simulator.month(month.year, month.month, of(month).cases, writer);
        KL_CHECK(write_cases(writer, month, files, lines, output));
    }
    KL_CHECK(output.write_part("case-audit", files.source, case_options(files),
                               "servicedesk/cases-later.csv", writer.take_rest(),
                               lines + writer.rows()));
    return output.finish();
}

Result<void> simulate_support(const SimulateRequest& request,
                              const std::function<void(const SimulateProgress&)>& progress) {
    // The quarter before belongs to it: that is where the open cases of January come from.
    const std::vector<YearMonth> months = months_between({2017, 10}, {2018, 4});
    const Period period{period_of(months.front()).from, period_of(months.back()).to};
    Output output(request.directory, static_cast<std::int64_t>(months.size()), progress);
    const CaseFiles files{"platform-sager", "platform", "servicedesk/platform_groups.csv"};
    const servicedesk::CaseWorld world = servicedesk::platform_2018();
    KL_CHECK(output.write(files.groups, groups_csv(world.groups, day_of({2016, 5, 21}))));
    servicedesk::AuditWriter writer(world, end_of(months.back()));
    for (const auto& simulated : simulate_platform(request.seed, world, period, 3000001)) {
        writer.add(simulated);
    }
    for (const YearMonth month : months) KL_CHECK(write_cases(writer, month, files, 0, output));
    return output.finish();
}

Result<void> simulate_load(const SimulateRequest& request,
                           const std::function<void(const SimulateProgress&)>& progress) {
    constexpr int kFirstYear = 2010;
    const std::vector<YearMonth> months =
        months_between({kFirstYear, 1}, {kFirstYear + request.years - 1, 12});
    Output output(request.directory, static_cast<std::int64_t>(months.size()) * 2, progress);
    const auto share_of_year = [](YearMonth at) {
        return period_of(at).days() / 365.25;
    };
    const auto plan = [&](YearMonth at) {
        auto plans = queue_plans();
        plans[0].offered_mean = kCallsPerYear * kServicedeskShare * share_of_year(at);
        plans[1].offered_mean = kCallsPerYear * (1 - kServicedeskShare) * share_of_year(at);
        return plans;
    };
    KL_TRY(const auto lines, write_logs(request.seed, months, "load-telefoni", plan, output));

    const CaseFiles files{"load-sager", "cases", "servicedesk/groups.csv"};
    const servicedesk::CaseWorld world = servicedesk::hovedstaden_2013();
    KL_CHECK(output.write(files.groups, groups_csv(world.groups, day_of({kFirstYear, 1, 1}))));
    servicedesk::AuditWriter writer(world, end_of(months.back()));
    servicedesk::CaseSimulator simulator(request.seed, world, 5000001);
    Random random = Random::stream(request.seed, "case counts");
    for (const YearMonth month : months) {
        const auto count = random.poisson(kCasesPerYear * share_of_year(month));
        simulator.month(month.year, month.month, static_cast<int>(count), writer);
        KL_CHECK(write_cases(writer, month, files, lines, output));
    }
    return output.finish();
}

}  // namespace

std::vector<std::string_view> scenario_names() {
    return {"hovedstaden-2013", "platform-2018", "load"};
}

Result<void> simulate(const SimulateRequest& request,
                      const std::function<void(const SimulateProgress&)>& progress) {
    if (request.scenario == "hovedstaden-2013") return simulate_hovedstaden(request, progress);
    if (request.scenario == "platform-2018") return simulate_support(request, progress);
    if (request.scenario != "load") {
        return make_error(ErrorCode::not_found, "simulate.unknown_scenario",
                          {{"scenario", request.scenario}});
    }
    if (request.years < 1 || request.years > kYearsMax) {
        return make_error(ErrorCode::invalid_input, "simulate.years",
                          {{"most", std::to_string(kYearsMax)}});
    }
    return simulate_load(request, progress);
}

}  // namespace klarsyn
