#include "apps/klarsyn/simulate_scenarios.h"

#include <fmt/format.h>

#include <array>

#include "apps/klarsyn/simulate_figures.h"
#include "apps/klarsyn/simulate_output.h"
#include "apps/klarsyn/simulate_probes.h"
#include "core/random.h"
#include "core/time.h"
#include "modules/assets/simulate.h"
#include "modules/capacity/simulate.h"
#include "modules/servicedesk/simulate.h"
#include "modules/telephony/simulate.h"

namespace klarsyn {
namespace {

constexpr int kYearsMax = 100;
constexpr double kCallsPerYear = 343000;
constexpr double kCasesPerYear = 240000;
constexpr double kServicedeskShare = 0.86;

servicedesk::LocalMinute end_of(YearMonth last) {
    return (period_of(last).to + servicedesk::LocalMinute{1}) * servicedesk::kMinutesPerDay;
}

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

// Readings of power and storage, a file a month.
Result<void> write_readings(std::uint64_t seed, const std::vector<YearMonth>& months,
                            std::int64_t lines_before, Output& output) {
    for (const YearMonth month : months) {
        KL_CHECK(output.write_month(
            "reading-csv", "kapacitet", "--encoding UTF-8 --delimiter , ", month,
            fmt::format("capacity/readings-{}{:02}.csv", month.year, month.month),
            capacity::simulate_readings(seed, period_of(month)), lines_before));
    }
    return {};
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
    Output output(request.directory, static_cast<std::int64_t>(months.size()) * 3 + 13, progress);
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
    KL_CHECK(write_probes_2013(request.seed, lines + writer.rows(), output));
    KL_CHECK(write_log_ons_2013(request.seed, lines + writer.rows(), output));
    KL_CHECK(write_flows_2013(request.seed, lines + writer.rows(), output));
    KL_CHECK(write_readings(request.seed, months, lines + writer.rows(), output));
    return output.finish();
}

// The registers of equipment and devices as they stood at the end of April 2013.
Result<void> simulate_registers_2013(const SimulateRequest& request,
                                     const std::function<void(const SimulateProgress&)>& progress) {
    Output output(request.directory, 5, progress);
    const assets::Registers made = assets::simulate_registers(request.seed);
    KL_CHECK(output.write("registers/hovedstaden.toml", made.capital_mapping));
    KL_CHECK(output.write("registers/sjaelland.toml", made.zealand_mapping));
    KL_CHECK(output.write_part("asset-csv", "udstyr", "--encoding UTF-8 --delimiter ,",
                               "registers/equipment.csv", made.equipment, 0));
    KL_CHECK(output.write_part("device-csv", "medico",
                               "--encoding UTF-8 --mapping registers/hovedstaden.toml",
                               "registers/devices-hovedstaden.csv", made.capital, 0));
    KL_CHECK(output.write_part("device-csv", "medico", "--encoding UTF-8 --delimiter ,",
                               "registers/services-hovedstaden.csv", made.services, 0));
    KL_CHECK(output.write_part("device-csv", "medico",
                               "--encoding UTF-8 --mapping registers/sjaelland.toml",
                               "registers/devices-sjaelland.csv", made.zealand, 0));
    KL_CHECK(output.write_part("relation-csv", "relationer", "--encoding UTF-8 --delimiter ,",
                               "registers/relations.csv", made.relations, 0));
    return output.finish();
}

Result<void> simulate_support(const SimulateRequest& request,
                              const std::function<void(const SimulateProgress&)>& progress) {
    // The quarter before belongs to it: that is where the open cases of January come from.
    const std::vector<YearMonth> months = months_between({2017, 10}, {2018, 4});
    const Period period{period_of(months.front()).from, period_of(months.back()).to};
    Output output(request.directory, static_cast<std::int64_t>(months.size()) + 4, progress);
    const CaseFiles files{"platform-sager", "platform", "servicedesk/platform_groups.csv"};
    const servicedesk::CaseWorld world = servicedesk::platform_2018();
    KL_CHECK(output.write(files.groups, groups_csv(world.groups, day_of({2016, 5, 21}))));
    servicedesk::AuditWriter writer(world, end_of(months.back()));
    for (const auto& simulated : simulate_platform(request.seed, world, period, 3000001)) {
        writer.add(simulated);
    }
    for (const YearMonth month : months) KL_CHECK(write_cases(writer, month, files, 0, output));
    KL_CHECK(write_probes_2018(request.seed, writer.rows(), output));
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
    return {"hovedstaden-2013", "registers-2013", "platform-2018", "load", "probes", "flow-2013", "logon-2013"};
}

Result<void> simulate(const SimulateRequest& request,
                      const std::function<void(const SimulateProgress&)>& progress) {
    if (request.scenario == "hovedstaden-2013") return simulate_hovedstaden(request, progress);
    if (request.scenario == "registers-2013") return simulate_registers_2013(request, progress);
    if (request.scenario == "platform-2018") return simulate_support(request, progress);
    if (request.scenario == "flow-2013") {
        Output output(request.directory, 6, progress);
        KL_CHECK(write_flows_2013(request.seed, 0, output));
        return output.finish();
    }
    if (request.scenario == "logon-2013") {
        Output output(request.directory, 2, progress);
        KL_CHECK(write_logon_2013(request.seed, output));
        return output.finish();
    }
    if (request.scenario == "probes") {
        Output output(request.directory, request.days, progress);
        KL_CHECK(write_all_probes(request, output));
        return output.finish();
    }
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
