#include "modules/servicedesk/selfservice/survey_link.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "core/hash.h"
#include "modules/servicedesk/mail/letters.h"
#include "modules/servicedesk/selfservice/self_service.h"
#include "web/form.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::size_t kTokenMax = 80;

std::string words(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.survey." + std::string(key), args));
}

std::string folded(std::string_view token) {
    std::string word(token);
    for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return word;
}

// Hex without digits: ten of them in a row could look like a civil registration number, and be
// masked in the letter or the record.
std::string in_letters(std::string hex) {
    for (char& c : hex)
        if (c >= '0' && c <= '9') c = static_cast<char>(c - '0' + 'g');
    return hex;
}

// Number and record of a token; whether it is genuine, the record tells.
std::optional<SurveyLink> read_token(std::string_view token) {
    const std::size_t first = token.find('-');
    const std::size_t second = first == token.npos ? first : token.find('-', first + 1);
    if (token.size() > kTokenMax || second == token.npos || first < 2) return std::nullopt;
    SurveyLink link;
    link.number = "K" + std::string(token.substr(1, first - 1));
    const std::string_view n = token.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(n.data(), n.data() + n.size(), link.n);
    if (error != std::errc{} || end != n.data() + n.size()) return std::nullopt;
    return link;
}

struct Opened {
    SurveyLink link;
    std::vector<Record> records;
};

Result<Opened> open_link(const Request& request, Connection& db) {
    const std::string token = folded(request.param("token"));
    const auto link = read_token(token);
    if (!link) return web_error(404);
    Opened opened{*link, {}};
    KL_TRY(opened.records, load_records(db, link->number));
    const std::string mark = survey_mark(token);
    for (const Record& record : opened.records)
        if (record.n == link->n && record.kind == "resolved" &&
            body_text(record.body, "link") == mark)
            return opened;
    return web_error(404);
}

std::string question_html(const Context& context, std::string_view token, const FormState& state) {
    FormHtml::Options scores;
    for (int score = 5; score >= 1; --score)
        scores.emplace_back(std::to_string(score),
                            context.text(fmt::format("servicedesk.my.score.s{}", score)));
    const FormHtml form(context, state, "servicedesk.my");
    return form.summary() +
           fmt::format(
               "<form class=\"k-form k-roomy\" method=\"post\" action=\"/survey/{}\">{}"
               "<button class=\"k-button\" type=\"submit\">{}</button></form>",
               escape_html(token), form.radios("score", scores),
               escape_html(context.text("servicedesk.my.survey_send")));
}

Response page(const Request& request, Context& context, const CaseState& state,
              const std::string& main, int status) {
    const std::string title = context.text("servicedesk.my.survey_title");
    PageHead head{title, Menu::none, status, request.target};
    return html_page(context, head,
                     fmt::format("<h1>{}</h1><p>{}</p>{}", escape_html(title),
                                 words(context, "about", {{"number", state.number}}), main));
}

// What stands there for this link: the question, thanks, or that it is over.
Response survey_page(const Request& request, Context& context, const Opened& opened,
                     const FormState& form) {
    const CaseState state = replay(opened.link.number, opened.records);
    const Record* solution = standing_solution(opened.records);
    const bool ours = solution != nullptr && solution->n == opened.link.n &&
                      survey_open(state, context.site.clock.now());
    if (ours && state.survey)
        return page(request, context, state, "<p>" + words(context, "thanks") + "</p>", 200);
    if (!ours) return page(request, context, state, "<p>" + words(context, "over") + "</p>", 200);
    return page(request, context, state, question_html(context, request.param("token"), form),
                form.status());
}

DeskActor somebody(const CaseState& state) {
    DeskActor who;
    who.name = "mail";  // the journal holds nothing personal
    who.is_caller = true;
    who.via = "mail";
    who.display_name = state.caller.name;
    return who;
}

}  // namespace

std::string survey_token(const std::string& journal_key, const SurveyLink& link) {
    // A key of its own: nothing else that is shown is ever a token.
    const std::string key = keyed_digest(journal_key, "klarsyn.survey.1");
    const std::string word = folded(link.number + "-" + std::to_string(link.n));
    return word + "-" + in_letters(keyed_digest(key, word));
}

std::string survey_mark(std::string_view token) { return in_letters(sha256_hex(token)); }

Result<void> mark_asked(WriteTurn& turn, const CaseState& state, std::int64_t n,
                        json::object& body) {
    KL_TRY(const bool letter, letter_with_link_reaches(turn, state));
    body["asked"] = letter || !state.caller.account.empty();
    if (letter) body["link"] = survey_mark(survey_token(turn.key, {state.number, n}));
    return {};
}

const Record* standing_solution(std::span<const Record> records) {
    for (auto record = records.rbegin(); record != records.rend(); ++record)
        if (record->kind == "resolved" && !record->undone) return &*record;
    return nullptr;
}

Result<Response> get_survey_page(const Request& request, Context& context) {
    KL_TRY(const Opened opened, open_link(request, context.db()));
    return survey_page(request, context, opened, {});
}

Result<Response> post_survey_form(const Request& request, Context& context) {
    KL_TRY(const Opened opened, open_link(request, context.db()));
    const CaseState state = replay(opened.link.number, opened.records);
    const Record* solution = standing_solution(opened.records);
    const bool takes = solution != nullptr && solution->n == opened.link.n && !state.survey &&
                       survey_open(state, context.turn->now);
    if (!takes) return survey_page(request, context, opened, {});
    json::object fields;
    if (!request.field("score").empty())
        fields["score"] = std::atoi(std::string(request.field("score")).c_str());
    JsonBody body = JsonBody::of(std::move(fields));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, somebody(state)));
    KL_TRY(const CaseState* standing, entry.find(state.number));
    const auto done = answer_survey(entry, *standing, body);
    if (!body.ok()) return survey_page(request, context, opened, {request.form, body.faults(), ""});
    KL_CHECK(done);
    KL_CHECK(entry.end());
    return redirect("/survey/" + folded(request.param("token")));
}

}  // namespace klarsyn::servicedesk
