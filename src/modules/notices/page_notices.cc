// /notices: write messages to users and follow them up. Forms work without script, and what was
// typed stays when something is wrong with it.
#include <fmt/format.h>

#include <algorithm>

#include "modules/notices/acks.h"
#include "modules/notices/answers.h"
#include "modules/notices/commands.h"
#include "web/form.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr UtcSecond kNextMessage_s = 30 * 60;

using Options = FormHtml::Options;

Options words_of(const Context& context, std::string_view group,
                 std::initializer_list<std::string_view> words) {
    Options options;
    for (const std::string_view word : words)
        options.emplace_back(word, context.text(fmt::format("notices.{}.{}", group, word)));
    return options;
}

bool chosen(const FormState& state, std::string_view name, std::string_view value) {
    return std::any_of(state.values.begin(), state.values.end(), [&](const auto& pair) {
        return pair.first == name && pair.second == value;
    });
}

std::string box_html(const std::string& id, std::string_view name, std::string_view value,
                     bool checked, const std::string& title) {
    return fmt::format(
        "<label class=\"k-choice\" for=\"{0}\"><input type=\"checkbox\" id=\"{0}\" name=\"{1}\""
        " value=\"{2}\"{3}> {4}</label>",
        id, name, value, checked ? " checked" : "", escape_html(title));
}

// None chosen: the message is for everybody.
std::string roles_html(const Context& context, const FormState& state, const std::string& ids) {
    std::string boxes;
    for (const std::string_view role : kRoles)
        boxes += box_html(fmt::format("f-{}role-{}", ids, role), "roles", role,
                          chosen(state, "roles", role),
                          context.text(fmt::format("notices.role.{}", role)));
    return fmt::format("<fieldset><legend>{}</legend><p class=\"k-hint\">{}</p>{}</fieldset>",
                       escape_html(context.text("notices.field.roles")),
                       escape_html(context.text("notices.hint.roles")), boxes);
}

std::string ack_html(const Context& context, const FormState& state, const std::string& ids) {
    return box_html("f-" + ids + "ack", "ack_required", "yes", chosen(state, "ack_required", "yes"),
                    context.text("notices.field.ack_required"));
}

std::string fields_html(const Context& context, const Board& board, const FormState& state,
                        const std::string& ids = "") {
    const FormHtml form(context, state, "notices", ids);
    Options systems = {{"", context.text("notices.form.no_system")}};
    for (const SystemName& system : board.systems)
        systems.emplace_back(system.id, system.in(context.language));
    const bool has_english =
        !(state.value("title_en") + state.value("text_en") + state.value("advice_en")).empty();
    const std::string english =
        fmt::format("<details{}><summary>{}</summary>{}{}{}</details>", has_english ? " open" : "",
                    escape_html(context.text("notices.form.english")),
                    form.input("title_en", "text"), form.area("text_en"), form.area("advice_en"));
    return form.select("kind", words_of(context, "kind", {"disturbance", "planned", "message"})) +
           form.select("system", systems) +
           form.select("severity", words_of(context, "state", {"unstable", "down"})) +
           form.input("orgs", "text") + form.input("title", "text") + form.area("text") +
           form.area("advice") + form.input("next_at", "datetime-local") +
           form.input("starts_at", "datetime-local") + form.input("ends_at", "datetime-local") +
           roles_html(context, state, ids) + ack_html(context, state, ids) +
           form.input("case", "text") + english;
}

std::string form_html(const Context& context, std::string_view action, std::string_view what,
                      const std::string& fields) {
    return fmt::format(
        "<form class=\"k-form k-roomy\" method=\"post\" action=\"{}\">{}"
        "<input type=\"hidden\" name=\"do\" value=\"{}\">{}"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        escape_html(action), csrf_field(context), what, fields,
        escape_html(context.text(fmt::format("notices.form.{}", what))));
}

// "2026-11-21T14:05" of Copenhagen, as browsers send it, to UTC; other texts as they are.
json::value time_field(const std::string& text) {
    if (text.empty()) return nullptr;
    const auto day = parse_iso_date(text.substr(0, 10));
    if (!day.ok() || text.size() < 16 || text[10] != 'T') return json::value(text);
    const int hour = std::atoi(text.substr(11, 2).c_str());
    const int minute = std::atoi(text.substr(14, 2).c_str());
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return json::value(text);
    return json::value(iso_utc(Zone::copenhagen().to_utc({*day, hour * 3600 + minute * 60}).utc));
}

std::string local_field(const std::optional<UtcSecond>& at) {
    return at ? iso_local(*at).substr(0, 16) : std::string();
}

// Boxes that are not ticked are not sent: a form with them says so itself.
JsonBody body_of(const Pairs& form, bool with_boxes) {
    json::object body;
    if (with_boxes) {
        json::array roles;
        for (const auto& [name, text] : form)
            if (name == "roles") roles.emplace_back(text);
        body["roles"] = std::move(roles);
        body["ack_required"] = false;
    }
    for (const auto& [name, text] : form) {
        if (name == "csrf" || name == "do" || name == "version") continue;
        if (name == "roles") continue;
        if (name == "ack_required")
            body[name] = text == "yes";
        else if (name.ends_with("_at"))
            body[name] = time_field(text);
        else if (name == "orgs") {
            json::array orgs;
            for (std::size_t at = 0; at <= text.size();) {
                const std::size_t end = std::min(text.find(',', at), text.size());
                std::string one = text.substr(at, end - at);
                one.erase(0, one.find_first_not_of(' ') == std::string::npos
                                 ? one.size()
                                 : one.find_first_not_of(' '));
                while (!one.empty() && one.back() == ' ') one.pop_back();
                if (!one.empty()) orgs.emplace_back(one);
                at = end + 1;
            }
            body[name] = std::move(orgs);
        } else
            body[name] = text;
    }
    return JsonBody::of(std::move(body));
}

std::string joined(const std::vector<std::string>& list) {
    std::string all;
    for (const std::string& one : list) all += (all.empty() ? "" : ", ") + one;
    return all;
}

Pairs values_of(const Notice& notice) {
    Pairs values = {{"kind", notice.kind},
                    {"system", notice.system},
                    {"severity", notice.severity},
                    {"orgs", joined(notice.orgs)},
                    {"title", notice.title.da},
                    {"title_en", notice.title.en},
                    {"text", notice.text.da},
                    {"text_en", notice.text.en},
                    {"advice", notice.advice.da},
                    {"advice_en", notice.advice.en},
                    {"case", notice.case_number},
                    {"starts_at", local_field(notice.starts_at)},
                    {"ends_at", local_field(notice.ends_at)},
                    {"next_at", local_field(notice.next_at)}};
    for (const std::string& role : notice.roles) values.emplace_back("roles", role);
    if (notice.ack) values.emplace_back("ack_required", "yes");
    return values;
}

Result<Response> list_page(const Request& request, Context& context, const FormState& state) {
    KL_TRY(const Board board, make_board(context.db(), context.site.clock.now()));
    const std::string title = context.text("notices.title");
    std::string main = fmt::format("<h1>{}</h1>", escape_html(title)) +
                       FormHtml(context, state, "notices").summary();
    main += fmt::format("<h2>{}</h2>", escape_html(context.text("notices.form.standing")));
    for (const auto* list : {&board.current, &board.upcoming, &board.cleared})
        for (const Notice& notice : *list) main += notice_html(context, board, notice, Heading::h2);
    if (board.current.empty() && board.upcoming.empty() && board.cleared.empty())
        main += fmt::format("<p>{}</p>", escape_html(context.text("notices.form.none")));
    main += fmt::format("<h2 id=\"new\">{}</h2>", escape_html(context.text("notices.form.new")));
    main += form_html(context, "/notices", "publish", fields_html(context, board, state));
    return html_page(context, {title, Menu::notices, state.status(), request.target}, main);
}

// A message about a case: what, where and when to write again are known, so they stand there.
Pairs draft_of(const Request& request, const Board& board) {
    Pairs values = {{"kind", "disturbance"}, {"severity", "unstable"}};
    const std::string about = request.find("case").value_or("");
    if (about.empty()) return values;
    const std::string system = request.find("system").value_or("");
    const std::string org = request.find("org").value_or("");
    values.insert(values.end(), {{"case", about},
                                 {"system", system},
                                 {"orgs", org},
                                 {"next_at", local_field(board.now + kNextMessage_s)}});
    if (system.empty()) return values;
    const auto place = board.places.find(org);
    for (const auto& [language, end] :
         {std::pair(Language::da, ""), std::pair(Language::en, "_en")}) {
        const TextArgs args = {{"system", system_title(board, system, language)},
                               {"place", place == board.places.end() ? org : place->second}};
        values.emplace_back(std::string("title") + end,
                            text(language, "notices.draft.title", args));
        values.emplace_back(
            std::string("text") + end,
            text(language, org.empty() ? "notices.draft.text" : "notices.draft.text_at", args));
    }
    return values;
}

// The forms of one message; a fault shows at the form that was sent.
std::string work_html(const Context& context, const Board& board, const Notice& notice,
                      const FormState& state, std::string_view sent) {
    const std::string action = "/notices/" + notice.number;
    const FormState none{};
    const FormState standing{values_of(notice), {}, ""};
    const auto of = [&](std::string_view form, const FormState& otherwise) {
        return sent == form ? state : otherwise;
    };
    std::string html;
    if (notice.open()) {
        const FormState update_state = of("update", none), clear_state = of("clear", none);
        const FormHtml update(context, update_state, "notices", "update-");
        const FormHtml clear(context, clear_state, "notices", "clear-");
        html += fmt::format("<h2>{}</h2>", escape_html(context.text("notices.form.update_title")));
        html += form_html(context, action, "update",
                          update.area("text") + update.area("text_en") +
                              update.input("next_at", "datetime-local"));
        html += fmt::format("<details{}><summary>{}</summary>", sent == "clear" ? " open" : "",
                            escape_html(context.text("notices.form.clear_title")));
        html += form_html(context, action, "clear", clear.area("text") + clear.area("text_en")) +
                "</details>";
    }
    html += fmt::format("<details{}><summary>{}</summary>", sent == "correct" ? " open" : "",
                        escape_html(context.text("notices.form.correct_title")));
    html += form_html(
        context, action, "correct",
        fmt::format("<input type=\"hidden\" name=\"version\" value=\"{}\">", notice.version) +
            fields_html(context, board, of("correct", standing), "correct-"));
    return html + "</details>";
}

Result<Response> one_page(const Request& request, Context& context, const FormState& state,
                          std::string_view sent) {
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    KL_TRY(const Board board, make_board(context.db(), context.site.clock.now()));
    const std::string title = notice.title.in(context.language);
    std::string main = fmt::format("<h1>{}</h1>", escape_html(title)) +
                       FormHtml(context, state, "notices", std::string(sent) + "-").summary();
    main += notice_html(context, board, notice, Heading::h1);
    KL_TRY(const std::string reach, reach_html(context, board, notice));
    main += reach;
    main += fmt::format("<p>{}</p>", link("/status", context.text("notices.to_status")));
    if (context.may(Permission::manage)) main += work_html(context, board, notice, state, sent);
    return html_page(context, {title, Menu::none, state.status(), request.target}, main);
}

}  // namespace

Result<Response> get_notices_page(const Request& request, Context& context) {
    KL_TRY(const Board board, make_board(context.db(), context.site.clock.now()));
    return list_page(request, context, {draft_of(request, board), {}, ""});
}

Result<Response> get_notice_page(const Request& request, Context& context) {
    return one_page(request, context, {}, "");
}

Result<Response> post_notices_form(const Request& request, Context& context) {
    JsonBody body = body_of(request.form, true);
    const auto number = publish({*context.turn, context.account.name}, body);
    if (number.ok()) return redirect("/notices/" + *number);
    if (body.ok()) return number.error();
    return list_page(request, context, {request.form, body.faults(), ""});
}

Result<Response> post_notice_form(const Request& request, Context& context) {
    const std::string what(request.field("do"));
    const auto command = what == "update"    ? update
                         : what == "clear"   ? clear
                         : what == "correct" ? correct
                                             : nullptr;
    if (command == nullptr) return web_error(400);
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    FormState state{request.form, {}, ""};
    if (what == "correct" && request.field("version") != std::to_string(notice.version)) {
        state.message = context.text("notices.form.changed_meanwhile");
        return one_page(request, context, state, what);
    }
    Pairs form = request.form;
    if (what == "clear")
        std::erase_if(form, [](const auto& pair) { return pair.first == "next_at"; });
    JsonBody body = body_of(form, what == "correct");
    const Result<void> done = command({*context.turn, context.account.name}, notice, body);
    if (done.ok()) return redirect("/notices/" + notice.number);
    state.faults = body.faults();
    if (body.ok()) state.message = describe(done.error(), context.language);
    return one_page(request, context, state, what);
}

}  // namespace klarsyn::notices
