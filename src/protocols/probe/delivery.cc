#include "protocols/probe/delivery.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

std::string joined(const std::vector<std::string>& bodies) {
    std::string all;
    for (const std::string& body : bodies) all += (all.empty() ? "" : ",") + body;
    return all;
}

// What the server says of single results: those are its last word, the rest is kept.
std::vector<std::string> rejected_messages(const std::string& body) {
    std::vector<std::string> list;
    boost::system::error_code failed;
    const json::value parsed = json::parse(body, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    const json::value* rejected = object != nullptr ? object->if_contains("rejected") : nullptr;
    if (rejected == nullptr || !rejected->is_array()) return list;
    for (const json::value& one : rejected->get_array()) {
        if (list.size() == 10) break;
        list.push_back("the server refuses a measurement: " + short_reason(json::serialize(one)));
    }
    return list;
}

// Whether the fault is one of the batch as such, which would meet each of its rows.
bool of_the_whole(const std::string& problem) {
    for (const char* field : {"agent", "epoch", "batch"})
        if (problem.find(std::string("\"field\":\"") + field + '"') != std::string::npos)
            return true;
    return false;
}

}  // namespace

HttpFetch ask(const ServerAccess& server, std::string_view path) {
    HttpFetch fetch;
    fetch.url = server.url;
    while (fetch.url.ends_with('/')) fetch.url.pop_back();
    fetch.url += path;
    fetch.headers = {{"Authorization", "Bearer " + server.token}, {"Accept", "application/json"}};
    fetch.timeout_seconds = 30;
    fetch.answer_bytes_max = std::size_t{8} << 20;
    fetch.ca_file = server.ca_file;
    if (is_loopback_url(fetch.url)) fetch.plain = HttpFetch::Plain::allowed;
    return fetch;
}

double BackOff::next() {
    const double most = std::min(most_s_, first_s_ * std::pow(2.0, failures_));
    failures_ = std::min(failures_ + 1, 30);
    return random_.uniform(most / 2, most);
}

DeliveryStep Delivery::later(std::string why, int retry_after_s) {
    DeliveryStep step;
    step.state = DeliveryStep::State::failed;
    step.wait_s = back_off_.next();
    // Told when to come again: then, and a little later.
    if (retry_after_s > 0) step.wait_s = retry_after_s + back_off_.spread(retry_after_s / 2.0 + 1);
    step.messages.push_back(std::move(why));
    return step;
}

Result<std::string> Delivery::body_of(const LocalStore::Batch& batch) {
    KL_TRY(const auto counts, store_.counts());
    std::string body = "{\"agent\":" + json::serialize(json::value(settings_.agent)) +
                       ",\"epoch\":\"" + batch.epoch +
                       "\",\"batch\":" + std::to_string(batch.number) +
                       ",\"dropped\":" + std::to_string(counts.dropped + counts.refused);
    if (!settings_.machine.empty()) body += ",\"machine\":" + settings_.machine;
    body += ",\"" + settings_.list + "\":[" + joined(batch.results) + "]";
    if (!batch.unable.empty()) body += ",\"unable\":[" + joined(batch.unable) + "]";
    return body + "}";
}

DeliveryStep Delivery::judge(const LocalStore::Batch& batch, const HttpAnswer& answer) {
    DeliveryStep step;
    step.state = DeliveryStep::State::delivered;
    const auto failed = [&](const Result<void>& done) {
        return later("the local store: " + describe(done.error(), Language::en));
    };
    switch (answer.status) {
        case 200:
        case 202:
            step.messages = rejected_messages(answer.body);
            if (const auto done = store_.delivered(batch.number); !done.ok()) return failed(done);
            back_off_.reset();
            return step;
        case 409:
            if (const auto done = store_.begin_epoch(); !done.ok()) return failed(done);
            step.messages.push_back("the server knows batch " + std::to_string(batch.number) +
                                    " with other content; begun again under a new number");
            return step;
        case 400:
        case 413:
        case 422: {
            if (of_the_whole(answer.body))
                return later("the server refuses the batch: " + short_reason(answer.body));
            if (const auto done = store_.refused(batch.number); !done.ok()) return failed(done);
            const std::size_t size = batch.results.size() + batch.unable.size();
            if (size == 1)
                step.messages.push_back("the server refuses a measurement, which is put aside: " +
                                        short_reason(answer.body));
            return step;
        }
        case 403: return later("the server refuses: " + short_reason(answer.body));
        default: break;
    }
    return later("the server answers with status " + std::to_string(answer.status),
                 answer.retry_after_seconds);
}

DeliveryStep Delivery::step() {
    const auto batch = store_.next_batch(settings_.batch_most);
    if (!batch.ok()) return later("the local store: " + describe(batch.error(), Language::en));
    if (!*batch) return {};
    const auto body = body_of(**batch);
    if (!body.ok()) return later("the local store: " + describe(body.error(), Language::en));
    HttpFetch fetch = ask(settings_.server, settings_.path);
    fetch.method = "POST";
    fetch.headers.emplace_back("Content-Type", "application/json");
    fetch.body = *body;
    const auto answer = fetch_(fetch);
    if (!answer.ok()) return later(describe(answer.error(), Language::en));
    return judge(**batch, *answer);
}

}  // namespace klarsyn
