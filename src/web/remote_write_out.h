// Figures and the server's own counters to a receiver of Prometheus remote-write, at regular times,
// as the section [remote_write] of the server's settings says. Never in the way of anybody's request:
// a thread of its own reads, and what the receiver does not take waits there.
#pragma once

#include <vector>

#include "core/result.h"
#include "indicators/figures.h"
#include "web/background.h"
#include "web/gates.h"
#include "web/remote_write_sender.h"

namespace klarsyn {

// invalid_input, not_found: a figure of the settings that nobody knows, or a dimension it lacks.
Result<void> check_remote_write(const RemoteWriteSettings& settings, const Catalogue& catalogue);

// The samples of figures now, in the local day or month up to now. A row without value is left out:
// missing is not nought. What cannot be evaluated is told and the rest goes on.
std::vector<RemoteWriteSender::Point> figure_points(
    Figures& figures, const RemoteWriteSettings& settings, UtcSecond now,
    const std::function<void(const std::string&)>& tell);
// Those of an OpenMetrics text whose names are chosen. None of a text that cannot be read.
std::vector<RemoteWriteSender::Point> metric_points(std::string_view open_metrics,
                                                    const RemoteWriteSettings& settings);

Background remote_writer();

}  // namespace klarsyn
