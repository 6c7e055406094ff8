#include "reports/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace klarsyn {

namespace {

constexpr double kWidth = 640, kHeight = 300, kTop = 16, kBottom = 52, kLetter = 7.4;
constexpr std::array<const char*, 5> kColours = {"#0b5cad", "#b3400e", "#2f7d32", "#7b3fa0",
                                                 "#5f5f5f"};

// The next number of the form 1, 2, 2.5 or 5 times a power of ten.
double nice(double value) {
    if (value <= 0) return 1;
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 2.0, 2.5, 5.0})
        if (value <= step * power * (1 + 1e-9)) return step * power;
    return 10 * power;
}

// Steps of time are minutes and hours, not powers of ten.
double nice_seconds(double value) {
    static constexpr std::array<double, 13> kSteps = {1,   2,   5,   10,  15,   30,  60,
                                                      120, 300, 600, 900, 1800, 3600};
    for (const double step : kSteps)
        if (value <= step) return step;
    return 3600 * nice(value / 3600);
}

std::vector<std::string> wrap(const std::string& label, std::size_t width) {
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t at = 0; at < label.size();) {
        auto end = label.find(' ', at);
        if (end == std::string::npos) end = label.size();
        const std::string word = label.substr(at, end - at);
        if (!line.empty() && line.size() + 1 + word.size() > width) {
            lines.push_back(line);
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
        at = end + 1;
    }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

class Drawing {
public:
    Drawing(const Document& document, const Chart& chart, Language language, std::string_view base)
        : document_(document), chart_(chart), language_(language), base_(base) {
        print_ = figure(0, 0).print;
        measure();
    }

    std::string run() {
        const std::string id = "chart-" + dashed(chart_.id);
        fmt::format_to(out(),
                       "<svg class=\"k-chart\" viewBox=\"0 0 {:.0f} {:.0f}\" "
                       "role=\"group\" aria-labelledby=\"{}-title {}-desc\" "
                       "font-size=\"13\" fill=\"currentColor\">\n",
                       kWidth, kHeight, id, id);
        fmt::format_to(out(), "<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n",
                       id, escape_html(chart_.title.in(language_)), id, escape_html(description()));
        draw_axes();
        if (chart_.limits) draw_limits();
        if (chart_.target) draw_target();
        for (std::size_t s = 0; s < chart_.series.size(); ++s)
            chart_.form == Chart::Form::bar ? draw_bars(s) : draw_line(s);
        if (chart_.form == Chart::Form::line || chart_.series.size() > 1) draw_labels();
        text_ += "</svg>\n";
        return std::move(text_);
    }

private:
    std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

    const ReportFigure& figure(std::size_t series, std::size_t i) const {
        return document_.figures[chart_.series[series].figures[i]];
    }
    static std::string dashed(std::string id) {
        std::replace(id.begin(), id.end(), '.', '-');
        return id;
    }

    void measure() {
        double high = chart_.target.value_or(0);
        if (chart_.limits) high = std::max(high, chart_.limits->upper);
        for (const Series& series : chart_.series)
            for (const int index : series.figures)
                high = std::max(high, document_.figures[index].value.value_or(0));
        step_ = print_ == Print::duration ? nice_seconds(high / 5) : nice(high / 5);
        if (print_ == Print::integer) step_ = std::max(step_, 1.0);
        top_ = step_ * std::max(1.0, std::ceil(high / step_ - 1e-9));
        if (print_ == Print::share) top_ = std::min(top_, std::max(1.0, high));
        for (double v = 0; v <= top_ + step_ / 2; v += step_)
            left_ = std::max(left_, 14 + kLetter * static_cast<double>(axis_text(v).size()));
        for (const Series& series : chart_.series)
            for (const std::string& line : wrap(series.title.in(language_), 16))
                right_ = std::max(right_, 24 + kLetter * static_cast<double>(line.size()));
        if (chart_.form == Chart::Form::bar && chart_.series.size() == 1) right_ = 12;
    }

    std::string axis_text(double value) const {
        switch (print_) {
            case Print::duration: return format_duration(std::llround(value));
            case Print::share: return format_share(std::llround(value * 1000), 1000, 0, language_);
            case Print::decimal: return format_decimal(value, step_ < 1 ? 1 : 0, language_);
            case Print::integer: break;
        }
        return format_integer(std::llround(value), language_);
    }

    double y(double value) const { return kTop + (kHeight - kTop - kBottom) * (1 - value / top_); }
    double slot() const {
        return (kWidth - left_ - right_) / static_cast<double>(chart_.buckets.size());
    }
    double x(std::size_t i) const { return left_ + slot() * (static_cast<double>(i) + 0.5); }

    void draw_axes() {
        for (double v = 0; v <= top_ + step_ / 2; v += step_) {
            fmt::format_to(out(),
                           "<line class=\"k-chart-grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" "
                           "y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#8a8a8a\" "
                           "stroke-opacity=\"{}\"/>\n",
                           left_, kWidth - right_, y(v), y(v), v == 0 ? "1" : "0.3");
            fmt::format_to(out(),
                           "<text class=\"k-chart-axis\" x=\"{:.1f}\" y=\"{:.1f}\" "
                           "text-anchor=\"end\">{}</text>\n",
                           left_ - 8, y(v) + 4, escape_html(axis_text(v)));
        }
        std::size_t widest = 1;
        for (const BucketColumn& bucket : chart_.buckets)
            widest = std::max(widest, bucket.title.in(language_).size());
        const auto every = static_cast<std::size_t>(
            std::ceil((static_cast<double>(widest) + 1) * kLetter / slot()));
        std::string group;
        for (std::size_t i = 0; i < chart_.buckets.size(); ++i) {
            const BucketColumn& bucket = chart_.buckets[i];
            if (i % std::max<std::size_t>(every, 1) != 0) continue;
            axis_label(x(i), kHeight - kBottom + 20, bucket.title.in(language_));
            if (bucket.group.in(language_) == group) continue;
            group = bucket.group.in(language_);
            axis_label(x(i), kHeight - kBottom + 38, group);
        }
    }

    void axis_label(double at, double base, const std::string& label) {
        fmt::format_to(out(),
                       "<text class=\"k-chart-axis\" x=\"{:.1f}\" y=\"{:.1f}\" "
                       "text-anchor=\"middle\">{}</text>\n",
                       at, base, escape_html(label));
    }

    void horizontal(const char* name, double value, const char* dashes) {
        fmt::format_to(out(),
                       "<line class=\"{}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" "
                       "y2=\"{:.1f}\" stroke=\"currentColor\" stroke-dasharray=\"{}\"/>\n",
                       name, left_, kWidth - right_, y(value), y(value), dashes);
    }

    // The usual variation as a band with the mean in it; the figure's note says what they are.
    void draw_limits() {
        const Limits& limits = *chart_.limits;
        fmt::format_to(out(),
                       "<rect class=\"k-chart-limit\" x=\"{:.1f}\" y=\"{:.1f}\" "
                       "width=\"{:.1f}\" height=\"{:.1f}\" fill=\"#8a8a8a\" "
                       "fill-opacity=\"0.25\"/>\n",
                       left_, y(limits.upper), kWidth - right_ - left_,
                       y(limits.lower) - y(limits.upper));
        horizontal("k-chart-mean", limits.mean, "10 4");
    }
    void draw_target() {
        horizontal("k-chart-target", *chart_.target, "6 3");
        fmt::format_to(out(),
                       "<text class=\"k-chart-note\" x=\"{:.1f}\" y=\"{:.1f}\" "
                       "font-size=\"12\">{}</text>\n",
                       left_ + 4, y(*chart_.target) - 5,
                       escape_html(chart_.target_title.in(language_)));
    }

    std::string point_title(std::size_t series, std::size_t i) const {
        return chart_.series[series].title.in(language_) + ", " +
               format_period(chart_.buckets[i].period, language_) + ": " +
               print_figure(figure(series, i), language_);
    }
    void open_link(std::size_t series, std::size_t i) {
        const std::string name = escape_html(point_title(series, i));
        fmt::format_to(
            out(),
            "<a class=\"k-chart-point\" tabindex=\"-1\" href=\"{}\" "
            "aria-label=\"{}\"><title>{}</title>",
            escape_html(base_ + figure_path(document_.edition, figure(series, i).question)), name,
            name);
    }

    void draw_bars(std::size_t s) {
        const double count = static_cast<double>(chart_.series.size());
        const double width = slot() * 0.7 / count;
        for (std::size_t i = 0; i < chart_.buckets.size(); ++i) {
            if (!figure(s, i).value) continue;
            const double value = *figure(s, i).value;
            const double at = x(i) - slot() * 0.35 + width * static_cast<double>(s);
            open_link(s, i);
            fmt::format_to(out(),
                           "<rect class=\"k-chart-bar k-series-{}\" x=\"{:.1f}\" "
                           "y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/></a>\n",
                           s + 1, at, y(value), width, y(0) - y(value), kColours[s]);
            if (chart_.series.size() == 1)
                fmt::format_to(out(),
                               "<text class=\"k-chart-value\" x=\"{:.1f}\" y=\"{:.1f}\" "
                               "font-size=\"12\" text-anchor=\"middle\">{}</text>\n",
                               x(i), y(value) - 5,
                               escape_html(print_figure(figure(s, i), language_)));
        }
    }

    // The line breaks where a value is missing; it never bridges what was not measured.
    void draw_line(std::size_t s) {
        std::string path;
        bool down = false;
        for (std::size_t i = 0; i < chart_.buckets.size(); ++i) {
            if (!figure(s, i).value) {
                down = false;
                continue;
            }
            path += fmt::format("{}{:.1f} {:.1f} ", down ? "L" : "M", x(i), y(*figure(s, i).value));
            down = true;
        }
        if (path.empty()) return;
        path.pop_back();
        fmt::format_to(out(),
                       "<path class=\"k-chart-line k-series-{}\" d=\"{}\" fill=\"none\" "
                       "stroke=\"{}\" stroke-width=\"2.5\"/>\n",
                       s + 1, path, kColours[s]);
        for (std::size_t i = 0; i < chart_.buckets.size(); ++i) {
            if (!figure(s, i).value) continue;
            open_link(s, i);
            marker(s, x(i), y(*figure(s, i).value));
            text_ += "</a>\n";
        }
    }

    // One shape per series, because colour alone tells nothing to many readers and printers.
    void marker(std::size_t s, double at, double base) {
        static constexpr std::array<const char*, 5> kShapes = {
            "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", "M-5 -5h10v10h-10z", "M0 -6l6 11h-12z",
            "M0 -7l6 7l-6 7l-6 -7z", "M0 6l6 -11h-12z"};
        fmt::format_to(out(),
                       "<path class=\"k-chart-marker k-series-{}\" d=\"{}\" "
                       "transform=\"translate({:.1f} {:.1f})\" fill=\"{}\"/>",
                       s + 1, kShapes[s], at, base, kColours[s]);
    }

    // Direct labels at the right end, pushed apart where lines end close to each other.
    void draw_labels() {
        struct Label {
            std::size_t series;
            std::vector<std::string> lines;
            double at, height;
        };
        constexpr double kLine = 15;
        std::vector<Label> labels;
        for (std::size_t s = 0; s < chart_.series.size(); ++s) {
            double at = y(0);
            for (std::size_t i = 0; i < chart_.buckets.size(); ++i)
                if (figure(s, i).value) at = y(*figure(s, i).value);
            auto lines = wrap(chart_.series[s].title.in(language_), 16);
            const double height = kLine * static_cast<double>(lines.size());
            labels.push_back({s, std::move(lines), at - height / 2, height});
        }
        std::sort(labels.begin(), labels.end(),
                  [](const Label& a, const Label& b) { return a.at < b.at; });
        double free = 2;
        for (Label& label : labels) {
            label.at = std::max(label.at, free);
            free = label.at + label.height + 3;
        }
        double limit = kHeight - kBottom + 6;
        for (std::size_t i = labels.size(); i-- > 0;) {
            labels[i].at = std::min(labels[i].at, limit - labels[i].height);
            limit = labels[i].at - 3;
        }
        for (const Label& label : labels) {
            const double edge = kWidth - right_ + 18;
            marker(label.series, edge - 10, label.at + 7);
            text_ += '\n';
            for (std::size_t i = 0; i < label.lines.size(); ++i)
                fmt::format_to(
                    out(), "<text class=\"k-chart-label\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                    edge, label.at + 12 + kLine * static_cast<double>(i),
                    escape_html(label.lines[i]));
        }
    }

    std::string text(std::string_view key) const { return klarsyn::text(language_, key); }

    // What a listener needs: first and last value of every series.
    std::string description() const {
        std::string words;
        const std::size_t last = chart_.buckets.size() - 1;
        for (std::size_t s = 0; s < chart_.series.size(); ++s)
            words += (s ? " " : "") +
                     klarsyn::text(
                         language_, "report.chart.description",
                         {{"series", chart_.series[s].title.in(language_)},
                          {"first", print_figure(figure(s, 0), language_)},
                          {"first_period", format_period(chart_.buckets[0].period, language_)},
                          {"last", print_figure(figure(s, last), language_)},
                          {"last_period", format_period(chart_.buckets[last].period, language_)}});
        return words + " " + text("report.chart.same_figures");
    }

    const Document& document_;
    const Chart& chart_;
    Language language_;
    std::string base_;
    std::string text_;
    Print print_ = Print::integer;
    double step_ = 1, top_ = 1, left_ = 20, right_ = 40;
};

}  // namespace

std::string render_chart(const Document& document, const Chart& chart, Language language,
                         std::string_view link_base) {
    if (chart.series.empty() || chart.buckets.empty()) return {};
    return Drawing(document, chart, language, link_base).run();
}

}  // namespace klarsyn
