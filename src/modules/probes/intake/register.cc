#include "modules/probes/intake/register.h"

#include "modules/probes/intake/keep.h"
#include "modules/probes/intake/schedule.h"

namespace klarsyn::probes {
namespace {

constexpr std::uint64_t kBodyMost = std::uint64_t{8} << 20;
constexpr std::uint64_t kAgentBodyMost = std::uint64_t{2} << 20;

}  // namespace

void add_intake(Module& module) {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    for (Format& format : export_formats()) module.formats.push_back(std::move(format));
    module.live_formats.push_back(intake_format());
    module.settings.push_back({"probe_mapping", check_probe_mapping, false, true});
    module.settings.push_back({"probe_checks", check_probe_checks, false, true});
    module.routes.insert(
        module.routes.end(),
        {{"POST", "/api/v1/write", P::intake, R::writer, S::api, keep_samples, kBodyMost,
          Route::Proof::sender, prepare_remote_write},
         {"POST", "/v1/metrics", P::intake, R::writer, S::api, keep_samples, kBodyMost,
          Route::Proof::sender, prepare_otlp},
         {"POST", "/api/v1/probes", P::intake, R::writer, S::api, keep_agent_batch, kAgentBodyMost,
          Route::Proof::sender, prepare_agent_batch},
         {"GET", "/api/v1/probes/schedule", P::intake, R::reader, S::api, get_schedule},
         {"POST", "/api/v1/intake/release", P::settings, R::writer, S::api, post_agent_release},
         {"GET", "/api/v1/intake", P::batches, R::reader, S::api, get_intake}});
}

}  // namespace klarsyn::probes
