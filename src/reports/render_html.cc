#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/chart.h"
#include "reports/render.h"

namespace klarsyn {

namespace {

// An id for anchors: dots would need escaping in selectors.
std::string anchor(std::string id) {
    std::replace(id.begin(), id.end(), '.', '-');
    return id;
}

class Page {
public:
    Page(const Document& document, Language language, std::string_view base)
        : document_(document), language_(language), base_(base) {}

    std::string run() {
        html_ += fmt::format(
            "<article class=\"k-report\" lang=\"{}\">\n<header class=\"k-report-head\">\n"
            "<h1>{}</h1>\n",
            language_code(language_), escape(document_.title));
        html_ += "<p class=\"k-report-identity\">" + escape_html(identity()) + "</p>\n";
        if (!document_.lead.empty())
            html_ += "<p class=\"k-report-lead\">" + escape(document_.lead) + "</p>\n";
        html_ += "</header>\n";
        int number = 0;
        for (const ReportSection& section : document_.sections) write_section(section, ++number);
        write_definitions();
        html_ += "</article>\n";
        return std::move(html_);
    }

private:
    std::string word(std::string_view key, const TextArgs& args = {}) const {
        return text(language_, key, args);
    }
    std::string escape(const LocalText& local) const { return escape_html(local.in(language_)); }

    std::string identity() const {
        if (document_.edition.empty())
            return word("report.identity.draft",
                        {{"as_of", std::to_string(document_.as_of)},
                         {"period", format_period(document_.period, language_)}});
        return word("report.identity.edition",
                    {{"edition", document_.edition},
                     {"number", std::to_string(document_.number)},
                     {"period", format_period(document_.period, language_)},
                     {"time", format_timestamp(document_.published_at, language_)},
                     {"as_of", std::to_string(document_.as_of)}});
    }

    void write_section(const ReportSection& section, int number) {
        const std::string id = anchor(section.id);
        html_ += fmt::format(
            "<section class=\"k-report-section\" id=\"{}\" aria-labelledby=\"{}-title\">\n"
            "<h2 id=\"{}-title\"><span class=\"k-report-number\">{}</span> {}</h2>\n",
            id, id, id, number, escape(section.title));
        for (const Block& block : section.blocks)
            if (!block.only || *block.only == language_)
                std::visit([&](const auto& body) { write(body); }, block.body);
        html_ += "</section>\n";
    }

    void write(const Heading& heading) {
        html_ += fmt::format("<h{}>{}</h{}>\n", heading.level, spans(heading.spans), heading.level);
    }
    void write(const Paragraph& paragraph) {
        const bool drafted = paragraph.origin == Paragraph::Origin::drafted;
        html_ += drafted ? "<p class=\"k-report-drafted\">" : "<p>";
        html_ += spans(paragraph.spans) + "</p>\n";
    }
    void write(const BulletList& list) {
        html_ += "<ul class=\"k-report-list\">\n";
        for (const auto& item : list.items) html_ += "<li>" + spans(item) + "</li>\n";
        html_ += "</ul>\n";
    }
    void write(const Note& note) {
        html_ += fmt::format("<p class=\"k-report-note\" data-code=\"{}\">{}</p>\n",
                             escape_html(note.code), escape(note.text));
    }
    void write(const Chart& chart) {
        html_ += "<figure class=\"k-report-chart\">\n<figcaption>" + escape(chart.title) +
                 "</figcaption>\n<div class=\"k-chart-frame\" tabindex=\"0\">\n" +
                 render_chart(document_, chart, language_, base_) + "</div>\n";
        if (chart.limits)
            html_ +=
                "<p class=\"k-report-band\">" + escape_html(word("report.chart.band")) + "</p>\n";
        html_ += fmt::format("<p class=\"k-report-same\"><a href=\"#{}\">{}</a></p>\n</figure>\n",
                             anchor(chart.table), escape_html(word("report.chart.same_figures")));
    }

    std::string spans(const std::vector<Span>& list) const {
        std::string out;
        for (const Span& span : list) {
            const std::string inner = escape_html(span.text);
            switch (span.kind) {
                case Span::Kind::text: out += inner; break;
                case Span::Kind::strong: out += "<strong>" + inner + "</strong>"; break;
                case Span::Kind::emphasis: out += "<em>" + inner + "</em>"; break;
                case Span::Kind::code: out += "<code>" + inner + "</code>"; break;
                case Span::Kind::link:
                    out += "<a href=\"" + escape_html(span.href) + "\">" + inner + "</a>";
                    break;
                case Span::Kind::figure: out += figure_link(span.figure); break;
            }
        }
        return out;
    }

    // The number as a link to its own page. Held-back figures have no page to open.
    std::string figure_link(int index) const {
        const ReportFigure& figure = document_.figures[index];
        const std::string printed = escape_html(print_figure(figure, language_));
        if (figure.state == FigureState::withheld || figure.state == FigureState::under_review)
            return "<span class=\"k-figure-held\">" + printed + "</span>";
        const std::string mark =
            figure.state == FigureState::incomplete
                ? fmt::format("<abbr class=\"k-figure-mark\" title=\"{}\">*</abbr>",
                              escape_html(word("report.state.incomplete")))
                : "";
        return fmt::format("<a class=\"k-figure\" href=\"{}\">{}</a>{}",
                           escape_html(base_ + figure_path(document_.edition, figure.question)),
                           printed, mark);
    }

    // Status is a shape and a word beside the number, never colour alone.
    std::string status_mark(const ReportFigure& figure) const {
        if (figure.status != "green" && figure.status != "yellow" && figure.status != "red")
            return {};
        static constexpr std::string_view kCircle =
            "<circle cx=\"6\" cy=\"6\" r=\"5\" fill=\"currentColor\"/>";
        static constexpr std::string_view kTriangle =
            "<path d=\"M6 1l5 10h-10z\" fill=\"currentColor\"/>";
        static constexpr std::string_view kSquare =
            "<path d=\"M1 1h10v10h-10z\" fill=\"currentColor\"/>";
        const std::string name = word("report.status." + figure.status);
        return fmt::format(
            " <svg class=\"k-status k-status-{}\" viewBox=\"0 0 12 12\" width=\"12\" "
            "height=\"12\" role=\"img\" aria-label=\"{}\"><title>{}</title>{}</svg>",
            figure.status, escape_html(name), escape_html(name),
            figure.status == "green"    ? kCircle
            : figure.status == "yellow" ? kTriangle
                                        : kSquare);
    }

    std::string cell(int index) const {
        const ReportFigure& figure = document_.figures[index];
        const bool number = figure.value && figure.state != FigureState::missing;
        std::string beside = escape_html(print_interval(figure, language_));
        if (!beside.empty()) beside = "<span class=\"k-interval\">" + beside + "</span>";
        return fmt::format("<td class=\"{}\">{}{}{}</td>", number ? "k-number" : "k-no-number",
                           figure_link(index), status_mark(figure), beside);
    }

    void write(const Table& table) {
        const std::string id = anchor(table.id);
        html_ += fmt::format(
            "<div class=\"k-table-frame\" id=\"{}\" role=\"region\" "
            "aria-labelledby=\"{}-caption\" tabindex=\"0\">\n<table class=\"k-table\">\n"
            "<caption id=\"{}-caption\"><span>{}</span></caption>\n",
            id, id, id, escape(table.caption));
        table.layout == Table::Layout::buckets_across ? write_across(table) : write_down(table);
        html_ += "</table>\n</div>\n";
        for (const Note& note : table.notes) write(note);
        html_ += "<p class=\"k-report-source\">" + escape_html(source_line(table)) + "</p>\n";
    }

    std::string source_line(const Table& table) const {
        return word("report.source", {{"source", table.source.in(language_)},
                                      {"as_of", std::to_string(document_.as_of)}});
    }

    bool has_groups(const Table& table) const {
        return !table.buckets.empty() && !table.buckets.front().group.in(language_).empty();
    }

    void write_across(const Table& table) {
        const bool groups = has_groups(table);
        html_ += fmt::format("<thead>\n<tr><th scope=\"col\"{}>{}</th>",
                             groups ? " rowspan=\"2\"" : "", escape(table.corner));
        if (groups) {
            for (std::size_t i = 0; i < table.buckets.size();) {
                std::size_t end = i;
                while (end < table.buckets.size() &&
                       table.buckets[end].group == table.buckets[i].group)
                    ++end;
                html_ += fmt::format("<th scope=\"colgroup\" colspan=\"{}\">{}</th>", end - i,
                                     escape(table.buckets[i].group));
                i = end;
            }
            html_ += "</tr>\n<tr>";
        }
        for (const BucketColumn& bucket : table.buckets)
            html_ += "<th scope=\"col\" class=\"k-number\">" + escape(bucket.title) + "</th>";
        html_ += "</tr>\n</thead>\n<tbody>\n";
        for (const Series& series : table.series) {
            html_ += "<tr><th scope=\"row\">" + row_title(series) + "</th>";
            for (const int index : series.figures) html_ += cell(index);
            html_ += "</tr>\n";
        }
        html_ += "</tbody>\n";
    }

    void write_down(const Table& table) {
        html_ += "<thead>\n<tr><th scope=\"col\">" + escape(table.corner) + "</th>";
        for (const Series& series : table.series)
            html_ += "<th scope=\"col\" class=\"k-number\">" + row_title(series) + "</th>";
        html_ += "</tr>\n</thead>\n<tbody>\n";
        const bool years =
            has_groups(table) && table.buckets.front().group != table.buckets.back().group;
        for (std::size_t i = 0; i < table.buckets.size(); ++i) {
            const std::string year = years ? " " + escape(table.buckets[i].group) : "";
            html_ += "<tr><th scope=\"row\">" + escape(table.buckets[i].title) + year + "</th>";
            for (const Series& series : table.series) html_ += cell(series.figures[i]);
            html_ += "</tr>\n";
        }
        html_ += "</tbody>\n";
    }

    std::string row_title(const Series& series) const {
        std::string out = escape(series.title);
        if (!series.formula.in(language_).empty())
            out += "<span class=\"k-formula\"> " + escape(series.formula) + "</span>";
        return out;
    }

    void write_definitions() {
        if (document_.indicators.empty()) return;
        html_ +=
            "<section class=\"k-report-section k-report-definitions\" id=\"definitions\" "
            "aria-labelledby=\"definitions-title\">\n<h2 id=\"definitions-title\">" +
            escape_html(word("report.definitions")) + "</h2>\n<dl>\n";
        for (const IndicatorNote& note : document_.indicators) {
            html_ += "<dt>" + escape(note.title) + " <code>" + escape_html(note.id) +
                     "</code></dt>\n<dd>" + escape(note.text);
            if (!note.caveat.in(language_).empty())
                html_ += " <strong>" + escape(note.caveat) + "</strong>";
            html_ +=
                " <span class=\"k-formula\">" +
                escape_html(word("report.definition_line", {{"formula", note.formula.in(language_)},
                                                            {"owner", note.owner},
                                                            {"definition", note.definition}})) +
                "</span></dd>\n";
        }
        html_ += "</dl>\n</section>\n";
    }

    const Document& document_;
    Language language_;
    std::string base_;
    std::string html_;
};

// "Side 2 af 5" at the foot of every printed page, by margin boxes.
std::string page_numbers(const Document& document, Language language) {
    const auto quoted = [](std::string_view words) {
        std::string out = "\"";
        for (const char c : words) {
            if (c == '"' || c == '\\') out += '\\';
            if (c == '<')
                out += "\\3c ";
            else
                out += c;
        }
        return out + "\"";
    };
    const std::string words =
        text(language, "report.page_number", {{"page", "\x01"}, {"pages", "\x02"}});
    std::string content = quoted(words);
    content.replace(content.find('\x01'), 1, "\" counter(page) \"");
    content.replace(content.find('\x02'), 1, "\" counter(pages) \"");
    const std::string& name =
        document.edition.empty() ? document.title.in(language) : document.edition;
    return "@page { @bottom-left { content: " + quoted(name) +
           " } @bottom-right { content: " + content + " } }\n";
}

}  // namespace

std::string render_html_fragment(const Document& document, Language language) {
    return Page(document, language, {}).run();
}

std::string render_html(const Document& document, Language language, std::string_view style,
                        std::string_view link_base) {
    std::string html = "<!doctype html>\n<html lang=\"";
    html += language_code(language);
    html +=
        "\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"Klarsyn\">\n<title>";
    html += escape_html(document.title.in(language)) + "</title>\n<style>\n";
    html += style;
    html += page_numbers(document, language);
    html += "</style>\n</head>\n<body class=\"k-standalone\">\n<main>\n";
    html += Page(document, language, link_base).run();
    html += "</main>\n</body>\n</html>\n";
    return html;
}

}  // namespace klarsyn
