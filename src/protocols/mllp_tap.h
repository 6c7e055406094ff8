// Reads along on a connection that carries HL7 messages framed by MLLP, and keeps of each message
// its MSH and MSA segments alone: what is said of patients is passed over byte by byte and never
// kept. Needs some kilobytes, whatever the other side sends. Never fails; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

class MllpTap {
public:
    static constexpr std::size_t kSegmentMost = 4096;  // a longer MSH or MSA is not kept

    // The message that ended: "MSH|...\r", with "MSA|...\r" behind it where it has one. Empty: its
    // first segment is no MSH, or too long.
    using Headers = std::vector<std::string>;

    // What has come since; appends to `headers` one for each message that ended therein.
    void take(std::string_view bytes, Headers& headers);

    bool inside() const { return state_ != State::between; }
    std::uint64_t message_bytes() const { return message_bytes_; }  // of the one under way
    std::uint64_t stray_bytes() const { return stray_bytes_; }      // outside frames, in all
    std::uint64_t cut_messages() const { return cut_; }  // another began before they ended

private:
    enum class State { between, segment, end_mark };
    void begin();
    void end_segment();

    State state_ = State::between;
    std::uint64_t message_bytes_ = 0, stray_bytes_ = 0, cut_ = 0;
    std::string segment_;        // the one under way, its first bytes
    bool too_long_ = false;      // the one under way
    bool first_ = true;          // no segment has ended yet
    bool acknowledged_ = false;  // MSA is kept
    std::string header_;
};

}  // namespace klarsyn
