#include "protocols/mllp_tap.h"

#include <utility>

namespace klarsyn {
namespace {

constexpr char kBegin = '\x0b';
constexpr char kEnd = '\x1c';

}  // namespace

void MllpTap::begin() {
    if (state_ != State::between) ++cut_;
    state_ = State::segment;
    message_bytes_ = 0;
    segment_.clear();
    header_.clear();
    too_long_ = false;
    first_ = true;
    acknowledged_ = false;
}

void MllpTap::end_segment() {
    if (segment_.empty() && !too_long_) return;  // LF behind CR
    const bool header = first_ && segment_.starts_with("MSH");
    const bool answer =
        !first_ && !header_.empty() && !acknowledged_ && segment_.starts_with("MSA");
    if ((header || answer) && !too_long_) {
        header_ += segment_;
        header_ += '\r';
        acknowledged_ = acknowledged_ || answer;
    }
    first_ = false;
    segment_.clear();
    too_long_ = false;
}

void MllpTap::take(std::string_view bytes, Headers& headers) {
    for (const char c : bytes) {
        if (c == kBegin) {  // never part of a message
            begin();
            continue;
        }
        if (state_ == State::between) {
            if (c != '\r' && c != '\n' && c != ' ') ++stray_bytes_;
            continue;
        }
        ++message_bytes_;
        if (state_ == State::end_mark && c == '\r') {
            end_segment();
            headers.push_back(std::exchange(header_, {}));
            state_ = State::between;
            message_bytes_ = 0;
            continue;
        }
        state_ = c == kEnd ? State::end_mark : State::segment;
        if (c == '\r' || c == '\n') {
            end_segment();
        } else if (c != kEnd) {
            // Only what may be kept is gathered; of others three letters.
            const bool wanted =
                segment_.size() < 3 || segment_.starts_with("MSH") || segment_.starts_with("MSA");
            if (segment_.size() >= kSegmentMost)
                too_long_ = true;
            else if (wanted)
                segment_ += c;
        }
    }
}

}  // namespace klarsyn
