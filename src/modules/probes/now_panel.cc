// What the probes show on the live board: the systems, worst first, by today's share within the
// limit.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "modules/probes/share_html.h"
#include "web/figure_view.h"
#include "web/measured.h"
#include "web/now.h"
#include "web/page.h"
#include "web/question.h"
#include "web/shared_pages.h"

namespace klarsyn::probes {

std::vector<NowPanel> now_panels();
Result<MeasuredNow> recent_measurements(Connection& db, UtcSecond from, UtcSecond to);  // recent.cc

namespace {

constexpr std::string_view kShare = "within_limit";
constexpr std::string_view kSeenName = "probes.now";
constexpr std::size_t kSystems = 11;
constexpr int kKnownDays = 7;             // a system measured in these is missed today
constexpr UtcSecond kKnownSeconds = 600;  // so long the list of them is taken as it is
constexpr UtcSecond kSilentSeconds = 15 * 60;

// What earlier looks at the board saw: which systems are measured at all, and since when a system's
// number of measurements has not grown.
struct Seen {
    UtcSecond known_at = 0;
    std::vector<std::string> known;
    struct Count {
        Day day = 0;
        std::int64_t measured = 0;
        UtcSecond since = 0;
    };
    std::map<std::string, Count> counts;
};

std::shared_ptr<const Seen> seen_before(Context& context) {
    if (context.services.pages == nullptr) return nullptr;
    return std::static_pointer_cast<const Seen>(context.services.pages->find(kSeenName));
}

struct Line {
    std::string system;
    Share share;
    std::int64_t measured = 0;
    UtcSecond silent = 0;  // seconds without a new measurement; 0: not long
};

// Systems that something was measured of before it counts as silence.
Result<std::set<std::string>> measured_lately(Connection& db, UtcSecond now) {
    KL_TRY(const MeasuredNow recent, recent_measurements(db, now - kSilentSeconds, now));
    std::set<std::string> systems;
    for (const MeasuredSeries& series : recent.series)
        if (!series.measured.empty()) systems.insert(series.system);
    return systems;
}

Result<std::vector<Line>> lines_of(Context& context, UtcSecond now) {
    const Day day = Zone::copenhagen().to_local(now).day;
    const Period today{day, day};
    KL_TRY(const Answer shares, ask(context, kShare, today, {"system"}));
    KL_TRY(const Answer measured, ask(context, "measured", today, {"system"}));
    const auto before = seen_before(context);
    auto seen = before ? std::make_shared<Seen>(*before) : std::make_shared<Seen>();
    if (now - seen->known_at >= kKnownSeconds || now < seen->known_at) {
        KL_TRY(const Answer week,
               ask(context, "measured", {day - kKnownDays, day - 1}, {"system"}));
        seen->known_at = now;
        seen->known.clear();
        for (const auto& [key, row] : week)
            if (row.num.value_or(0) > 0) seen->known.push_back(key.front());
    }
    std::map<std::string, Line> lines;
    std::optional<std::set<std::string>> lately;
    for (const std::string& system : seen->known) lines[system].system = system;
    for (const auto& [key, row] : measured) {
        if (row.num.value_or(0) == 0) continue;
        Line& line = lines[key.front()];
        line.system = key.front();
        line.measured = *row.num;
        if (const auto share = shares.find(key); share != shares.end())
            line.share = share_of(share->second);
        Seen::Count& count = seen->counts[line.system];
        if (count.since == 0 && !lately) {  // a server that has just begun knows of nothing before
            KL_TRY(lately, measured_lately(context.db(), now));
        }
        if (count.since == 0 && !lately->contains(line.system))
            count = {day, line.measured, now - kSilentSeconds - 1};
        else if (count.day != day || count.measured != line.measured)
            count = {day, line.measured, now};
        if (now - count.since > kSilentSeconds) line.silent = now - count.since;
    }
    if (context.services.pages != nullptr)
        context.services.pages->put(std::string(kSeenName), seen);
    std::vector<Line> list;
    for (auto& [system, line] : lines) list.push_back(std::move(line));
    std::stable_sort(list.begin(), list.end(),
                     [](const Line& a, const Line& b) { return worse(a.share, b.share); });
    // What is not measured is no better than the rest: it stands among the first eleven.
    if (list.size() > kSystems)
        std::stable_partition(list.begin(), list.end(),
                              [](const Line& line) { return line.measured == 0; });
    if (list.size() > kSystems) list.resize(kSystems);
    return list;
}

std::string row_html(const Context& context, const ShareHtml& html, const Line& line, Day day) {
    const Period today{day, day};
    const std::string name = link(
        "/probes/system" + build_query({{"system", line.system}, {"period", period_label(today)}}),
        line.system);
    const std::vector<DimFilter> where = {{"system", line.system}};
    const auto say = [&](std::string_view key, const TextArgs& args = {}) {
        return escape_html(context.text("probes.now." + std::string(key), args));
    };
    if (line.measured == 0)
        return fmt::format(
            "<tr class=\"k-missing\"><th scope=\"row\">{}</th><td>–</td><td></td>"
            "<td>{}</td></tr>",
            name, say("unmeasured"));
    std::string note = "–";  // without a limit there is neither share nor colour
    if (line.share.interval) {
        note = escape_html(html.interval(line.share));
        if (!line.share.interval->certain) note += " " + say("uncertain");
    }
    if (line.silent > 0) note = say("silent", {{"time", format_duration(line.silent)}});
    std::string shown = say("no_limit");
    if (line.share.den != 0)
        shown = html.figure(
            kShare, format_share(line.share.num, line.share.den, 1, context.language), where);
    // What is no longer measured has no colour: how it is now, nobody knows.
    if (line.share.den != 0 && line.silent == 0)
        shown += " " + status_html(line.share.status, context.language);
    return fmt::format("<tr{}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                       line.silent > 0 ? " class=\"k-missing\"" : "", name, shown,
                       html.records("measured", html.count(line.measured), where), note);
}

Result<NowPart> systems(Context& context, UtcSecond now) {
    const Day day = Zone::copenhagen().to_local(now).day;
    KL_TRY(const auto list, lines_of(context, now));
    NowPart part;
    if (list.empty()) {
        part.html =
            "<p class=\"k-none\">" + escape_html(context.text("probes.now.nothing")) + "</p>";
        return part;
    }
    const ShareHtml html(context, {day, day});
    std::string rows, silent;
    for (const Line& line : list) {
        rows += row_html(context, html, line, day);
        part.wrong = part.wrong || line.share.status == "red";
        if (line.silent > 0 || line.measured == 0)
            silent += (silent.empty() ? "" : ", ") + line.system;
    }
    if (!silent.empty())
        part.alarm = escape_html(context.text("probes.now.alarm", {{"systems", silent}}));
    std::string head;
    for (const char* key : {"system", "share", "count", "note"})
        head += fmt::format("<th scope=\"col\">{}</th>",
                            escape_html(context.text("probes.now." + std::string(key))));
    part.html = fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-label=\"{1}\" tabindex=\"0\">"
        "<table class=\"k-table\"><thead><tr>{0}</tr></thead><tbody>{2}</tbody></table></div>",
        head, escape_html(context.text("probes.now.title")), rows);
    return part;
}

}  // namespace

std::vector<NowPanel> now_panels() { return {{"systems", "probes.now.title", systems}}; }

}  // namespace klarsyn::probes
