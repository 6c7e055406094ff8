// /probes: the share of measurements within the limit, by system and site, worst system first.
// Every number opens its records.
#include <algorithm>
#include <set>

#include "modules/probes/intake/unable.h"
#include "modules/probes/probe_routes.h"
#include "modules/probes/share_html.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::probes {
namespace {

constexpr std::string_view kShare = "within_limit";
constexpr std::int64_t kUnableShown = 50;

struct Shares {
    Answer total, by_system, by_site, by_both;
    Answer net, measured, failed, missing;
    std::vector<UnableNote> unable;
};

Result<Shares> read_shares(Context& context, Period period) {
    Shares shares;
    KL_TRY(shares.total, ask(context, kShare, period, {}));
    KL_TRY(shares.by_system, ask(context, kShare, period, {"system"}));
    KL_TRY(shares.by_site, ask(context, kShare, period, {"site"}));
    KL_TRY(shares.by_both, ask(context, kShare, period, {"system", "site"}));
    KL_TRY(shares.net, ask(context, "within_limit_net", period, {}));
    KL_TRY(shares.measured, ask(context, "measured", period, {}));
    KL_TRY(shares.failed, ask(context, "failed", period, {}));
    KL_TRY(shares.missing, ask(context, "missing", period, {}));
    KL_TRY(shares.unable, unable_notes(context.db(), day_start(period.from), day_end(period.to) - 1,
                                       kUnableShown));
    return shares;
}

class Page {
public:
    Page(const Context& context, Period period, const Shares& shares)
        : context_(context), period_(period), shares_(shares), html_(context, period) {}

    std::string html() const {
        std::string main = "<h1>" + html_.say("title") + "</h1><p class=\"k-lead\">" + lead() +
                           "</p>" + html_.period_form("/probes", {}) + pcs_link();
        if (shares_.by_system.empty()) return main + unable();
        return main + matrix() + facts() + unable() + "<p class=\"k-source\">" + html_.say("how") + "</p>";
    }

private:
    const FigureRow& total(const Answer& answer) const { return answer.begin()->second; }

    std::string lead() const {
        const Share share = share_of(total(shares_.total));
        const TextArgs period{{"period", format_period(period_, context_.language)}};
        if (share.den == 0) return html_.say("nothing", period);
        return html_.say("lead",
                         {{"period", format_period(period_, context_.language)},
                          {"share", format_share(share.num, share.den, 1, context_.language)},
                          {"count", html_.count(share.den)},
                          {"interval", html_.interval(share)}});
    }

    std::string pcs_link() const {
        return "<p class=\"k-actions\">" +
               link("/probes/pcs" + build_query({{"period", period_label(period_)}}),
                    context_.text("probes.page.pcs_title")) +
               "</p>";
    }

    std::string system_row(const std::string& system, const Share& of_system) const {
        const std::string href =
            "/probes/system" + build_query({{"system", system}, {"period", period_label(period_)}});
        std::string row = "<tr><th scope=\"row\">" + link(href, named("system", system)) + "</th>" +
                          html_.cell(html_.share(kShare, of_system, {{"system", system}}));
        for (const auto& [site, site_row] : shares_.by_site) {
            const auto found = shares_.by_both.find({system, site.front()});
            const Share share = found == shares_.by_both.end() ? Share() : share_of(found->second);
            row += html_.cell(
                html_.share(kShare, share, {{"system", system}, {"site", site.front()}}));
        }
        return row + "</tr>";
    }

    std::string named(std::string_view /*dim*/, const std::string& value) const {
        return value == "unknown" ? context_.text("web.unknown") : value;
    }

    std::string matrix() const {
        std::vector<std::pair<std::string, Share>> systems;
        for (const auto& [key, row] : shares_.by_system)
            systems.emplace_back(key.front(), share_of(row));
        std::stable_sort(systems.begin(), systems.end(),
                         [](const auto& a, const auto& b) { return worse(a.second, b.second); });
        std::vector<std::string> head{html_.say("system"), html_.say("all_sites")};
        for (const auto& [site, row] : shares_.by_site)
            head.push_back(escape_html(named("site", site.front())));
        std::string rows;
        for (const auto& [system, share] : systems) rows += system_row(system, share);
        rows += "<tr><th scope=\"row\">" + html_.say("all_systems") + "</th>" +
                html_.cell(html_.share(kShare, share_of(total(shares_.total)), {}));
        for (const auto& [site, row] : shares_.by_site)
            rows += html_.cell(html_.share(kShare, share_of(row), {{"site", site.front()}}));
        return html_.table(
            "shares", html_.say("caption", {{"period", format_period(period_, context_.language)}}),
            html_.head(head), rows + "</tr>");
    }

    std::string fact(std::string_view key, const std::string& value) const {
        return "<dt>" + html_.say(key) + "</dt><dd>" + value + "</dd>";
    }

    std::string facts() const {
        const std::int64_t unjudged = total(shares_.total).gap_records;
        std::string list =
            fact("net", html_.share("within_limit_net", share_of(total(shares_.net)), {})) +
            fact("measured", html_.number("measured", &total(shares_.measured), {})) +
            fact("failed", html_.number("failed", &total(shares_.failed), {})) +
            fact("missing", total(shares_.missing).value
                                ? html_.number("missing", &total(shares_.missing), {})
                                : html_.say("no_schedule"));
        if (unjudged > 0) {
            FigureQuestion gap;
            gap.id = "probes.within_limit";
            gap.period = period_;
            gap.gap = true;
            list +=
                fact("unjudged", link(records_href(kCurrentEdition, gap), html_.count(unjudged)));
        }
        return "<dl class=\"k-facts\">" + list + "</dl>";
    }

    // Why slots have no measurement, as the probes say themselves.
    std::string unable() const {
        if (shares_.unable.empty()) return "";
        std::string rows;
        for (const UnableNote& note : shares_.unable) {
            std::string series = note.system + " · " + note.action + " · " + note.site;
            if (!note.seat.empty()) series += " · " + note.seat;
            rows += "<tr>";
            for (const std::string& text :
                 {series, note.agent, note.reason, format_timestamp(note.last_at, context_.language)})
                rows += "<td>" + escape_html(text) + "</td>";
            rows += "</tr>";
        }
        std::string head;
        for (const char* key : {"unable_series", "unable_agent", "unable_reason", "unable_last"})
            head += "<th scope=\"col\">" + html_.say(key) + "</th>";
        return html_.table("unable", html_.say("unable"), "<thead><tr>" + head + "</tr></thead>",
                           rows);
    }

    const Context& context_;
    Period period_;
    const Shares& shares_;
    ShareHtml html_;
};

}  // namespace

std::vector<Route> probe_routes() {
    using P = Permission;
    return {{"GET", "/probes", P::figures, Runs::reader, Shape::page, get_probes_page},
            {"GET", "/probes/system", P::figures, Runs::reader, Shape::page, get_system_page},
            {"GET", "/probes/pcs", P::figures, Runs::reader, Shape::page, get_pcs_page}};
}

Result<Response> get_probes_page(const Request& request, Context& context) {
    KL_TRY(const FigureQuestion asked, read_page_question(request, context, "probes.within_limit"));
    KL_TRY(const Shares shares, read_shares(context, asked.period));
    return html_page(context,
                     {context.text("probes.page.title"), Menu::figures, 200, request.target},
                     Page(context, asked.period, shares).html());
}

}  // namespace klarsyn::probes
