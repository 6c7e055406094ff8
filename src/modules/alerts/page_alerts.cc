// /alerts: what burns now, what is held back and why, what nobody knows, and what was before.
#include <fmt/format.h>

#include <algorithm>

#include "modules/alerts/alert_routes.h"
#include "modules/alerts/task.h"
#include "modules/alerts/words.h"
#include "web/figure_view.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::alerts {
namespace {

constexpr std::int64_t kShown = 100, kHistory = 30, kGreyShown = 100;
constexpr int kFigureDays = 30;
constexpr std::int64_t kStale_s = 60;  // beyond an evaluation that is due

class Page {
public:
    Page(Context& context, const AlertRules& rules)
        : context_(context), rules_(rules), now_(context.site.clock.now()) {}

    Result<std::string> html(const Request& request) const {
        std::string main = "<h1>" + say("title") + "</h1>";
        KL_TRY(const Clockwork clockwork, read_clockwork(context_.db()));
        main += beat_html(clockwork);
        KL_TRY(const std::string figures, figures_html());
        main += figures;
        using Which = EpisodeQuery::Which;
        KL_TRY(const auto burning,
               list_episodes(context_.db(), {Which::burning, 0, 0, kShown, context_.scope}));
        main += "<h2>" + say("burning") + "</h2>" + table("burning", burning);
        KL_TRY(const auto held,
               list_episodes(context_.db(), {Which::held, 0, 0, kShown, context_.scope}));
        if (!held.empty()) main += "<h2>" + say("held") + "</h2>" + table("held", held);
        KL_TRY(const std::string grey, grey_html());
        main += grey;
        EpisodeQuery query{Which::cleared, 0, 0, kHistory + 1, context_.scope};
        if (const auto before = request.find("before"))
            query.before = parse_episode_number(*before);
        KL_TRY(auto past, list_episodes(context_.db(), query));
        const bool more = static_cast<std::int64_t>(past.size()) > kHistory;
        if (more) past.pop_back();
        main += "<h2>" + say("history") + "</h2>" + table("history", past);
        if (more)
            main += "<p>" +
                    link("/alerts" + build_query({{"before", episode_number(past.back().number)}}),
                         context_.text("alerts.page.older")) +
                    "</p>";
        return main + "<p class=\"k-source\">" + say("how") + "</p>" + live_html(context_);
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(fmt::format("alerts.page.{}", key), args));
    }

    // Stale data shouts.
    std::string beat_html(const Clockwork& clockwork) const {
        if (clockwork.evaluated_at == 0) return "<p class=\"k-lead\">" + say("never") + "</p>";
        const TextArgs when = {
            {"when", format_timestamp(clockwork.evaluated_at, context_.language)}};
        const bool stale = now_ > clockwork.evaluated_at + rules_.every_s + kStale_s;
        std::string html = stale ? "<p class=\"k-lead\" role=\"alert\"><strong>" +
                                       say("stale", when) + "</strong></p>"
                                 : "<p class=\"k-lead\">" + say("evaluated", when) + "</p>";
        if (clockwork.too_many)
            html += "<p role=\"alert\"><strong>" + say("too_many") + "</strong></p>";
        return html;
    }

    Result<std::string> figures_html() const {
        const Day today = Zone::copenhagen().to_local(now_).day;
        const Period period{today - kFigureDays + 1, today};
        std::string items;
        for (const char* id : {"alerts.episodes", "alerts.noise", "alerts.duration"}) {
            FigureQuestion asked;
            asked.id = id;
            asked.period = period;
            KL_TRY(const FigureAnswer answer, context_.figures().evaluate(asked));
            const FigureRow* row = answer.rows.empty() ? nullptr : &answer.rows.front();
            std::string value = "–";
            if (row != nullptr && row->value) {
                const std::string_view name(id);
                value = name == "alerts.noise"
                            ? format_share(*row->num, *row->den, 1, context_.language)
                        : name == "alerts.duration"
                            ? format_duration(row->num.value_or(0))
                            : format_integer(row->num.value_or(0), context_.language);
            }
            items += fmt::format("<dt>{}</dt><dd>{}</dd>",
                                 say(fmt::format("figure_{}", std::string_view(id).substr(7))),
                                 link(records_href(kCurrentEdition, asked), value));
        }
        return "<h2>" + say("figures", {{"days", std::to_string(kFigureDays)}}) +
               "</h2><dl class=\"k-facts\">" + items + "</dl>";
    }

    std::string case_cell(const Episode& one) const {
        if (!one.case_number.empty()) return link("/cases/" + one.case_number, one.case_number);
        return escape_html(held_words(context_, rules_, one));
    }

    std::string when_cell(const Episode& one) const {
        const std::string since = escape_html(format_timestamp(one.fired_at, context_.language));
        const UtcSecond end = one.cleared_at.value_or(now_);
        return since + "<br>" +
               say(one.burning() ? "lasting" : "lasted",
                   {{"time", format_duration(std::max<UtcSecond>(0, end - one.fired_at))}});
    }

    std::string row(const Episode& one) const {
        std::string what = link(episode_href(one), title_of(rules_, one, context_.language));
        if (one.is_storm())
            what += "<br>" +
                    say("members", {{"count", format_integer(one.members, context_.language)}});
        if (one.flapping && one.burning()) what += "<br>" + say("flapping");
        return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                           what, escape_html(group_words(one.group, context_.language)),
                           when_cell(one), case_cell(one));
    }

    std::string table(std::string_view id, const std::vector<Episode>& list) const {
        if (list.empty()) return "<p>" + say(fmt::format("none_{}", id)) + "</p>";
        std::string rows;
        for (const Episode& one : list) rows += row(one);
        return fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
            "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption><thead><tr>"
            "<th scope=\"col\">{2}</th><th scope=\"col\">{3}</th><th scope=\"col\">{4}</th>"
            "<th scope=\"col\">{5}</th></tr></thead><tbody>{6}</tbody></table></div>",
            id, say(fmt::format("caption_{}", id)), say("alert"), say("about"), say("since"),
            say(id == "held" ? "why" : "case"), rows);
    }

    // What nobody knows is grey, never green.
    Result<std::string> grey_html() const {
        std::string rows;
        const ScopeSql seen = site_scope(context_.scope);
        Params params = {{":most", kGreyShown}};
        for (const auto& [name, value] : seen.params) params.emplace_back(name, value);
        KL_TRY(const auto found,
               context_.db().query("SELECT rule, system, action, site, seat, place, group_code, "
                                   "since FROM alerts_watch WHERE level = 0 AND " +
                                       seen.condition +
                                       " ORDER BY since DESC, rule, group_text LIMIT :most",
                                   params));
        while (true) {
            KL_TRY(const bool more, found->next());
            if (!more) break;
            Episode of;
            of.rule = found->text(0);
            of.group = {std::string(found->text(1)), std::string(found->text(2)),
                        std::string(found->text(3)), std::string(found->text(4)),
                        std::string(found->text(5)), std::string(found->text(6))};
            rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
                                escape_html(title_of(rules_, of, context_.language)),
                                escape_html(group_words(of.group, context_.language)),
                                escape_html(format_timestamp(found->i64(7), context_.language)));
        }
        if (rows.empty()) return std::string();
        return fmt::format(
            "<h2>{}</h2><div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"grey\" "
            "tabindex=\"0\"><table class=\"k-table\"><caption id=\"grey\">{}</caption><thead><tr>"
            "<th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr>"
            "</thead><tbody>{}</tbody></table></div>",
            say("grey"), say("caption_grey"), say("alert"), say("about"), say("since"), rows);
    }

    Context& context_;
    const AlertRules& rules_;
    UtcSecond now_;
};

}  // namespace

std::string live_html(const Context& context) {
    const UtcSecond now = context.site.clock.now();
    const auto say = [&](std::string_view key, const TextArgs& args = {}) {
        return escape_html(context.text(fmt::format("alerts.page.{}", key), args));
    };
    return fmt::format(
        "<p class=\"k-age\" data-events=\"alert\" data-live=\"{}\" data-stale=\"{}\">{}</p>",
        say("live"), say("lost"),
        say("shown_at", {{"when", moment_text(context.language, now, now)}}));
}

std::string held_words(const Context& context, const AlertRules& rules, const Episode& episode) {
    if (episode.storm != 0)
        return context.text("alerts.page.in_storm", {{"number", episode_number(episode.storm)}});
    if (episode.told_at || episode.held == Held::none) return {};
    std::string by = episode.held_by;
    if (const AlertRule* rule = rules.find(by); rule != nullptr && episode.held == Held::dependency)
        by = rule->title.in(context.language);
    if (episode.held == Held::window)
        if (const auto at = parse_iso_utc(by); at.ok())
            by = format_timestamp(*at, context.language);
    return context.text(fmt::format("alerts.page.held_{}", held_name(episode.held)), {{"by", by}});
}

Result<Response> get_alerts_page(const Request& request, Context& context) {
    KL_TRY(const AlertRules rules, rules_at(context.db(), context.site.clock.now()));
    KL_TRY(const std::string main, Page(context, rules).html(request));
    return html_page(context,
                     {context.text("alerts.page.title"), Menu::none, 200, request.target,
                      std::string(kLiveScript)},
                     main);
}

}  // namespace klarsyn::alerts
