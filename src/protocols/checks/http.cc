// http: one request, or several steps as one person's browser would make them, each with what its
// answer must be. Cookies live from step to step; the time is that of all steps. Settings:
//   ca_file   PEM on the probe's machine; default: the authorities of the system
//   steps     a list of steps; or the fields of a single step beside ca_file
// A step:
//   name, url       url needed: http:// or https://
//   method          GET (POST where there is a body or a form)
//   headers         a table;  body: a text;  form: a table, sent url-encoded
//   user, password_secret   basic authentication
//   status          a list of numbers, default [200]
//   contains, lacks what the body must hold, and must not
//   header          a table: name -> text that the header's value must hold
//   json            a table: JSON pointer -> value as text ("/state" = "up")
//   follow          none (default), same_host, any_host: redirects, at most five, never to another
//                   scheme; to another host without headers and body
//   save            a table: name -> "before|after": what stands between in the body
//   body_bytes_max  4194304
// {name} in url, headers, body and form is what was saved; {secret:NAME} is a secret.
#include "protocols/checks/http_step.h"

#include "protocols/checks/basic.h"

namespace klarsyn {
namespace {

constexpr std::size_t kStepsMax = 50;

Result<std::vector<HttpStep>> read_http(const boost::json::object& settings, std::string& ca_file) {
    std::vector<HttpStep> steps;
    Fields fields(settings);
    ca_file = fields.text("ca_file", "");
    if (!fields.has("steps")) {
        KL_TRY(HttpStep step, read_http_step(fields));
        steps.push_back(std::move(step));
        return steps;
    }
    const auto list = fields.objects("steps");
    if (list.empty() || list.size() > kStepsMax) fields.fault("steps", "checks.field.objects");
    KL_CHECK(fields.finish());
    for (const auto* one : list) {
        Fields inner(*one, "steps[" + std::to_string(steps.size()) + "].");
        KL_TRY(HttpStep step, read_http_step(inner));
        if (step.name.empty()) step.name = "step " + std::to_string(steps.size() + 1);
        steps.push_back(std::move(step));
    }
    return steps;
}

Result<void> complete_http(const boost::json::object& settings) {
    std::string ca_file;
    KL_TRY([[maybe_unused]] const auto steps, read_http(settings, ca_file));
    return {};
}

CheckAnswer run_http(const CheckTask& task) {
    std::string ca_file;
    const auto steps = read_http(task.settings, ca_file);
    if (!steps.ok()) return check_unable(steps.error());
    const Deadline deadline(task.time_limit);
    HttpTalk talk(task, ca_file, deadline);
    std::vector<CheckStep> times;
    for (const HttpStep& step : *steps) {
        const std::int64_t before = deadline.elapsed_ms();
        const auto done = talk.run(step);
        if (steps->size() > 1) times.push_back({step.name, deadline.elapsed_ms() - before});
        if (done.ok()) continue;
        CheckFault fault = done.fault();
        if (!step.name.empty()) fault.reason = step.name + ": " + fault.reason;
        CheckAnswer answer = answer_of(fault);
        answer.steps = std::move(times);
        return answer;
    }
    CheckAnswer answer = answer_ok(deadline);
    answer.steps = std::move(times);
    return answer;
}

}  // namespace

const CheckProtocol kHttpCheck{"http", complete_http, run_http};

}  // namespace klarsyn
