#include "modules/alerts/words.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

#include "modules/alerts/episodes.h"
#include "web/http.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

constexpr std::string_view kBars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::int64_t number_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

std::string kind_of(const json::object& picture) {
    const json::value* kind = picture.if_contains("kind");
    return kind != nullptr && kind->is_string() ? std::string(kind->as_string()) : std::string();
}

std::string percent(std::int64_t hundredths, Language language) {
    const int decimals = hundredths % 100 == 0 ? 0 : 2;
    return format_share(hundredths, 10'000, decimals, language);
}

// The value of a step: a share in hundredths of a percent, or milliseconds.
std::int64_t height_of(const json::object& picture, const Point& point) {
    if (kind_of(picture) == "latency") return point.num;
    return point.den > 0 ? point.num * 10'000 / point.den : 0;
}

std::int64_t top_of(const json::object& picture, const std::vector<Point>& points) {
    if (kind_of(picture) != "latency") return 10'000;
    std::int64_t top = std::max<std::int64_t>(1, number_of(picture, "fires"));
    for (const Point& point : points) top = std::max(top, point.num);
    return top;
}

// Steps shorter than a minute are told to the second: 14.05.20 in Danish, 14:05:20 in English.
std::string clock_of(UtcSecond at, const std::vector<Point>& points, Language language) {
    bool fine = false;
    for (std::size_t i = 1; i < points.size(); ++i)
        fine = fine || points[i].at - points[i - 1].at < 60;
    std::string clock = iso_local(at).substr(11, fine ? 8 : 5);
    if (language == Language::da) std::replace(clock.begin(), clock.end(), ':', '.');
    return clock;
}

std::string point_words(const json::object& picture, const Point& point, Language language) {
    if (kind_of(picture) == "latency") return format_integer(point.num, language) + " ms";
    return fmt::format("{} / {}", point.num, point.den);
}

}  // namespace

std::string group_words(const Group& group, Language language) {
    std::string all;
    for (const char* dim : {"system", "action", "site", "seat", "place"}) {
        const std::string& value = group.*group_field(dim);
        if (!value.empty()) all += (all.empty() ? "" : ", ") + value;
    }
    // Power and storage of one place are different things.
    if (!group.place.empty() && (group.key == "power" || group.key == "storage"))
        all += ", " + text(language, "alerts.reading." + group.key);
    if (!all.empty()) return all;
    return group.key.empty() ? text(language, "alerts.everything") : group.key;
}

std::string title_of(const AlertRules& rules, const Episode& episode, Language language) {
    if (episode.is_storm()) return text(language, "alerts.storm_title");
    const AlertRule* rule = rules.find(episode.rule);
    return rule == nullptr ? episode.rule : rule->title.in(language);
}

json::object picture_json(const Judged* judged) {
    if (judged == nullptr || judged->rule == nullptr) return {};
    const AlertRule& rule = *judged->rule;
    json::array points;
    for (const Point& point : judged->points)
        points.push_back(json::array{point.at, point.num, point.den});
    json::object picture = {{"kind", kind_name(rule.kind)}, {"level", level_name(judged->level)},
                            {"num", judged->num},           {"den", judged->den},
                            {"fires", rule.fires},          {"clears", rule.clears},
                            {"points", std::move(points)}};
    if (rule.kind == RuleKind::latency) picture["percentile"] = rule.percentile;
    if (rule.kind == RuleKind::share) picture["measure"] = rule.measure;
    if (rule.kind == RuleKind::expiry) picture["reading"] = rule.reading;
    return picture;
}

std::string value_words(const json::object& picture, Language language) {
    const std::string kind = kind_of(picture);
    if (kind.empty()) return {};
    const std::int64_t num = number_of(picture, "num"), den = number_of(picture, "den");
    TextArgs args = {{"count", format_integer(den, language)},
                     {"value", format_integer(num, language)},
                     {"fires", format_integer(number_of(picture, "fires"), language)},
                     {"clears", format_integer(number_of(picture, "clears"), language)}};
    if (kind == "share") {
        if (den == 0) return text(language, "alerts.value.nothing");
        args[1].second = format_share(num, den, 1, language);
        args[2].second = percent(number_of(picture, "fires"), language);
        args[3].second = percent(number_of(picture, "clears"), language);
    }
    if (kind == "latency")
        args.emplace_back("percentile", std::to_string(number_of(picture, "percentile")));
    if (kind == "gap") {
        args[1].second = format_duration(num);
        args[2].second = format_duration(number_of(picture, "fires"));
    }
    if (kind == "forecast" && num < 0) return text(language, "alerts.value.forecast_never");
    return text(language, "alerts.value." + kind, args);
}

std::vector<Point> points_of(const json::object& picture) {
    std::vector<Point> points;
    const json::value* list = picture.if_contains("points");
    if (list == nullptr || !list->is_array()) return points;
    for (const json::value& one : list->as_array()) {
        if (!one.is_array() || one.as_array().size() != 3) continue;
        const json::array& three = one.as_array();
        points.push_back({three[0].as_int64(), three[1].as_int64(), three[2].as_int64()});
    }
    return points;
}

std::string picture_text(const json::object& picture, Language language) {
    const auto points = points_of(picture);
    if (points.empty()) return {};
    const std::int64_t top = top_of(picture, points);
    std::string bars, table = text(language, "alerts.picture.head_" + kind_of(picture)) + "\n";
    for (const Point& point : points) {
        const auto step = static_cast<std::size_t>(
            std::clamp<std::int64_t>(height_of(picture, point) * 8 / top, 0, 7));
        bars += kBars[step];
        table += fmt::format("{}  {}  {}\n", clock_of(point.at, points, language), kBars[step],
                             point_words(picture, point, language));
    }
    return text(language, "alerts.picture.course", {{"bars", bars}}) + "\n" + table;
}

std::string picture_html(const json::object& picture, Language language) {
    const auto points = points_of(picture);
    if (points.empty()) return {};
    constexpr int kHeight = 80, kWhole = 360, kText = 20;
    const int step = std::clamp(kWhole / static_cast<int>(points.size()), 14, 90);
    const int width = std::max(kWhole / 2, step * static_cast<int>(points.size()));
    const std::int64_t top = top_of(picture, points);
    std::string bars, rows;
    int x = 0;
    for (const Point& point : points) {
        const auto tall = static_cast<int>(
            std::clamp<std::int64_t>(height_of(picture, point) * kHeight / top, 1, kHeight));
        bars += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
            "fill=\"currentColor\"/>",
            x, kHeight - tall, step - 3, tall);
        x += step;
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"k-number\">{}</td></tr>",
                            escape_html(clock_of(point.at, points, language)),
                            escape_html(point_words(picture, point, language)));
    }
    const std::int64_t limit = number_of(picture, "fires");
    const auto line =
        kHeight - static_cast<int>(std::clamp<std::int64_t>(limit * kHeight / top, 0, kHeight));
    const auto words = [&](int at, int under, std::string_view anchor, const std::string& said) {
        return fmt::format(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"13\" "
            "fill=\"currentColor\">{}</text>",
            at, under, anchor, escape_html(said));
    };
    bars += words(0, kHeight + kText - 4, "start", clock_of(points.front().at, points, language));
    if (points.size() > 1)
        bars +=
            words(width, kHeight + kText - 4, "end", clock_of(points.back().at, points, language));
    return fmt::format(
        "<svg class=\"k-bars\" role=\"img\" aria-label=\"{0}\" viewBox=\"0 -4 {1} {2}\" width=\"{1}\" "
        "height=\"{2}\">{3}<line x1=\"0\" x2=\"{1}\" y1=\"{4}\" y2=\"{4}\" stroke=\"currentColor\" "
        "stroke-dasharray=\"4 3\"/></svg><p class=\"k-hint\">{9}</p><details><summary>{5}</summary>"
        "<table class=\"k-table\"><thead><tr><th scope=\"col\">{6}</th><th scope=\"col\" "
        "class=\"k-number\">{7}</th></tr></thead><tbody>{8}</tbody></table></details>",
        escape_html(value_words(picture, language)), width, kHeight + kText + 4, bars, line,
        escape_html(text(language, "alerts.picture.as_table")),
        escape_html(text(language, "alerts.picture.time")),
        escape_html(text(language, "alerts.picture.value_" + kind_of(picture))), rows,
        escape_html(text(language, "alerts.picture.line")));
}

std::string measurements_href(const Episode& episode) {
    if (!episode.group.place.empty()) return "/capacity";
    if (episode.group.system.empty()) return {};
    const Day day = Zone::copenhagen().to_local(episode.fired_at).day;
    return "/probes/system" +
           build_query({{"system", episode.group.system}, {"period", iso_date(day)}});
}

std::string episode_href(const Episode& episode) {
    return "/alerts/" + episode_number(episode.number);
}

}  // namespace klarsyn::alerts
