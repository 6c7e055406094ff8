// fhir: asks a FHIR R4 server what it can do, and reads one resource.
//
// Settings: base ("https://fhir.example/r4"; http:// is allowed), read ("Patient/klarsyn-test", a
// synthetic one; without it only the capability statement is asked for), token_secret (a bearer
// token), ca_file.
// Steps: metadata, read.
#include <boost/json.hpp>

#include <algorithm>

#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"
#include "protocols/http_client.h"

namespace klarsyn {
namespace {

constexpr std::size_t kAnswerBytesMax = std::size_t{16} << 20;  // real statements are megabytes

struct FhirSettings {
    std::string base, type, id, token_secret, ca_file;
};

bool plain_id(std::string_view text) {  // FHIR R4, id
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    });
}

Result<FhirSettings> read_fhir(const boost::json::object& settings) {
    Fields fields(settings);
    FhirSettings fhir;
    fhir.base = fields.text("base");
    while (fhir.base.ends_with('/')) fhir.base.pop_back();
    const bool http = fhir.base.starts_with("https://") || fhir.base.starts_with("http://");
    if (!http || fhir.base.find_first_of("?# ") != std::string::npos)
        fields.fault("base", "checks.address.http");
    const std::string read = fields.text("read", "");
    const auto slash = read.find('/');
    if (!read.empty()) {
        fhir.type = read.substr(0, slash);
        fhir.id = slash == std::string::npos ? "" : read.substr(slash + 1);
        if (!plain_id(fhir.type) || !plain_id(fhir.id)) fields.fault("read", "checks.fhir.read");
    }
    fhir.token_secret = fields.text("token_secret", "");
    fhir.ca_file = fields.text("ca_file", "");
    KL_CHECK(fields.finish());
    return fhir;
}

Result<void> complete_fhir(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_fhir(settings));
    return {};
}

std::string_view text_of(const boost::json::object& resource, std::string_view name) {
    const auto* value = resource.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

class FhirServer {
public:
    FhirServer(const FhirSettings& fhir, std::string token, const Deadline& deadline)
        : fhir_(fhir), token_(std::move(token)), deadline_(deadline) {}

    Tried<boost::json::object> get(const std::string& path) const {
        HttpFetch wanted;
        wanted.url = fhir_.base + path;
        wanted.headers = {{"Accept", "application/fhir+json"}};
        if (!token_.empty()) wanted.headers.emplace_back("Authorization", "Bearer " + token_);
        wanted.timeout_seconds = whole_seconds(deadline_);
        wanted.answer_bytes_max = kAnswerBytesMax;
        wanted.plain = HttpFetch::Plain::allowed;
        wanted.ca_file = fhir_.ca_file;
        const auto answer = fetch(wanted);
        if (deadline_.passed())
            return CheckFault{CheckOutcome::kTimeout, "no answer within the time limit"};
        if (!answer.ok()) return failed(describe_fetch(answer.error()));
        if (answer->status != 200) return failed("HTTP " + std::to_string(answer->status));
        boost::system::error_code bad;
        auto value = boost::json::parse(answer->body, bad);
        if (bad || !value.is_object()) return failed("the answer is no JSON object");
        return std::move(value.get_object());
    }

private:
    static CheckFault failed(std::string reason) {
        return {CheckOutcome::kFailed, std::move(reason)};
    }
    // libcurl's own words; where it gave none, the key.
    static std::string describe_fetch(const Error& error) {
        for (const auto& [name, value] : error.args)
            if (name == "reason") return value;
        return "no answer";
    }

    const FhirSettings& fhir_;
    std::string token_;
    const Deadline& deadline_;
};

CheckAnswer at_step(const char* step, const CheckFault& fault) {
    return answer_of({fault.outcome, std::string(step) + ": " + fault.reason});
}

CheckAnswer ask(const FhirServer& server, const FhirSettings& fhir, const Deadline& deadline,
                Steps& steps) {
    const auto statement = server.get("/metadata");
    if (!statement.ok()) return at_step("metadata", statement.fault());
    if (text_of(*statement, "resourceType") != "CapabilityStatement")
        return check_failed("metadata: no CapabilityStatement");
    if (!text_of(*statement, "fhirVersion").starts_with("4.0."))
        return check_failed("metadata: not FHIR R4");
    steps.done("metadata");
    if (fhir.type.empty()) return answer_ok(deadline);
    const auto resource = server.get("/" + fhir.type + "/" + fhir.id);
    if (!resource.ok()) return at_step("read", resource.fault());
    if (text_of(*resource, "resourceType") != fhir.type)
        return check_failed("read: not a resource of this type");
    if (text_of(*resource, "id") != fhir.id) return check_failed("read: another resource");
    steps.done("read");
    return answer_ok(deadline);
}

CheckAnswer run_fhir(const CheckTask& task) {
    const auto fhir = read_fhir(task.settings);
    if (!fhir.ok()) return check_unable(fhir.error());
    std::string token;
    if (!fhir->token_secret.empty()) {
        const auto secret = secret_of(task, fhir->token_secret);
        if (!secret.ok()) return answer_of(secret.fault());
        token = *secret;
    }
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    const FhirServer server(*fhir, std::move(token), deadline);
    return steps.in(ask(server, *fhir, deadline, steps), "reading an answer");
}

}  // namespace

const CheckProtocol kFhirCheck{"fhir", complete_fhir, run_fhir};

}  // namespace klarsyn
