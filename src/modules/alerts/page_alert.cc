// /alerts/A12: one alert, record by record, with the picture of the measurements.
#include <fmt/format.h>

#include "modules/alerts/alert_routes.h"
#include "modules/alerts/task.h"
#include "modules/alerts/words.h"
#include "web/page.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMembersShown = 200;

const json::object* picture_of(const EpisodeRecord& record) {
    const json::value* picture = record.body.if_contains("picture");
    return picture != nullptr && picture->is_object() ? &picture->as_object() : nullptr;
}

std::string word_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    if (value == nullptr) return {};
    if (value->is_string()) return std::string(value->as_string());
    return value->is_int64() ? std::to_string(value->as_int64()) : std::string();
}

class Page {
public:
    Page(const Context& context, const AlertRules& rules, const Episode& episode)
        : context_(context), rules_(rules), episode_(episode) {}

    std::string title() const {
        return fmt::format("{} {}", episode_number(episode_.number),
                           title_of(rules_, episode_, context_.language));
    }

    std::string html(const std::vector<EpisodeRecord>& records,
                     const std::vector<Episode>& members) const {
        std::string main = "<nav class=\"k-source\">" +
                           link("/alerts", context_.text("alerts.page.title")) + "</nav><h1>" +
                           escape_html(title()) + "</h1><p class=\"k-lead\">" +
                           escape_html(group_words(episode_.group, context_.language)) + "</p>";
        main += facts_html();
        for (const EpisodeRecord& record : records) {
            const json::object* picture = picture_of(record);
            if (record.kind != "fired" || picture == nullptr || picture->empty()) continue;
            main += "<h2>" + say("picture") + "</h2><p>" +
                    escape_html(value_words(*picture, context_.language)) + "</p>" +
                    picture_html(*picture, context_.language);
        }
        main += records_html(records);
        if (!members.empty()) main += members_html(members);
        return main;
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(fmt::format("alerts.page.{}", key), args));
    }
    std::string fact(std::string_view key, const std::string& html) const {
        if (html.empty()) return {};
        return fmt::format("<dt>{}</dt><dd>{}</dd>", say(key), html);
    }

    std::string facts_html() const {
        const Episode& one = episode_;
        std::string facts =
            fact("state", say(fmt::format("state_{}", state_name(one)))) +
            fact("since", escape_html(format_timestamp(one.fired_at, context_.language)));
        if (one.cleared_at)
            facts += fact("cleared",
                          escape_html(format_timestamp(*one.cleared_at, context_.language) + " (" +
                                      format_duration(*one.cleared_at - one.fired_at) + ")"));
        if (!one.case_number.empty())
            facts += fact("case", link("/cases/" + one.case_number, one.case_number));
        if (one.storm != 0)
            facts += fact("storm",
                          link("/alerts/" + episode_number(one.storm), episode_number(one.storm)));
        else
            facts += fact("why", escape_html(held_words(context_, rules_, one)));
        if (const std::string href = measurements_href(one); !href.empty())
            facts += fact("measurements", link(href, one.group.system.empty() ? one.group.place
                                                                              : one.group.system));
        return "<dl class=\"k-facts\">" + facts + "</dl>";
    }

    std::string records_html(const std::vector<EpisodeRecord>& records) const {
        std::string rows;
        for (const EpisodeRecord& record : records) {
            std::string by = word_of(record.body, "by");
            const std::string kind = record.kind == "held" ? "held_" + word_of(record.body, "why")
                                     : record.kind == "noted" ? word_of(record.body, "note")
                                     : record.kind == "told" ? "told_" + word_of(record.body, "how")
                                                             : record.kind;
            if (kind == "held_") continue;
            if (const AlertRule* rule = rules_.find(by);
                rule != nullptr && kind == "held_dependency")
                by = rule->title.in(context_.language);
            if (const auto at = parse_iso_utc(by); kind == "held_window" && at.ok())
                by = format_timestamp(*at, context_.language);
            std::string words =
                escape_html(context_.text(fmt::format("alerts.record.{}", kind),
                                          {{"by", by},
                                           {"case", word_of(record.body, "case")},
                                           {"storm", "A" + word_of(record.body, "storm")},
                                           {"count", word_of(record.body, "members")}}));
            if (const json::object* picture = picture_of(record); picture != nullptr)
                if (const auto value = value_words(*picture, context_.language); !value.empty())
                    words += "<br>" + escape_html(value);
            rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                                escape_html(format_timestamp(record.at, context_.language)), words);
        }
        return fmt::format(
            "<h2>{0}</h2><div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"records\" "
            "tabindex=\"0\"><table class=\"k-table\"><caption id=\"records\">{1}</caption><thead>"
            "<tr><th scope=\"col\">{2}</th><th scope=\"col\">{3}</th></tr></thead><tbody>{4}"
            "</tbody></table></div>",
            say("records"), say("caption_records"), say("at"), say("happened"), rows);
    }

    std::string members_html(const std::vector<Episode>& members) const {
        std::string items;
        for (const Episode& one : members)
            items += fmt::format(
                "<li>{} – {}</li>",
                link(episode_href(one), title_of(rules_, one, context_.language) + ": " +
                                            group_words(one.group, context_.language)),
                say(fmt::format("state_{}", state_name(one))));
        std::string html =
            "<h2>" +
            say("members", {{"count", format_integer(episode_.members, context_.language)}}) +
            "</h2><ul>" + items + "</ul>";
        if (episode_.members > static_cast<std::int64_t>(members.size()))
            html +=
                "<p>" + say("members_shown", {{"count", std::to_string(members.size())}}) + "</p>";
        return html;
    }

    const Context& context_;
    const AlertRules& rules_;
    const Episode& episode_;
};

}  // namespace

Result<Response> get_alert_page(const Request& request, Context& context) {
    const std::int64_t number = parse_episode_number(request.param("number"));
    KL_TRY(const Episode episode, find_episode(context.db(), number, context.scope));
    KL_TRY(const AlertRules rules, rules_at(context.db(), context.site.clock.now()));
    KL_TRY(const auto records, load_records(context.db(), number));
    std::vector<Episode> members;
    if (episode.is_storm()) {
        KL_TRY(members, list_episodes(context.db(), {EpisodeQuery::Which::members, number, 0,
                                                     kMembersShown, context.scope}));
    }
    const Page page(context, rules, episode);
    return html_page(context,
                     {page.title(), Menu::none, 200, request.target, std::string(kLiveScript)},
                     page.html(records, members) + live_html(context));
}

}  // namespace klarsyn::alerts
