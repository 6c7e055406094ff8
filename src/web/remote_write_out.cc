#include "web/remote_write_out.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "indicators/catalogue.h"
#include "protocols/open_metrics.h"
#include "web/metrics.h"

namespace klarsyn {
namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr UtcSecond kWaitsMost_s = 86'400;

bool chosen(std::string_view name, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
        return name == pattern;
    });
}

Error figure_fault(const std::string& id, std::string_view field, std::string_view key) {
    Error error = make_error(ErrorCode::invalid_input, std::string(key), {{"figure", id}});
    error.field = "remote_write.figure." + std::string(field);
    return error;
}

// Says what went wrong, but not the same again every minute.
class Quietly {
public:
    void operator()(const std::string& message) {
        if (message != said_ && !message.empty())
            std::fprintf(stderr, "klarsyn: remote_write: %s\n", message.c_str());
        said_ = message;
    }

private:
    std::string said_;
};

std::vector<RemoteWriteSender::Point> measured(BackgroundTools& tools,
                                               const RemoteWriteSettings& settings, Quietly& tell) {
    std::vector<RemoteWriteSender::Point> points =
        metric_points(tools.services.metrics.text() + "# EOF\n", settings);
    if (settings.figures.empty()) return points;
    const auto reader = tools.open();
    if (!reader.ok()) {
        tell(describe(reader.error(), Language::en));
        return points;
    }
    auto more = figure_points(*reader->figures, settings, tools.site.clock.now(),
                              [&](const std::string& message) { tell(message); });
    points.insert(points.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    return points;
}

// In turns of the writer; a server that stops or is overloaded takes none, which is told.
RemoteWriteSender::Keeping keeping_in(BackgroundTools& tools, Quietly& tell) {
    const auto in_turn = [&tools, &tell](std::function<Result<void>(WriteTurn&)> command) {
        const auto done = run_in_turn(tools.services, std::move(command));
        tell(done.ok() ? "" : "what waits is not kept: " + describe(done.error(), Language::en));
    };
    return {[in_turn](const std::vector<WaitingRequest>& requests) {
                in_turn([requests](WriteTurn& turn) { return keep_requests(turn.db, requests); });
            },
            [in_turn](std::int64_t up_to) {
                in_turn([up_to](WriteTurn& turn) { return forget_requests(turn.db, up_to); });
            }};
}

// What the server before this one had measured and not delivered.
void resume(BackgroundTools& tools, RemoteWriteSender& sender, Quietly& tell) {
    const auto reader = tools.open();
    auto kept = reader.ok() ? waiting_requests(*reader->db)
                            : Result<std::vector<WaitingRequest>>(reader.error());
    if (!kept.ok()) return tell(describe(kept.error(), Language::en));
    sender.resume(kept.take(), tools.site.clock.now() - kWaitsMost_s);
}

// Until the server stops.
void run(BackgroundTools& tools) {
    if (tools.site.gates == nullptr || !tools.site.gates->remote_write) return;
    const RemoteWriteSettings& settings = *tools.site.gates->remote_write;
    using SteadyClock = std::chrono::steady_clock;
    Quietly tell_figures, tell_sending, tell_keeping;
    RemoteWriteSender sender(
        settings, fetch,
        [&](std::string_view outcome, std::int64_t samples) {
            tools.services.metrics.remote_write(outcome, samples);
        },
        keeping_in(tools, tell_keeping), {}, std::random_device()());
    resume(tools, sender, tell_keeping);
    auto next = SteadyClock::now();
    while (!tools.stopping()) {
        const auto now = SteadyClock::now();
        if (now >= next) {
            const auto utc = std::chrono::system_clock::now().time_since_epoch();
            sender.add(measured(tools, settings, tell_figures),
                       std::chrono::duration_cast<std::chrono::milliseconds>(utc).count());
            next = now + std::chrono::seconds(settings.every_seconds);
        }
        const bool more = sender.step(SteadyClock::now());
        tell_sending(sender.trouble());
        if (!more) std::this_thread::sleep_for(kLook);
    }
}

}  // namespace

Result<void> check_remote_write(const RemoteWriteSettings& settings, const Catalogue& catalogue) {
    for (const auto& figure : settings.figures) {
        const Indicator* indicator = catalogue.find(figure.id);
        if (indicator == nullptr || indicator->status != IndicatorStatus::published)
            return figure_fault(figure.id, "id", "web.gates.no_figure");
        for (const std::string& dim : figure.by)
            if (std::find(indicator->dims.begin(), indicator->dims.end(), dim) ==
                indicator->dims.end())
                return figure_fault(figure.id, "by", "web.gates.no_dimension");
    }
    return {};
}

std::vector<RemoteWriteSender::Point> figure_points(
    Figures& figures, const RemoteWriteSettings& settings, UtcSecond now,
    const std::function<void(const std::string&)>& tell) {
    const Day today = Zone::copenhagen().to_local(now).day;
    std::vector<RemoteWriteSender::Point> points;
    for (const auto& wanted : settings.figures) {
        FigureQuestion question;
        question.id = wanted.id;
        question.by = wanted.by;
        const bool month = wanted.period == "month";
        question.period = {month ? bucket_of(Bucket::month, today).from : today, today};
        const auto answer = figures.evaluate(question);
        if (!answer.ok()) {
            tell(wanted.id + ": " + describe(answer.error(), Language::en));
            continue;
        }
        for (const FigureRow& row : answer->rows) {
            if (!row.value) continue;
            RemoteWriteSender::Point point;
            point.value = *row.value;
            point.labels = {{"__name__", "klarsyn_figure"},
                            {"figure", wanted.id},
                            {"period", wanted.period},
                            {"unit", answer->unit}};
            for (const auto& [dim, value] : row.key) point.labels.emplace_back(dim, dim_text(value));
            points.push_back(std::move(point));
        }
    }
    return points;
}

std::vector<RemoteWriteSender::Point> metric_points(std::string_view open_metrics,
                                                    const RemoteWriteSettings& settings) {
    std::vector<RemoteWriteSender::Point> points;
    if (settings.metrics.empty()) return points;
    const auto families = parse_open_metrics(open_metrics);
    if (!families.ok()) return points;
    for (const MetricFamily& family : *families) {
        for (const OpenSample& sample : family.samples) {
            if (!chosen(sample.name, settings.metrics)) continue;
            RemoteWriteSender::Point point{sample.labels, sample.value};
            point.labels.emplace_back("__name__", sample.name);
            points.push_back(std::move(point));
        }
    }
    return points;
}

Background remote_writer() { return {"web.remote_write", 5, run}; }

}  // namespace klarsyn
