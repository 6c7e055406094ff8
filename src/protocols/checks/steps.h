// The steps of a check, timed as it goes; header only. One thread; the deadline must outlive it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "protocols/checks/net.h"

namespace klarsyn {

class Steps {
public:
    explicit Steps(const Deadline& deadline)
        : deadline_(deadline), before_(deadline.elapsed_ms()) {}

    // The step that ends now; it began where the one before ended.
    void done(std::string name) {
        const std::int64_t now = deadline_.elapsed_ms();
        list_.push_back({std::move(name), now - before_});
        before_ = now;
    }
    // With the steps so far. What is right too late is no answer: kOk becomes kTimeout then.
    CheckAnswer in(CheckAnswer answer, std::string_view during) const {
        if (answer.outcome == CheckOutcome::kOk && deadline_.passed())
            answer = check_timed_out(during);
        answer.steps = list_;
        return answer;
    }

private:
    const Deadline& deadline_;
    std::int64_t before_;
    std::vector<CheckStep> list_;
};

// For libraries that count in seconds: what is left, rounded up, at least one.
inline int whole_seconds(const Deadline& deadline) {
    return static_cast<int>(deadline.left().count() / 1000) + 1;
}

}  // namespace klarsyn
