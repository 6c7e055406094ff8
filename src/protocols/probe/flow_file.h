// Follows a log of HL7 messages (hl7-log) that is being written: complete lines are kept, without
// anything of patients, together with how far was read, in one transaction: a kill anywhere loses
// and doubles nothing. Rotation by renaming and by copying and truncating is understood: a file is
// known by its first bytes, wherever it lies beside the log. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "protocols/probe/local_store.h"
#include "protocols/probe/plan.h"

namespace klarsyn {

// What the store keeps of an event: {"line":"...","zone":"..."}, without zone where the time tells.
std::string flow_event_json(const std::string& line, const std::string& zone);

class FlowFile {
public:
    explicit FlowFile(FlowRule rule) : rule_(std::move(rule)) {}

    // Keeps at most some thousand lines; whether there may be more at once. unavailable: the store.
    // A log that is missing is no error: it may be under rotation, or not begun.
    Result<bool> step(LocalStore& store, UtcSecond now);
    bool missing() const { return missing_; }  // at the last step
    const std::string& path() const { return rule_.file; }

private:
    struct Position {
        std::int64_t head_size = 0, bytes = 0;
        std::string head_sha256;
        bool skipping = false;  // within a line that is too long to be one
    };
    Result<std::optional<Position>> recall(LocalStore& store) const;
    Result<bool> read(LocalStore& store, const std::string& file, Position position, UtcSecond now);
    Result<bool> read_rotated(LocalStore& store, const Position& position, UtcSecond now);

    FlowRule rule_;
    bool missing_ = false;
};

}  // namespace klarsyn
