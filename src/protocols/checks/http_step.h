// One step of an HTTP check and the conversation that runs it. For http.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocols/checks/net.h"
#include "protocols/curl_handle.h"

namespace klarsyn {

struct HttpStep {
    enum class Follow { none, same_host, any_host };
    std::string name, method, url, body, user, password_secret, contains, lacks;
    std::map<std::string, std::string> headers, form, header, json, save;
    std::vector<std::int64_t> status = {200};
    Follow follow = Follow::none;
    std::size_t body_bytes_max = 0;
};

Result<HttpStep> read_http_step(Fields& fields);

// Keeps cookies and what was saved. One thread.
class HttpTalk {
public:
    HttpTalk(const CheckTask& task, std::string ca_file, const Deadline& deadline);
    Tried<bool> run(const HttpStep& step);

private:
    struct Exchange {
        std::string url, method, body;
        std::vector<std::string> headers;
        bool post = false;
    };
    struct Answer {
        long status = 0;
        std::string body, redirect;
        std::map<std::string, std::string> headers;  // names in lower case
    };
    Tried<std::string> filled(const std::string& text) const;
    Tried<Exchange> exchange_of(const HttpStep& step) const;
    Tried<Answer> exchange(const HttpStep& step, const Exchange& wanted);
    Tried<bool> judge(const HttpStep& step, const Answer& answer);

    const CheckTask& task_;
    std::string ca_file_;
    const Deadline& deadline_;
    CurlHandle curl_;
    std::map<std::string, std::string> saved_;
};

}  // namespace klarsyn
