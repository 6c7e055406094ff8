// One check of a service: what a probe does once per slot. Each protocol is one file of this folder
// and one line of the table in checks.cc. A check runs in a process of its own that is killed soon
// after its time limit, so it may block and may use a library that hangs.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

enum class CheckOutcome {
    kOk,
    kFailed,   // the service answered wrongly, refused, or cannot be reached
    kTimeout,  // no answer within the time limit
    kUnable,   // the probe itself cannot measure (no right, no program): missing, with the reason
};

struct CheckTask {
    boost::json::object settings;                 // of the protocol; each file's head names the fields
    std::map<std::string, std::string> secrets;   // by name; settings only ever name a secret
    std::chrono::milliseconds time_limit{10'000};  // of the whole check
};

// One step of a check with several (a log-on, then a search): told with the measurement, not counted.
struct CheckStep {
    std::string name;
    std::int64_t ms = 0;
};

// A number that the check saw besides its time, e.g. "certificate_days" (days until it expires).
struct CheckReading {
    std::string name;
    std::int64_t value = 0;
};

struct CheckAnswer {
    CheckOutcome outcome = CheckOutcome::kUnable;
    std::int64_t ms = 0;  // whole milliseconds, rounded up; meaningful for kOk alone
    // Why it is not ok, for operations staff: English, technical, at most 300 bytes; never a secret,
    // never a text of the service that may name a patient.
    std::string reason;
    std::vector<CheckStep> steps;
    std::vector<CheckReading> readings;
};

struct CheckProtocol {
    std::string_view name;  // as a probe's file writes it: "http", "dicom-echo"
    // invalid_input naming the field where the settings cannot work; asks no network.
    Result<void> (*complete)(const boost::json::object& settings);
    CheckAnswer (*run)(const CheckTask& task);
};

// Every protocol of this build, in the order in which the documentation lists them.
std::span<const CheckProtocol> check_protocols();
// nullptr where the name is unknown.
const CheckProtocol* find_check_protocol(std::string_view name);

}  // namespace klarsyn
