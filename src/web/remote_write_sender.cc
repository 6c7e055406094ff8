#include "web/remote_write_sender.h"

#include <sodium.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/text.h"

namespace klarsyn {
namespace {

constexpr int kTimeout_s = 10;
constexpr int kRetryAfterMost_s = 600;
constexpr std::size_t kAnswerMost = 64 << 10;

std::string basic(const std::string& user, const std::string& password) {
    const std::string text = user + ":" + password;
    std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                      text.size(), sodium_base64_VARIANT_ORIGINAL);
    out.pop_back();
    return "Basic " + out;
}

HttpFetch request_to(const RemoteWriteSettings& settings, const std::string& body) {
    HttpFetch wanted;
    wanted.method = "POST";
    wanted.url = settings.url;
    wanted.body = body;
    wanted.timeout_seconds = kTimeout_s;
    wanted.answer_bytes_max = kAnswerMost;
    wanted.ca_file = settings.ca_file;
    // Passwords never travel in the clear (parse_gates); figures may, within the house.
    wanted.plain = HttpFetch::Plain::allowed;
    wanted.headers = {{"Content-Type", "application/x-protobuf"},
                      {"Content-Encoding", "snappy"},
                      {"User-Agent", "klarsyn"},
                      {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
    if (!settings.token.empty())
        wanted.headers.emplace_back("Authorization", "Bearer " + settings.token);
    else if (!settings.user.empty())
        wanted.headers.emplace_back("Authorization", basic(settings.user, settings.password));
    return wanted;
}

}  // namespace

void RemoteWriteSender::drop_oldest() {
    const std::int64_t number = queue_.front().number;
    count_("dropped", queue_.front().samples);
    queue_.pop_front();
    keeping_.forget(number);
}

void RemoteWriteSender::resume(std::vector<WaitingRequest> kept, UtcSecond since) {
    for (WaitingRequest& one : kept) {
        last_number_ = std::max(last_number_, one.number);
        queue_.push_back(std::move(one));
    }
    while (!queue_.empty() && (queue_.front().at < since || queue_.size() > limits_.waiting_max))
        drop_oldest();
}

void RemoteWriteSender::add(std::vector<Point> points, std::int64_t time_ms) {
    if (time_ms <= last_ms_) return;
    last_ms_ = time_ms;
    std::map<std::string, Labels> present;
    std::vector<WriteSeries> series;
    std::vector<WaitingRequest> requests;
    const auto pack = [&] {
        const auto samples = static_cast<std::int64_t>(series.size());
        requests.push_back({++last_number_, time_ms / 1000, samples, write_request(series)});
        series.clear();
    };
    const auto take = [&](const Labels& labels, double value) {
        series.push_back({labels, {{value, time_ms}}});
        if (series.size() == limits_.series_of_request) pack();
    };
    for (Point& point : points) {
        if (!check_labels(point.labels).empty()) continue;
        std::string text = series_text("", point.labels);
        if (!present.emplace(text, point.labels).second) continue;
        take(point.labels, point.value);
    }
    for (const auto& [text, labels] : known_)
        if (!present.contains(text)) take(labels, stale_value());
    known_ = std::move(present);
    if (!series.empty()) pack();
    if (requests.empty()) return;
    keeping_.keep(requests);
    queue_.insert(queue_.end(), std::make_move_iterator(requests.begin()),
                  std::make_move_iterator(requests.end()));
    while (queue_.size() > limits_.waiting_max) drop_oldest();
}

void RemoteWriteSender::later(Time now, int retry_after_s, std::string why) {
    const double most = std::min(limits_.pause_most_s,
                                 limits_.pause_first_s * std::pow(2.0, std::min(failures_++, 20)));
    double pause = random_.uniform(most / 2, most);
    if (retry_after_s > 0) pause = std::max(pause, 1.0 * std::min(retry_after_s, kRetryAfterMost_s));
    not_before_ = now + std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(pause));
    trouble_ = std::move(why);
}

bool RemoteWriteSender::step(Time now) {
    if (queue_.empty() || now < not_before_) return false;
    const auto answer = fetch_(request_to(settings_, queue_.front().body));
    if (!answer.ok()) {
        later(now, 0, describe(answer.error(), Language::en));
        return false;
    }
    const int status = answer->status;
    if (status == 429 || status >= 500) {
        later(now, answer->retry_after_seconds, "HTTP " + std::to_string(status));
        return false;
    }
    const bool sent = status >= 200 && status < 300;
    trouble_ = sent ? "" : "HTTP " + std::to_string(status) + ": " + answer->body.substr(0, 200);
    count_(sent ? "sent" : "refused", queue_.front().samples);
    const std::int64_t number = queue_.front().number;
    queue_.pop_front();
    keeping_.forget(number);
    failures_ = 0;
    not_before_ = now;
    return !queue_.empty();
}

}  // namespace klarsyn
