// Delivers what a probe has kept: numbered batches, one at a time, until the server has each once.
// A step asks the server at most once and says how long to wait before the next. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "protocols/http_client.h"
#include "protocols/probe/local_store.h"

namespace klarsyn {

// How to reach the server, the same for all of a probe's questions.
struct ServerAccess {
    std::string url;    // "https://klarsyn.region.example"; plain http only to this machine
    std::string token;  // of an account with the role probe
    std::string ca_file;
};
using Fetch = std::function<Result<HttpAnswer>(const HttpFetch&)>;
HttpFetch ask(const ServerAccess& server, std::string_view path);

// Growing pauses after failures, with jitter, so that many machines do not return in one moment.
class BackOff {
public:
    BackOff(double first_s, double most_s, std::uint64_t seed)
        : random_(seed), first_s_(first_s), most_s_(most_s) {}
    double next();  // seconds: somewhere in the upper half of first * 2^failures, at most `most`
    double spread(double seconds) { return random_.uniform(0, seconds); }
    void reset() { failures_ = 0; }

private:
    Random random_;
    double first_s_, most_s_;
    int failures_ = 0;
};

struct DeliverySettings {
    ServerAccess server;
    std::string agent;
    std::string machine;  // JSON object about the machine, or empty
    std::int64_t batch_most = 1000;
    std::string path = "/api/v1/probes";
    std::string list = "results";  // what the batch calls them
};

struct DeliveryStep {
    enum class State { idle, delivered, failed } state = State::idle;
    double wait_s = 0;                  // after a failure
    std::vector<std::string> messages;  // English, technical: what operations staff must know
};

class Delivery {
public:
    Delivery(LocalStore& store, DeliverySettings settings, Fetch fetch, std::uint64_t seed)
        : store_(store),
          settings_(std::move(settings)),
          fetch_(std::move(fetch)),
          back_off_(1, 300, seed) {}

    DeliveryStep step();

private:
    DeliveryStep later(std::string why, int retry_after_s = 0);
    DeliveryStep judge(const LocalStore::Batch& batch, const HttpAnswer& answer);
    Result<std::string> body_of(const LocalStore::Batch& batch);

    LocalStore& store_;
    DeliverySettings settings_;
    Fetch fetch_;
    BackOff back_off_;
};

}  // namespace klarsyn
