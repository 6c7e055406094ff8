#include "web/question.h"

#include <charconv>

#include "indicators/catalogue.h"
#include "reports/editions.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

Error at_parameter(Error error, std::string_view name) {
    error.field = name;
    return error;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::vector<std::string> split_words(const std::vector<std::string>& values) {
    std::vector<std::string> words;
    for (const std::string& value : values) {
        std::size_t begin = 0;
        while (begin <= value.size()) {
            const std::size_t end = std::min(value.find(',', begin), value.size());
            if (end > begin) words.push_back(value.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return words;
}

Result<std::vector<DimFilter>> read_filters(const Request& request) {
    std::vector<DimFilter> filters;
    for (const std::string& value : request.all("where")) {
        const std::size_t equals = value.find('=');
        if (equals == 0 || equals == std::string::npos)
            return at_parameter(make_error(ErrorCode::invalid_input, "web.question.where",
                                           {{"value", value}}),
                                "where");
        filters.push_back({value.substr(0, equals), value.substr(equals + 1)});
    }
    return filters;
}

Result<std::optional<std::int64_t>> read_as_of(const Request& request, Context& context) {
    const auto given = request.find("as_of");
    if (!given) return std::optional<std::int64_t>();
    if (const auto seq = parse_number(*given)) return std::optional<std::int64_t>(*seq);
    const auto time = parse_iso_utc(*given);
    if (!time) return at_parameter(time.error(), "as_of");
    KL_TRY(const std::int64_t seq, seq_at(context.db(), *time));
    return std::optional<std::int64_t>(seq);
}

// assume_limit_ms=2000: measurements judged as if that had always been the limit. An edition's
// figures are what they were.
Result<void> read_assumed(const Request& request, Context& context, FigureQuestion& question) {
    const Indicator* indicator = context.site.catalogue.find(question.id);
    if (indicator == nullptr) return {};
    for (const std::string& fact : assumable_facts(*indicator)) {
        const std::string name = "assume_" + fact;
        const auto given = request.find(name);
        if (!given || given->empty()) continue;
        const auto value = parse_number(*given);
        const std::string_view edition = request.param("edition");
        if (!value || (!edition.empty() && edition != kCurrentEdition)) {
            return at_parameter(make_error(ErrorCode::invalid_input,
                                           value ? "web.question.assume_edition"
                                                 : "web.question.assume",
                                           {{"value", std::string(*given)}}),
                                name);
        }
        question.assume.emplace_back(fact, *value);
    }
    return {};
}

Result<FigureQuestion> read_rest(const Request& request, Context& context, std::string id) {
    FigureQuestion question;
    question.id = std::move(id);
    question.by = split_words(request.all("by"));
    KL_TRY(question.where, read_filters(request));
    KL_TRY(question.as_of, read_as_of(request, context));
    KL_TRY(const std::int64_t gap, read_number(request, "gap", 0, 0, 1));
    question.gap = gap == 1;
    KL_CHECK(read_assumed(request, context, question));
    question.orgs = context.orgs;
    const std::string_view edition = request.param("edition");
    if (!edition.empty() && edition != kCurrentEdition) {
        KL_TRY(const Edition found, find_edition(context.db(), edition));
        question.as_of = found.as_of;
    }
    return question;
}

// The month of the last day that a source of the figure's module has lines of; without any, this one.
Result<Period> last_month(Context& context, const std::string& id) {
    const Indicator* indicator = context.site.catalogue.find(id);
    if (indicator == nullptr)
        return make_error(ErrorCode::not_found, "web.no_such_figure", {{"figure", id}});
    const Day today = Zone::copenhagen().to_local(context.site.clock.now()).day;
    KL_TRY(const std::int64_t day,
           query_i64(context.db(), "SELECT COALESCE(MAX(day), :today) FROM core_feed_day"
                                   " WHERE module = :module AND retracted_seq IS NULL",
                     {{":today", Value(std::int64_t{today})}, {":module", indicator->module}}));
    return bucket_of(Bucket::month, static_cast<Day>(day));
}

}  // namespace

Result<FigureQuestion> read_question(const Request& request, Context& context, std::string id) {
    const auto given = request.find("period");
    if (!given)
        return at_parameter(make_error(ErrorCode::invalid_input, "web.question.no_period"),
                            "period");
    KL_TRY(FigureQuestion question, read_rest(request, context, std::move(id)));
    const auto period = parse_period(*given);
    if (!period) return at_parameter(period.error(), "period");
    question.period = *period;
    return question;
}

Result<FigureQuestion> read_page_question(const Request& request, Context& context,
                                          std::string id) {
    if (request.find("period")) return read_question(request, context, std::move(id));
    KL_TRY(FigureQuestion question, read_rest(request, context, id));
    KL_TRY(question.period, last_month(context, id));
    return question;
}

Pairs question_query(const FigureQuestion& question) {
    Pairs query = {{"period", period_label(question.period)}};
    std::string by;
    for (const std::string& word : question.by) by += (by.empty() ? "" : ",") + word;
    if (!by.empty()) query.emplace_back("by", by);
    for (const DimFilter& filter : question.where)
        query.emplace_back("where", filter.dim + "=" + filter.value);
    if (question.as_of) query.emplace_back("as_of", std::to_string(*question.as_of));
    if (question.gap) query.emplace_back("gap", "1");
    for (const auto& [fact, value] : question.assume)
        query.emplace_back("assume_" + fact, std::to_string(value));
    return query;
}

namespace {

// An edition's address says by itself as of when.
Pairs query_within(std::string_view edition, FigureQuestion question) {
    if (edition != kCurrentEdition) question.as_of.reset();
    return question_query(question);
}

}  // namespace

std::string figure_href(std::string_view edition, const FigureQuestion& question) {
    return "/f/" + url_encode(edition) + "/" + url_encode(question.id) +
           build_query(query_within(edition, question));
}

std::string records_href(std::string_view edition, const FigureQuestion& question) {
    FigureQuestion plain = question;
    plain.by.clear();
    return "/f/" + url_encode(edition) + "/" + url_encode(plain.id) + "/records" +
           build_query(query_within(edition, plain));
}

Result<std::int64_t> read_number(const Request& request, std::string_view name,
                                 std::int64_t fallback, std::int64_t minimum, std::int64_t maximum) {
    const auto given = request.find(name);
    if (!given) return fallback;
    const auto number = parse_number(*given);
    if (!number || *number < minimum || *number > maximum)
        return at_parameter(make_error(ErrorCode::invalid_input, "web.question.number",
                                       {{"name", std::string(name)},
                                        {"minimum", std::to_string(minimum)},
                                        {"maximum", std::to_string(maximum)}}),
                            name);
    return *number;
}

}  // namespace klarsyn
