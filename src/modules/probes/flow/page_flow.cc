// /flow: how messages travel, leg by leg: how many, how fast, lost, repeated, and the oldest one
// that nobody has acknowledged. Complete HTML; every number opens its records.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "modules/probes/flow/register.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::probes {
namespace {

constexpr double kMsPerSecond = 1000.0;

// A hop of a flow.
struct Leg {
    std::string flow, hop;
    friend auto operator<=>(const Leg&, const Leg&) = default;
};

struct LegRow {
    std::string next;  // empty: the last hop
    std::int64_t messages = 0, lost = 0, repeated = 0;
    std::optional<std::int64_t> p95_ms;
    std::int64_t arrived = 0, refused = 0;
    bool answers = false;             // somebody acknowledges at this hop
    std::optional<UtcSecond> oldest;  // seen, and not acknowledged
};

using Legs = std::map<Leg, LegRow>;

// Takes one figure by flow and hop into the rows.
template <typename Take>
Result<void> add_figure(Context& context, const FigureQuestion& like, std::string_view id,
                        Legs& legs, const Take& take) {
    FigureQuestion question = like;
    question.id = "probes." + std::string(id);
    question.by = {"flow", "hop"};
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
    for (const FigureRow& row : answer.rows)
        take(legs[{dim_text(row.key[0].second), dim_text(row.key[1].second)}], row);
    return {};
}

Result<void> add_answers(Connection& db, Period period, Legs& legs) {
    KL_TRY(auto rows,
           db.query("SELECT f.text, h.text, "
                    "MAX(CASE WHEN s.state = 'last' THEN '' ELSE COALESCE(n.text, '') END), "
                    "SUM(CASE WHEN s.answered_ms IS NULL THEN 0 ELSE 1 END), "
                    "MIN(CASE WHEN s.answered_ms IS NULL THEN s.at ELSE NULL END) "
                    "FROM probes_flow AS s JOIN core_name AS f ON f.id = s.flow "
                    "JOIN core_name AS h ON h.id = s.hop "
                    "LEFT JOIN core_name AS n ON n.id = s.next_hop "
                    "WHERE s.retracted_seq IS NULL AND s.day BETWEEN :from AND :to "
                    "GROUP BY f.text, h.text",
                    {{":from", Value(std::int64_t{period.from})},
                     {":to", Value(std::int64_t{period.to})}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        const auto found = legs.find({std::string(rows->text(0)), std::string(rows->text(1))});
        if (found == legs.end()) continue;
        LegRow& leg = found->second;
        leg.next = rows->text(2);
        leg.answers = rows->i64(3) > 0;
        if (leg.answers && !rows->is_null(4)) leg.oldest = rows->i64(4);
    }
}

// The hops of a flow on the way of its messages: each before the one that it hands on to.
std::vector<std::string> way_of(const Legs& legs, const std::string& flow) {
    std::vector<std::string> waiting, order;
    for (const auto& [leg, row] : legs)
        if (leg.flow == flow) waiting.push_back(leg.hop);
    while (!waiting.empty()) {
        // The first that no other one of those left leads to; in a circle the first of all.
        auto first = std::find_if(waiting.begin(), waiting.end(), [&](const std::string& hop) {
            return std::none_of(waiting.begin(), waiting.end(), [&](const std::string& other) {
                return other != hop && legs.at({flow, other}).next == hop;
            });
        });
        if (first == waiting.end()) first = waiting.begin();
        std::string hop = *first;
        waiting.erase(first);
        while (!hop.empty()) {
            order.push_back(hop);
            const std::string next = legs.at({flow, hop}).next;
            const auto found = std::find(waiting.begin(), waiting.end(), next);
            hop.clear();
            if (found == waiting.end()) break;
            hop = next;
            waiting.erase(found);
        }
    }
    return order;
}

class Page {
public:
    Page(Context& context, const FigureQuestion& question, const Legs& legs)
        : context_(context), question_(question), legs_(legs) {}

    std::string html() const {
        return "<h1>" + say("probes.flow.title") + "</h1><p class=\"k-lead\">" + lead() + "</p>" +
               periods() + tables() + "<p class=\"k-source\">" + say("probes.flow.note") + "</p>";
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(key, args));
    }
    std::string count(std::int64_t value) const { return format_integer(value, context_.language); }
    std::string seconds(std::int64_t ms) const {
        return context_.text("probes.flow.seconds",
                             {{"value", format_decimal(static_cast<double>(ms) / kMsPerSecond, 1,
                                                       context_.language)}});
    }
    // A number that opens the records it counts.
    std::string figure(std::string_view id, const Leg* leg, const std::string& shown) const {
        FigureQuestion question = question_;
        question.id = "probes." + std::string(id);
        if (leg) question.where = {{"flow", leg->flow}, {"hop", leg->hop}};
        return link(records_href(kCurrentEdition, question), shown);
    }
    std::string lead() const {
        if (legs_.empty())
            return say("probes.flow.lead_none",
                       {{"period", format_period(question_.period, context_.language)}});
        std::int64_t messages = 0, lost = 0, repeated = 0;
        for (const auto& [leg, row] : legs_) {
            messages += row.messages;
            lost += row.lost;
            repeated += row.repeated;
        }
        return say("probes.flow.lead",
                   {{"period", format_period(question_.period, context_.language)}}) +
               " " + figure("flow_messages", nullptr, count(messages)) + " " +
               say("probes.flow.lead_messages") + " " + figure("flow_lost", nullptr, count(lost)) +
               " " + say("probes.flow.lead_lost") + " " +
               figure("flow_duplicated", nullptr, count(repeated)) + " " +
               say("probes.flow.lead_repeated");
    }
    std::string periods() const {
        const Period now = question_.period;
        const Period before = bucket_of(Bucket::month, now.from - 1);
        const Period after = bucket_of(Bucket::month, now.to + 1);
        const auto to = [&](Period period) {
            return link("/flow?period=" + period_label(period),
                        format_period(period, context_.language));
        };
        return "<nav class=\"k-source\" aria-label=\"" + say("probes.flow.periods") + "\">" +
               to(before) + " · " + to(after) + "</nav>";
    }
    std::string cell(const std::string& html) const {
        return "<td class=\"k-number\">" + html + "</td>";
    }
    std::string row_html(const Leg& leg, const LegRow& row) const {
        const std::string way = row.next.empty()
                                    ? context_.text("probes.flow.last", {{"hop", leg.hop}})
                                    : leg.hop + " → " + row.next;
        std::string cells = "<tr><th scope=\"row\">" + escape_html(way) + "</th>" +
                            cell(figure("flow_messages", &leg, count(row.messages)));
        const bool last = row.next.empty();
        cells += cell(row.p95_ms ? figure("flow_transit_p95", &leg, seconds(*row.p95_ms)) : "–");
        cells += cell(last ? "–" : figure("flow_transit_p95", &leg, count(row.arrived)));
        cells += cell(last ? "–" : figure("flow_lost", &leg, count(row.lost)));
        cells += cell(figure("flow_duplicated", &leg, count(row.repeated)));
        cells += cell(row.answers ? figure("flow_refused", &leg, count(row.refused)) : "–");
        cells += "<td>" + oldest(leg, row) + "</td></tr>";
        return cells;
    }
    std::string oldest(const Leg& leg, const LegRow& row) const {
        if (!row.answers) return say("probes.flow.no_answers");
        if (!row.oldest) return say("probes.flow.all_answered");
        return figure("flow_unanswered", &leg, format_timestamp(*row.oldest, context_.language));
    }
    std::string tables() const {
        std::set<std::string> flows;
        for (const auto& [leg, row] : legs_) flows.insert(leg.flow);
        std::string all;
        for (const std::string& flow : flows) all += table(flow);
        return all;
    }
    std::string table(const std::string& flow) const {
        std::string head, body;
        for (const std::string_view key :
             {"way", "messages", "p95", "arrived", "lost", "repeated", "refused", "oldest"}) {
            const bool number = key != "way" && key != "oldest";
            head += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"k-number\"" : "",
                                say(fmt::format("probes.flow.head.{}", key)));
        }
        for (const std::string& hop : way_of(legs_, flow)) {
            const auto leg = legs_.find({flow, hop});
            body += row_html(leg->first, leg->second);
        }
        const std::string name = escape_html(flow);
        return fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">"
            "<table class=\"k-table\"><caption>{}</caption><thead><tr>{}</tr></thead>"
            "<tbody>{}</tbody></table></div>",
            name, name, head, body);
    }

    Context& context_;
    const FigureQuestion& question_;
    const Legs& legs_;
};

}  // namespace

Result<Response> get_flow_page(const Request& request, Context& context) {
    KL_TRY(FigureQuestion question, read_page_question(request, context, "probes.flow_messages"));
    question.by.clear();
    question.where.clear();
    Legs legs;
    KL_CHECK(add_figure(context, question, "flow_messages", legs,
                        [](LegRow& leg, const auto& row) { leg.messages = row.num.value_or(0); }));
    KL_CHECK(add_figure(context, question, "flow_lost", legs,
                        [](LegRow& leg, const auto& row) { leg.lost = row.num.value_or(0); }));
    KL_CHECK(add_figure(context, question, "flow_duplicated", legs,
                        [](LegRow& leg, const auto& row) { leg.repeated = row.num.value_or(0); }));
    KL_CHECK(add_figure(context, question, "flow_refused", legs,
                        [](LegRow& leg, const auto& row) { leg.refused = row.num.value_or(0); }));
    KL_CHECK(
        add_figure(context, question, "flow_transit_p95", legs, [](LegRow& leg, const auto& row) {
            leg.p95_ms = row.num;
            leg.arrived = row.records;
        }));
    KL_CHECK(add_answers(context.db(), question.period, legs));
    return html_page(context,
                     {context.text("probes.flow.title"), Menu::figures, 200, request.target},
                     Page(context, question, legs).html());
}

}  // namespace klarsyn::probes
