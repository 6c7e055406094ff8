#include "reports/json_text.h"
#include "reports/render.h"

namespace klarsyn {

namespace {

class Writer {
public:
    explicit Writer(const Document& document) : document_(document) {}

    std::string run() {
        json_.begin_object();
        json_.key("report").text(document_.plan);
        local("title", document_.title);
        period("period", document_.period);
        json_.key("edition");
        document_.edition.empty() ? json_.null() : json_.text(document_.edition);
        json_.key("number").integer(document_.number);
        json_.key("published_at");
        document_.published_at == 0 ? json_.null() : json_.text(iso_utc(document_.published_at));
        json_.key("as_of").integer(document_.as_of);
        json_.key("figures").begin_array();
        for (const ReportFigure& item : document_.figures) figure(item);
        json_.end_array();
        json_.key("sections").begin_array();
        for (const ReportSection& item : document_.sections) section(item);
        json_.end_array();
        json_.key("definitions").begin_array();
        for (const IndicatorNote& item : document_.indicators) indicator(item);
        json_.end_array();
        json_.end_object();
        return json_.take() + "\n";
    }

private:
    void local(std::string_view key, const LocalText& text) {
        json_.key(key).begin_object();
        json_.key("da").text(text.da).key("en").text(text.en);
        json_.end_object();
    }
    void period(std::string_view key, Period value) {
        json_.key(key).begin_object();
        json_.key("from").text(iso_date(value.from)).key("to").text(iso_date(value.to));
        json_.end_object();
    }

    // `where` groups the values of one dimension: those are alternatives.
    void where(const std::vector<DimFilter>& filters) {
        json_.key("where").begin_object();
        for (std::size_t i = 0; i < filters.size(); ++i) {
            bool seen = false;
            for (std::size_t j = 0; j < i; ++j) seen = seen || filters[j].dim == filters[i].dim;
            if (seen) continue;
            json_.key(filters[i].dim).begin_array();
            for (std::size_t j = i; j < filters.size(); ++j)
                if (filters[j].dim == filters[i].dim) json_.text(filters[j].value);
            json_.end_array();
        }
        json_.end_object();
    }

    void figure(const ReportFigure& item) {
        json_.begin_object();
        json_.key("figure").text(item.question.id);
        json_.key("bucket").text(period_label(item.question.period));
        period("period", item.question.period);
        where(item.question.where);
        json_.key("unit").text(item.unit);
        json_.key("value").number(item.value);
        json_.key("num").integer(item.num);
        json_.key("den").integer(item.den);
        json_.key("records").integer(item.records);
        json_.key("definition").text(item.definition);
        json_.key("as_of").integer(item.as_of);
        json_.key("status");
        item.status.empty() ? json_.null() : json_.text(item.status);
        json_.key("target").number(item.target);
        json_.key("gap");
        if (item.gap.empty()) {
            json_.null();
        } else {
            json_.begin_array();
            for (const Day day : item.gap) json_.text(iso_date(day));
            json_.end_array();
        }
        json_.key("gap_records").integer(item.gap_records);
        if (item.interval) {
            json_.key("interval").begin_object();
            json_.key("low").number(item.interval->between.low).key("high").number(item.interval->between.high);
            json_.key("certain").boolean(item.interval->certain);
            json_.end_object();
        }
        json_.key("state").text(state_name(item.state));
        local("printed", {print_figure(item, Language::da), print_figure(item, Language::en)});
        json_.key("records_hash");
        item.refs_hash.empty() ? json_.null() : json_.text(item.refs_hash);
        json_.key("href").text(figure_path(document_.edition, item.question));
        json_.end_object();
    }

    void section(const ReportSection& item) {
        json_.begin_object();
        json_.key("section").text(item.id);
        local("title", item.title);
        json_.key("words").begin_array();
        for (const Block& block : item.blocks)
            if (const auto* paragraph = std::get_if<Paragraph>(&block.body))
                words(block, *paragraph);
        json_.end_array();
        json_.key("tables").begin_array();
        for (const Block& block : item.blocks)
            if (const auto* found = std::get_if<Table>(&block.body)) table(*found);
        json_.end_array();
        json_.end_object();
    }

    void words(const Block& block, const Paragraph& paragraph) {
        json_.begin_object();
        json_.key("language").text(language_code(*block.only));
        json_.key("origin").text(paragraph.origin == Paragraph::Origin::drafted ? "drafted"
                                                                                : "written");
        std::string text;
        for (const Span& span : paragraph.spans)
            text += span.kind == Span::Kind::figure
                        ? print_figure(document_.figures[span.figure], *block.only)
                        : span.text;
        json_.key("text").text(text);
        json_.end_object();
    }

    // Rows point into `figures`, one index per column.
    void table(const Table& item) {
        json_.begin_object();
        json_.key("table").text(item.id);
        local("caption", item.caption);
        json_.key("columns").begin_array();
        for (const BucketColumn& bucket : item.buckets)
            json_.text(item.by.empty() ? period_label(bucket.period) : bucket.value);
        json_.end_array();
        if (!item.by.empty()) json_.key("by").text(item.by);
        json_.key("rows").begin_array();
        for (const Series& series : item.series) {
            json_.begin_object();
            local("title", series.title);
            local("formula", series.formula);
            json_.key("figure").text(series.figure);
            where(series.where);
            json_.key("cells").begin_array();
            for (const int index : series.figures) json_.integer(index);
            json_.end_array();
            json_.end_object();
        }
        json_.end_array();
        local("source", item.source);
        json_.key("notes").begin_array();
        for (const Note& note : item.notes) {
            json_.begin_object();
            json_.key("code").text(note.code);
            local("text", note.text);
            json_.end_object();
        }
        json_.end_array();
        json_.end_object();
    }

    void indicator(const IndicatorNote& item) {
        json_.begin_object();
        json_.key("figure").text(item.id);
        json_.key("definition").text(item.definition);
        local("title", item.title);
        local("text", item.text);
        json_.key("formula").text(item.formula.en);
        json_.key("formula_da").text(item.formula.da);
        json_.key("owner").text(item.owner);
        if (!item.caveat.empty()) local("caveat", item.caveat);
        json_.end_object();
    }

    const Document& document_;
    JsonText json_;
};

}  // namespace

std::string render_json(const Document& document) { return Writer(document).run(); }

}  // namespace klarsyn
