// The routes of people who are no agents, and /api/v1/my: the same for programs as /report-problem
// and /my are for people.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "modules/servicedesk/hospital/pages.h"
#include "modules/servicedesk/selfservice/self_service.h"
#include "modules/servicedesk/selfservice/survey_link.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

json::object words_json(const Words& words) {
    return {{"da", words.da}, {"en", text_json(words.en)}};
}

// 409, with what is known: say "me too", or send it again with the numbers in `seen`.
Response known_answer(Context& context, const std::vector<StandingNotice>& known) {
    Response response =
        problem(make_error(ErrorCode::conflict, "servicedesk.report.known"), context.language, "");
    json::object body = json::parse(response.body).as_object();
    json::array list;
    for (const StandingNotice& one : known)
        list.push_back({{"number", one.number},
                        {"system", one.system},
                        {"severity", one.severity},
                        {"title", words_json(one.title)},
                        {"text", words_json(one.text)},
                        {"advice", words_json(one.advice)},
                        {"starts_at", iso_utc(one.starts_at)},
                        {"next_at", time_json(one.next_at)}});
    body["known"] = std::move(list);
    response.body = json::serialize(body) + "\n";
    return response;
}

Result<Response> own_answer(Context& context, std::string_view number, int status) {
    KL_TRY(const ReadCase read, read_own_case(context, number));
    Response response = json_answer(status, own_case_json(context, read));
    response.etag = version_tag(read.item.version);
    return response;
}

}  // namespace

Result<Response> get_my_cases(const Request&, Context& context) {
    KL_TRY(const auto items, own_cases(context));
    KL_TRY(const auto affected, affected_by(context.db(), context.account.name));
    json::array cases, notices;
    for (const CaseItem& item : items) cases.push_back(own_item_json(context, item));
    for (const AffectedBy& one : affected)
        notices.push_back({{"notice", one.notice},
                           {"title", words_json(one.title)},
                           {"open", one.open},
                           {"at", iso_utc(one.at)}});
    return json_answer(200, {{"items", std::move(cases)}, {"affected", std::move(notices)}});
}

Result<Response> get_my_case(const Request& request, Context& context) {
    return own_answer(context, request.param("number"), 200);
}

Result<Response> post_my_case(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const auto reported = report_problem(context, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(reported);
    if (!reported->known.empty()) return known_answer(context, reported->known);
    KL_TRY(Response response, own_answer(context, reported->number, 201));
    response.headers.emplace_back("Location", "/api/v1/my/cases/" + reported->number);
    return response;
}

Result<Response> post_my_case_verb(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const Result<void> done =
        run_own_command(context, request.param("number"), request.param("verb"), body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(done);
    return own_answer(context, request.param("number"), 200);
}

Result<Response> post_me_too(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"notice"});
    const auto notice = body.text("notice", {80, JsonBody::Need::required});
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(say_me_too(context, *notice));
    KL_TRY(const auto affected, count_affected(context.db(), *notice));
    return json_answer(200, {{"notice", *notice}, {"affected", affected}});
}

std::vector<Route> self_service_routes() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    return {
        {"GET", "/hospitals", P::figures, R::reader, S::page, get_hospitals_page},
        {"GET", "/hospitals/{hospital}", P::figures, R::reader, S::page, get_hospital_page},
        {"GET", "/report-problem", P::own_cases, R::reader, S::page, get_report_page},
        {"POST", "/report-problem", P::own_cases, R::writer, S::page, post_report_form},
        {"GET", "/survey/{token}", P::open, R::reader, S::page, get_survey_page},
        {"POST", "/survey/{token}", P::open, R::writer, S::page, post_survey_form, kBodyBytesUsual,
         Route::Proof::handler},
        {"GET", "/my", P::own_cases, R::reader, S::page, get_my_page},
        {"GET", "/my/{number}", P::own_cases, R::reader, S::page, get_my_case_page},
        {"POST", "/my/{number}", P::own_cases, R::writer, S::page, post_my_case_form},
        {"GET", "/api/v1/my/cases", P::own_cases, R::reader, S::api, get_my_cases},
        {"POST", "/api/v1/my/cases", P::own_cases, R::writer, S::api, post_my_case},
        {"GET", "/api/v1/my/cases/{number}", P::own_cases, R::reader, S::api, get_my_case},
        {"POST", "/api/v1/my/cases/{number}/{verb}", P::own_cases, R::writer, S::api,
         post_my_case_verb},
        {"POST", "/api/v1/my/affected", P::own_cases, R::writer, S::api, post_me_too},
    };
}

}  // namespace klarsyn::servicedesk
