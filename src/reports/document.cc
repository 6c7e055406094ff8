#include "reports/document.h"

namespace klarsyn {

namespace {

// Percent-encoding of a query's value; "=" stays, so that where=queue=servicedesk is readable.
std::string encode_query(std::string_view text) {
    static constexpr std::string_view kPlain = "-._~=:,/@";
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char c : text) {
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (alphanumeric || kPlain.find(static_cast<char>(c)) != std::string_view::npos) {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += kHex[c >> 4];
            out += kHex[c & 15];
        }
    }
    return out;
}

}  // namespace

LocalText local_text(std::string_view key, const TextArgs& args) {
    return {text(Language::da, key, args), text(Language::en, key, args)};
}

std::string_view state_name(FigureState state) {
    switch (state) {
        case FigureState::present: return "present";
        case FigureState::incomplete: return "incomplete";
        case FigureState::missing: return "missing";
        case FigureState::under_review: return "under_review";
        case FigureState::withheld: return "withheld";
        case FigureState::too_few: return "too_few";
    }
    return "missing";
}

namespace {

// Bytes and watts in the unit in which people speak of them, rounded here once.
std::string scaled(const ReportFigure& figure, double scale, std::string_view unit,
                   Language language) {
    return format_decimal(*figure.value / scale, 1, language) + "\u00a0" + std::string(unit);
}

}  // namespace

std::string print_figure(const ReportFigure& figure, Language language) {
    if (figure.state == FigureState::under_review || figure.state == FigureState::withheld)
        return text(language, "report.state." + std::string(state_name(figure.state)));
    if (figure.state == FigureState::too_few) return text(language, "report.state.too_few");
    if (!figure.value || !figure.num) return text(language, "report.state.missing");
    const std::int64_t den = figure.den.value_or(1);
    switch (figure.print) {
        case Print::integer:
            if (figure.unit == "bytes") return scaled(figure, 1e12, "TB", language);
            if (figure.unit == "watts") return scaled(figure, 1e3, "kW", language);
            if (den == 1) {
                return format_integer(*figure.num, language) +
                       (figure.unit == "milliseconds" ? "\u00a0ms" : "");
            }
            return format_decimal(*figure.value, 1, language);
        case Print::decimal: return format_decimal(*figure.value, 1, language);
        case Print::duration: return format_duration(*figure.num, den);
        case Print::share: return format_share(*figure.num, den, 1, language);
    }
    return {};
}

std::string print_interval(const ReportFigure& figure, Language language) {
    if (!figure.interval || !figure.den) return {};
    return text(language, figure.interval->certain ? "report.interval.sure" : "report.interval.unsure",
                {{"count", format_integer(*figure.den, language)},
                 {"interval", format_interval(figure.interval->between, language)}});
}

std::string figure_key(const FigureQuestion& question) {
    std::string key = question.id + "?period=" + encode_query(period_label(question.period));
    for (const DimFilter& filter : question.where)
        key += "&where=" + encode_query(filter.dim + "=" + filter.value);
    return key;
}

std::string figure_path(std::string_view edition, const FigureQuestion& question) {
    return "/f/" + (edition.empty() ? std::string("current") : encode_query(edition)) + "/" +
           figure_key(question);
}

std::vector<const Table*> Document::tables() const {
    std::vector<const Table*> found;
    for (const ReportSection& section : sections)
        for (const Block& block : section.blocks)
            if (const auto* table = std::get_if<Table>(&block.body)) found.push_back(table);
    return found;
}

}  // namespace klarsyn
