// simulate: raw files of a made-up region.
#include "apps/klarsyn/commands.h"
#include "apps/klarsyn/progress.h"
#include "apps/klarsyn/simulate_scenarios.h"

namespace klarsyn {

int run_simulate(const Invocation& in, Environment& environment) {
    SimulateRequest request;
    request.scenario = in.scenario;
    request.seed = in.seed;
    request.years = in.years;
    request.days = in.days;
    request.every_s = in.every_s;
    request.directory = resolve_path(environment.cwd, in.directory);
    ProgressLine line(environment.output,
                      environment.terminal ? ProgressLine::Show::terminal : ProgressLine::Show::nothing,
                      in.language);
    const auto written = simulate(request, [&](const SimulateProgress& progress) {
        line.tell(in.scenario, progress.months_done, progress.months_total);
    });
    if (!written.ok()) return fail(in, environment, written.error());
    return 0;
}

}  // namespace klarsyn
