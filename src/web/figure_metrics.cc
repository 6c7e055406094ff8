#include "web/figure_metrics.h"

#include "indicators/catalogue.h"
#include "web/metrics.h"

namespace klarsyn {
namespace {

constexpr std::string_view kMemory = "figure metrics";
constexpr UtcSecond kFresh_s = 60;

struct Kept {
    UtcSecond at = 0;
    std::string text;
};

Result<std::string> evaluate_all(Context& context, UtcSecond now) {
    const Day today = Zone::copenhagen().to_local(now).day;
    std::vector<MetricSample> samples;
    for (const Indicator& indicator : context.site.catalogue.indicators()) {
        if (indicator.status != IndicatorStatus::published) continue;
        FigureQuestion question;
        question.id = indicator.id;
        question.period = {bucket_of(Bucket::month, today).from, today};
        KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
        if (answer.rows.empty() || !answer.rows.front().value) continue;
        samples.push_back(
            {{{"figure", indicator.id}, {"unit", answer.unit}}, *answer.rows.front().value});
    }
    return gauge_text("klarsyn_figure", "Figures of the present month, up to today.", samples);
}

}  // namespace

Result<std::string> figure_metrics(Context& context) {
    const UtcSecond now = context.site.clock.now();
    auto& parsed = context.memory().parsed;
    if (const auto found = parsed.find(kMemory); found != parsed.end()) {
        const auto& kept = *std::static_pointer_cast<const Kept>(found->second);
        if (kept.at <= now && now - kept.at < kFresh_s) return kept.text;
    }
    KL_TRY(std::string text, evaluate_all(context, now));
    parsed.insert_or_assign(std::string(kMemory), std::make_shared<const Kept>(Kept{now, text}));
    return text;
}

}  // namespace klarsyn
