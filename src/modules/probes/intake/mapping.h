// Which samples of other monitoring systems are measurements of ours: a setting (probe_mapping,
// TOML) says by metric name and labels which system, action, site and seat a sample is about. What
// no rule takes is counted by name and never lost in silence. Pure; thread-safe once made.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "modules/probes/probes.h"
#include "protocols/sample.h"
#include "store/series.h"

namespace klarsyn::probes {

// A sample of any protocol.
struct IntakeSample {
    std::string name;
    Labels labels;           // sorted
    std::int64_t at_ms = 0;  // since 1970
    double value = 0;
    std::string unit;  // as the protocol said: "s", "ms", "seconds"; empty: it did not
    std::string_view
        unusable;            // why it is no single measurement ("aggregated"); empty: it may be one
    std::uint32_t line = 0;  // in its file; 0: there is none
};

// A Measurement that owns its texts.
struct KeptMeasurement {
    std::string system, action, site, seat;
    UtcSecond at = 0;
    std::optional<std::int64_t> ms;
    Outcome outcome = Outcome::ok;
    std::uint32_t line = 0;
    // ms: its success did not come with it; outcome: a failure whose duration did not.
    SeriesRow::Says says = SeriesRow::Says::all;
};

// Samples of one name that were not kept, and why: "no_rule", "label", "unit", "value", "time",
// "aggregated", "alone" or "damaged" (text keys probes.intake.why.*).
struct Unmapped {
    std::string metric, why;
    friend auto operator<=>(const Unmapped&, const Unmapped&) = default;
};
struct UnmappedCount {
    std::int64_t samples = 0;
    std::string labels;  // names of labels, never values: "instance, job"
};
using UnmappedCounts = std::map<Unmapped, UnmappedCount>;

// A success of 0 without its duration: a failed try where requests are cut anywhere.
struct LoneFailure {
    std::string metric;
    KeptMeasurement measurement;
};

struct MappedSamples {
    std::vector<KeptMeasurement> measurements;
    std::vector<LoneFailure> lone_failures;
    UnmappedCounts unmapped;
    std::int64_t samples = 0;  // all that came, but for ends of series
    std::int64_t helpers = 0;  // of metrics that only say whether another one succeeded
};

// Counts a sample that is not kept.
void leave(UnmappedCounts& unmapped, std::string_view name, const Labels& labels,
           std::string_view why);

// The mapping where the setting says nothing: durations whose labels are called as ours are.
extern const std::string_view kUsualMapping;

class ProbeMapping {
public:
    // invalid_input with file, line and field. An empty text has no rules.
    static Result<ProbeMapping> parse(std::string_view text, std::string_view file);

    // Of samples that came together. `latest`: what lies later is refused as "time".
    MappedSamples map(const std::vector<IntakeSample>& samples, UtcSecond latest) const;
    bool empty() const { return rules_.empty(); }
    // Whether some measurement depends on another metric, so that samples must be seen together.
    bool pairs() const;

    // What holds of every sample with one name, labels and unit.
    struct Verdict {
        std::string_view why;  // as in Unmapped; empty: a sample may be a measurement
        bool helper = false;   // of a metric that only says whether another one succeeded
        double unit_ms = 1;
        std::string system, action, site, seat;
        std::string_view success;  // the metric that says whether it succeeded; empty: none
    };
    Verdict judge(std::string_view name, const Labels& labels, std::string_view unit,
                  std::string_view unusable) const;
    // Time, milliseconds and outcome of a sample; why it is none, as in Unmapped.
    static std::string_view measure(const Verdict& verdict, double value, std::int64_t at_ms,
                                    UtcSecond latest, KeptMeasurement& kept);

private:
    friend class MappingReader;
    struct Piece {  // a text, or the value of a label
        std::string text;
        bool label = false;
    };
    using Template = std::vector<Piece>;
    struct Rule {
        std::string metric;
        Labels where;
        Template system, action, site, seat;
        std::string unit;     // empty: as the sample says
        std::string success;  // metric that is 0 where the try failed; empty: none
        bool fits(const Labels& labels) const;
    };
    std::optional<LoneFailure> lone_failure(const IntakeSample& sample, UtcSecond latest) const;
    const Rule* rule_of(std::string_view name, const Labels& labels) const;
    bool helps(std::string_view name) const;
    static std::optional<std::string> render(const Template& pieces, const Labels& labels);

    std::vector<Rule> rules_;
};

// How many milliseconds a unit is; none for one that is no time.
std::optional<double> unit_ms(std::string_view unit);

}  // namespace klarsyn::probes
