#include "apps/klarsyn/simulate_probes.h"

#include <algorithm>
#include <array>

#include "modules/assets/simulate.h"
#include "modules/probes/flow/simulate.h"
#include "modules/probes/simulate.h"
#include "modules/probes/simulate_logon.h"

namespace klarsyn {
namespace {

struct ProbeFiles {
    std::string source;  // of the measurements; those of the rules begin with it
};

Result<void> write_probe_rules(const probes::ProbeSimulator& simulator, const ProbeFiles& files,
                               Output& output) {
    KL_CHECK(output.write_rules("probe-actions-csv", files.source + "-graenser",
                                "probes/rules-actions.csv", simulator.actions_csv()));
    KL_CHECK(output.write_rules("probe-schedule-csv", files.source + "-plan",
                                "probes/rules-schedules.csv", simulator.schedule_csv()));
    return output.write_rules("window-csv", files.source + "-vinduer", "probes/rules-windows.csv",
                              simulator.windows_csv());
}

Result<void> write_months(const probes::ProbeSimulator& simulator, Period days,
                          const ProbeFiles& files, std::int64_t lines, Output& output) {
    KL_CHECK(write_probe_rules(simulator, files, output));
    for (Day first = days.from; first <= days.to;) {
        const Period month = bucket_of(Bucket::month, first);
        std::string text(probes::ProbeSimulator::header());
        for (Day day = month.from; day <= month.to; ++day) text += simulator.day_csv(day);
        lines += std::count(text.begin(), text.end(), '\n');
        const Date date = date_of(first);
        KL_CHECK(output.write_month(
            "probe-csv", files.source, "", {date.year, date.month},
            fmt::format("probes/svartider-{}{:02}.csv", date.year, date.month), text, lines));
        first = month.to + 1;
    }
    return {};
}

// Logs of messages between systems, a file a month and flow: each flow has hops of its own.
Result<void> write_flows(std::uint64_t seed, Period days, std::int64_t lines, Output& output) {
    struct Flow {
        probes::SimulatedFlow flow;
        const char* name;
    };
    constexpr std::array<Flow, 2> kFlows{{{probes::SimulatedFlow::laboratory, "gs-labka"},
                                          {probes::SimulatedFlow::medication, "gs-epm3"}}};
    for (Day first = days.from; first <= days.to;) {
        const Period month{first, std::min(days.to, bucket_of(Bucket::month, first).to)};
        const Date date = date_of(first);
        for (const Flow& flow : kFlows) {
            const auto simulated = probes::simulate_flow(seed, flow.flow, month);
            lines += std::count(simulated.log.begin(), simulated.log.end(), '\n');
            KL_CHECK(output.write_month(
                "hl7-log", std::string("meddelelser-") + flow.name, "", {date.year, date.month},
                fmt::format("probes/{}-{}{:02}.log", flow.name, date.year, date.month),
                simulated.log, lines));
        }
        first = month.to + 1;
    }
    return {};
}

}  // namespace

Result<void> write_flows_2013(std::uint64_t seed, std::int64_t lines, Output& output) {
    return write_flows(seed, {day_of({2013, 2, 1}), day_of({2013, 4, 30})}, lines, output);
}

Result<void> write_probes_2013(std::uint64_t seed, std::int64_t lines, Output& output) {
    const Period days{day_of({2013, 2, 1}), day_of({2013, 4, 30})};
    const probes::ProbeSimulator simulator(seed, probes::world_2013(), {days, 3600, 2});
    return write_months(simulator, days, {"svartider"}, lines, output);
}

Result<void> write_logon_2013(std::uint64_t seed, Output& output) {
    const YearMonth april{2013, 4};
    const probes::LogonFiles files = probes::simulate_logon(seed, period_of(april));
    KL_CHECK(output.write_rules("probe-actions-csv", "log-on-graenser",
                                "probes/rules-log-on.csv", files.actions));
    KL_CHECK(output.write_part("asset-csv", "pc-register", "--encoding UTF-8 --delimiter ,",
                               "registers/pcs.csv", files.equipment, 0));
    return output.write_month("probe-csv", "log-on", "", april, "probes/log-on-201304.csv",
                              files.measurements, files.log_ons);
}

Result<void> write_log_ons_2013(std::uint64_t seed, std::int64_t lines, Output& output) {
    constexpr int kEach = 95;  // about 380 of the 38,000 have the agent
    std::vector<probes::LogonPc> pcs;
    int number = 0;
    for (const assets::SimulatedPc& pc : assets::simulate_pcs(seed)) {
        if (++number % kEach == 0 && pc.in_use)
            pcs.push_back({pc.name, number, pc.place, pc.model, pc.base});
    }
    KL_CHECK(output.write_rules("probe-actions-csv", "log-on-graenser", "probes/rules-log-on.csv",
                                probes::logon_actions()));
    for (const YearMonth month : months_between({2013, 2}, {2013, 4})) {
        const auto files = probes::simulate_logon_on(seed, period_of(month), pcs);
        lines += files.log_ons;
        KL_CHECK(output.write_month(
            "probe-csv", "log-on", "", month,
            fmt::format("probes/log-on-{}{:02}.csv", month.year, month.month), files.measurements,
            lines));
    }
    return {};
}

Result<void> write_probes_2018(std::uint64_t seed, std::int64_t lines, Output& output) {
    const Period days{day_of({2018, 1, 1}), day_of({2018, 4, 30})};
    const probes::ProbeSimulator simulator(seed, probes::world_2018(), {days, 3 * 3600, 2});
    return write_months(simulator, days, {"platform-svartider"}, lines, output);
}

Result<void> write_all_probes(const SimulateRequest& request, Output& output) {
    if (request.days < 1 || request.every_s < 1) {
        return make_error(ErrorCode::invalid_input, "simulate.days");
    }
    const Day first = day_of({2013, 4, 1});
    const Period days{first, first + request.days - 1};
    const probes::ProbeSimulator simulator(request.seed, probes::world_2013(),
                                           {days, request.every_s, probes::kActionsPerSystem});
    const ProbeFiles files{"svartider"};
    KL_CHECK(write_probe_rules(simulator, files, output));
    std::int64_t lines = 0;
    for (Day day = days.from; day <= days.to; ++day) {
        std::string text(probes::ProbeSimulator::header());
        text += simulator.day_csv(day);
        lines += std::count(text.begin(), text.end(), '\n');
        KL_CHECK(output.write_part("probe-csv", files.source, "--covers " + iso_date(day),
                                   fmt::format("probes/svartider-{}.csv", iso_date(day)), text,
                                   lines));
    }
    return {};
}

}  // namespace klarsyn
