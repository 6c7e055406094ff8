// /report-problem: three questions; what is known of that system comes before a case is made.
#include <fmt/format.h>

#include <algorithm>

#include "modules/servicedesk/selfservice/self_service.h"
#include "web/form.h"
#include "web/moment.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "servicedesk.report";

std::string words_html(const Context& context, std::string_view tag, const Words& words) {
    if (words.empty()) return "";
    return fmt::format("<{0} lang=\"{1}\">{2}</{0}>", tag,
                       language_code(words.shown(context.language)),
                       escape_html(words.in(context.language)));
}

std::string text_html(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text(fmt::format("{}.{}", kPrefix, key), args));
}

std::string fact_html(const Context& context, std::string_view key, const std::string& html) {
    return html.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>", text_html(context, key), html);
}

// A known disturbance with the button that says "me too".
std::string known_html(Context& context, const StandingNotice& notice, std::int64_t others) {
    const UtcSecond now = context.site.clock.now();
    const Language language = context.language;
    std::string facts = fact_html(context, "since", moment_html(language, notice.starts_at, now));
    facts += fact_html(context, "advice", words_html(context, "span", notice.advice));
    if (notice.next_at)
        facts += fact_html(context, "next_message", moment_html(language, *notice.next_at, now));
    if (others > 0)
        facts += fact_html(context, "others",
                           text_html(context, others == 1 ? "others_one" : "others_many",
                                     {{"count", std::to_string(others)}}));
    return fmt::format(
        "<article class=\"k-message k-{}\" data-system=\"{}\"><h3 lang=\"{}\">"
        "<a href=\"/notices/{}\">{}</a></h3>{}<dl>{}</dl>"
        "<form method=\"post\" action=\"/report-problem\">{}"
        "<input type=\"hidden\" name=\"do\" value=\"me_too\">"
        "<button class=\"k-button\" type=\"submit\" name=\"notice\" value=\"{}\">{}</button>"
        "</form></article>",
        escape_html(notice.severity), escape_html(notice.system),
        language_code(notice.title.shown(language)), escape_html(notice.number),
        escape_html(notice.title.in(language)), words_html(context, "p", notice.text), facts,
        csrf_field(context), escape_html(notice.number), text_html(context, "me_too"));
}

Result<std::string> known_section(Context& context, const std::vector<StandingNotice>& known,
                                  std::string_view heading) {
    if (known.empty()) return std::string();
    std::string html = fmt::format("<section id=\"known\" class=\"k-known\"><h2>{}</h2>",
                                   text_html(context, heading));
    for (const StandingNotice& notice : known) {
        KL_TRY(const auto others, count_affected(context.db(), notice.number));
        html += known_html(context, notice, others);
    }
    return html + "</section>";
}

FormHtml::Options system_options(const Context& context, const std::vector<SystemName>& systems,
                                 const std::string& chosen) {
    FormHtml::Options options = {{"", context.text("servicedesk.report.choose_system")}};
    bool listed = chosen.empty() || chosen == "-";
    for (const SystemName& system : systems) {
        options.emplace_back(system.id, system.in(context.language));
        listed = listed || system.id == chosen;
    }
    if (!listed) options.emplace_back(chosen, chosen);
    options.emplace_back("-", context.text("servicedesk.report.other_system"));
    return options;
}

// What the person has been shown and says is something else.
std::string seen_fields(const Request& request, const std::vector<StandingNotice>& known) {
    std::string html;
    const auto add = [&](const std::string& number) {
        html +=
            fmt::format("<input type=\"hidden\" name=\"seen\" value=\"{}\">", escape_html(number));
    };
    for (const auto& [name, value] : request.form)
        if (name == "seen") add(value);
    for (const StandingNotice& notice : known) add(notice.number);
    return html;
}

std::string form_html(const Context& context, const Request& request, const klarsyn::FormState& state,
                      const std::vector<SystemName>& systems,
                      const std::vector<StandingNotice>& known) {
    const FormHtml form(context, state, std::string(kPrefix));
    FormHtml::Options reaches;
    for (const char* word : {"me", "ward", "more"})
        reaches.emplace_back(word, context.text(fmt::format("{}.reach.{}", kPrefix, word)));
    return fmt::format(
        "<form class=\"k-form k-roomy\" method=\"post\" action=\"/report-problem\">{}{}"
        "<input type=\"hidden\" name=\"do\" value=\"send\">{}{}{}"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        csrf_field(context), seen_fields(request, known),
        form.select("system", system_options(context, systems, state.value("system"))),
        form.area("what", 5), form.radios("affected", reaches),
        text_html(context, known.empty() ? "send" : "send_anyway"));
}

// `known`: what stands in the way of a case until the person has answered to it.
Result<Response> report_page(const Request& request, Context& context, const klarsyn::FormState& state,
                             const std::vector<StandingNotice>& known) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const auto systems, load_systems(context.db(), now));
    std::vector<StandingNotice> shown = known;
    if (known.empty()) {  // all there is now: who sees it at once need not write
        KL_TRY(shown, standing_disturbances(context.db(), state.value("system"),
                                            context.account.org, now));
    }
    const std::string title = text_html(context, "title");
    std::string main = fmt::format("<h1>{}</h1>", title);
    main += FormHtml(context, state, std::string(kPrefix)).summary();
    KL_TRY(const std::string section,
           known_section(context, shown, known.empty() ? "known_now" : "known_first"));
    main += section;
    if (!shown.empty()) main += fmt::format("<h2>{}</h2>", text_html(context, "something_else"));
    main += fmt::format("<p>{}</p>", text_html(context, "urgent"));
    main += form_html(context, request, state, systems, known);
    PageHead head{context.text("servicedesk.report.title"), Menu::report_problem, state.status(),
                  "/report-problem"};
    head.extra = "<script src=\"/assets/report.js\" defer></script>";
    return html_page(context, head, main);
}

JsonBody body_of(const Request& request) {
    json::object body;
    json::array seen;
    for (const auto& [name, value] : request.form) {
        if (name == "csrf" || name == "do") continue;
        if (name == "seen")
            seen.emplace_back(value);
        else if (!value.empty())
            body[name] = value;
    }
    if (!seen.empty()) body["seen"] = std::move(seen);
    return JsonBody::of(std::move(body));
}

}  // namespace

Result<Response> get_report_page(const Request& request, Context& context) {
    klarsyn::FormState state;
    if (const auto system = request.find("system")) state.values.emplace_back("system", *system);
    return report_page(request, context, state, {});
}

Result<Response> post_report_form(const Request& request, Context& context) {
    if (request.field("do") == "me_too") {
        KL_CHECK(say_me_too(context, request.field("notice")));
        return redirect("/my" + build_query({{"affected", std::string(request.field("notice"))}}));
    }
    klarsyn::FormState state{request.form, {}, ""};
    JsonBody body = body_of(request);
    const auto reported = report_problem(context, body);
    if (!body.ok()) {
        state.faults = body.faults();
        return report_page(request, context, state, {});
    }
    KL_CHECK(reported);
    if (!reported->known.empty()) return report_page(request, context, state, reported->known);
    return redirect("/my/" + reported->number + "?receipt=1");
}

}  // namespace klarsyn::servicedesk
