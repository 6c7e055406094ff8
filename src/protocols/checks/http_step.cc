#include "protocols/checks/http_step.h"

#include <boost/json.hpp>

#include <algorithm>

#include "core/text.h"
#include "protocols/http_client.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr int kRedirectsMax = 5;
constexpr std::size_t kHeadersBytesMax = 262'144;
constexpr std::int64_t kBodyMost = 64 << 20;

CheckFault wrong(std::string reason) { return {CheckOutcome::kFailed, std::move(reason)}; }

std::string scheme_of(std::string_view url) {
    return fold(url.substr(0, std::min(url.find(':'), url.size())));
}

bool is_web_url(std::string_view url) {
    const std::string scheme = scheme_of(url);
    return (scheme == "http" || scheme == "https") && !host_of_url(url).empty();
}

std::string url_encoded(CURL* curl, const std::string& text) {
    char* encoded = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
    std::string result = encoded != nullptr ? encoded : "";
    curl_free(encoded);
    return result;
}

struct HeaderLines {
    std::map<std::string, std::string> lines;
    std::size_t bytes = 0;
};

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
    auto& headers = *static_cast<HeaderLines*>(into);
    const std::string_view line(data, size * count);
    headers.bytes += line.size();
    if (headers.bytes > kHeadersBytesMax) return 0;
    if (line.starts_with("HTTP/")) headers.lines.clear();  // of the answer before
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() &&
               (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
            value.remove_suffix(1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        auto& kept = headers.lines[fold(line.substr(0, colon))];
        kept += (kept.empty() ? "" : ", ") + std::string(value);
    }
    return line.size();
}

std::string json_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

Tried<bool> judge_json(const std::map<std::string, std::string>& wanted, const std::string& body) {
    if (wanted.empty()) return true;
    boost::system::error_code failed;
    const json::value parsed = json::parse(body, failed);
    if (failed) return wrong("the answer is no JSON");
    for (const auto& [pointer, expected] : wanted) {
        boost::system::error_code missing;
        const json::value* found = parsed.find_pointer(pointer, missing);
        if (found == nullptr || missing) return wrong("the answer has no " + pointer);
        if (json_text(*found) != expected) return wrong(pointer + " is not " + expected);
    }
    return true;
}

}  // namespace

Result<HttpStep> read_http_step(Fields& fields) {
    HttpStep step;
    step.name = fields.text("name", "");
    step.url = fields.text("url");
    if (!is_web_url(step.url)) fields.fault("url", "checks.field.url");
    step.method = fields.word("method", {"", "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH"});
    step.headers = fields.table("headers");
    step.body = fields.text("body", "");
    step.form = fields.table("form");
    step.user = fields.text("user", "");
    step.password_secret = fields.text("password_secret", "");
    if (fields.has("status")) step.status = fields.numbers("status", 100, 599);
    step.contains = fields.text("contains", "");
    step.lacks = fields.text("lacks", "");
    step.header = fields.table("header");
    step.json = fields.table("json");
    step.save = fields.table("save");
    for (const auto& [name, marks] : step.save)
        if (marks.find('|') == std::string::npos) fields.fault("save", "checks.field.save");
    const std::string follow = fields.word("follow", {"none", "same_host", "any_host"});
    if (follow == "same_host") step.follow = HttpStep::Follow::same_host;
    if (follow == "any_host") step.follow = HttpStep::Follow::any_host;
    step.body_bytes_max = static_cast<std::size_t>(
        fields.number("body_bytes_max", 1, kBodyMost, std::int64_t{4} << 20));
    KL_CHECK(fields.finish());
    return step;
}

HttpTalk::HttpTalk(const CheckTask& task, std::string ca_file, const Deadline& deadline)
    : task_(task), ca_file_(std::move(ca_file)), deadline_(deadline), curl_(open_curl()) {
    if (curl_) curl_easy_setopt(curl_.get(), CURLOPT_COOKIEFILE, "");  // keeps them, in memory
}

Tried<std::string> HttpTalk::filled(const std::string& text) const {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find('{', at);
        const auto close = text.find('}', std::min(open, text.size()));
        if (close == std::string::npos) return result + text.substr(at);
        result += text.substr(at, open - at);
        const std::string name = text.substr(open + 1, close - open - 1);
        at = close + 1;
        if (name.starts_with("secret:")) {
            const auto secret = secret_of(task_, name.substr(7));
            if (!secret.ok()) return secret.fault();
            result += *secret;
        } else if (const auto known = saved_.find(name); known != saved_.end()) {
            result += known->second;
        } else {
            result += text.substr(open, at - open);  // braces of its own, as in JSON
        }
    }
    return result;
}

Tried<HttpTalk::Exchange> HttpTalk::exchange_of(const HttpStep& step) const {
    Exchange wanted;
    auto url = filled(step.url);
    if (!url.ok()) return url.fault();
    wanted.url = *url;
    if (!is_web_url(wanted.url)) return wrong("the address became unusable");
    auto body = filled(step.body);
    if (!body.ok()) return body.fault();
    wanted.body = *body;
    for (const auto& [name, value] : step.form) {
        const auto text = filled(value);
        if (!text.ok()) return text.fault();
        wanted.body += (wanted.body.empty() ? "" : "&") + url_encoded(curl_.get(), name) + '=' +
                       url_encoded(curl_.get(), *text);
    }
    for (const auto& [name, value] : step.headers) {
        const auto text = filled(value);
        if (!text.ok()) return text.fault();
        if (text->find_first_of("\r\n") != std::string::npos)
            return wrong("a header would hold a line break");
        wanted.headers.push_back(name + ": " + *text);
    }
    wanted.post = !wanted.body.empty();
    wanted.method = step.method.empty() ? (wanted.post ? "POST" : "GET") : step.method;
    return wanted;
}

Tried<HttpTalk::Answer> HttpTalk::exchange(const HttpStep& step, const Exchange& wanted) {
    CURL* curl = curl_.get();
    curl_easy_setopt(curl, CURLOPT_URL, wanted.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "klarsyn-probe");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(1, deadline_.poll_ms())));
    if (!ca_file_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
    CurlList headers(nullptr, curl_slist_free_all);
    for (const std::string& line : wanted.headers) append(headers, line);
    append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(curl, CURLOPT_NOBODY, wanted.method == "HEAD" ? 1L : 0L);
    if (wanted.post) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(wanted.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, wanted.body.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, wanted.method.c_str());
    Collected body{{}, step.body_bytes_max, false};
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    HeaderLines lines;
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &lines);
    const CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return CheckFault{CheckOutcome::kTimeout, "no answer within the time limit"};
    if (body.too_much)
        return wrong("the answer is larger than " + std::to_string(step.body_bytes_max) + " bytes");
    if (code != CURLE_OK) return wrong(curl_easy_strerror(code));
    Answer answer;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    char* redirect = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
    if (redirect != nullptr) answer.redirect = redirect;
    answer.body = std::move(body.bytes);
    answer.headers = std::move(lines.lines);
    return answer;
}

Tried<bool> HttpTalk::judge(const HttpStep& step, const Answer& answer) {
    if (std::find(step.status.begin(), step.status.end(), answer.status) == step.status.end())
        return wrong("the status is " + std::to_string(answer.status));
    if (!step.contains.empty() && answer.body.find(step.contains) == std::string::npos)
        return wrong("the answer lacks the expected text");
    if (!step.lacks.empty() && answer.body.find(step.lacks) != std::string::npos)
        return wrong("the answer holds a text that must not be there");
    for (const auto& [name, expected] : step.header) {
        const auto found = answer.headers.find(fold(name));
        if (found == answer.headers.end()) return wrong("the header " + name + " is missing");
        if (found->second.find(expected) == std::string::npos)
            return wrong("the header " + name + " lacks the expected text");
    }
    for (const auto& [name, marks] : step.save) {
        const auto bar = marks.find('|');
        const std::string before = marks.substr(0, bar), after = marks.substr(bar + 1);
        const auto from = answer.body.find(before);
        const auto to =
            from == std::string::npos ? from : answer.body.find(after, from + before.size());
        if (to == std::string::npos) return wrong("the answer has nothing to save as " + name);
        saved_[name] = answer.body.substr(from + before.size(), to - from - before.size());
    }
    return judge_json(step.json, answer.body);
}

Tried<bool> HttpTalk::run(const HttpStep& step) {
    if (!curl_) return CheckFault{CheckOutcome::kUnable, "libcurl cannot be started"};
    auto wanted = exchange_of(step);
    if (!wanted.ok()) return wanted.fault();
    std::string password;
    if (!step.password_secret.empty()) {
        const auto secret = secret_of(task_, step.password_secret);
        if (!secret.ok()) return secret.fault();
        password = *secret;
    }
    for (int redirects = 0;; ++redirects) {
        const bool home = host_of_url(wanted->url) == host_of_url(step.url);
        const bool login = !step.user.empty() && home;
        curl_easy_setopt(curl_.get(), CURLOPT_USERNAME, login ? step.user.c_str() : nullptr);
        curl_easy_setopt(curl_.get(), CURLOPT_PASSWORD, login ? password.c_str() : nullptr);
        const auto answer = exchange(step, *wanted);
        if (!answer.ok()) return answer.fault();
        if (answer->redirect.empty() || step.follow == HttpStep::Follow::none)
            return judge(step, *answer);
        if (redirects == kRedirectsMax) return wrong("more than five redirects");
        if (scheme_of(answer->redirect) != scheme_of(wanted->url))
            return wrong("a redirect to another scheme");
        const bool other_host = host_of_url(answer->redirect) != host_of_url(wanted->url);
        if (other_host && step.follow == HttpStep::Follow::same_host)
            return wrong("a redirect to another host");
        if (other_host) wanted->headers.clear();
        if (other_host || (answer->status != 307 && answer->status != 308)) {
            wanted->method = wanted->method == "HEAD" ? "HEAD" : "GET";
            wanted->body.clear();
            wanted->post = false;
        }
        wanted->url = answer->redirect;
    }
}

}  // namespace klarsyn
