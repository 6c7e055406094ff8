#include "apps/klarsyn/progress.h"

namespace klarsyn {

ProgressLine::ProgressLine(CommandOutput& output, Show show, Language language)
    : output_(output), show_(show), language_(language), started_(Time::now()) {}

ProgressLine::~ProgressLine() {
    if (visible_) output_.err("\r\x1b[K");
}

void ProgressLine::tell(std::string_view what, std::int64_t done, std::int64_t total) {
    if (show_ == Show::nothing) return;
    const auto now = Time::now();
    if (what != what_) {
        what_ = std::string(what);
        started_ = now;
    } else if (visible_ && now - shown_ < std::chrono::milliseconds(200)) {
        return;
    }
    shown_ = now;
    visible_ = true;
    std::string line = "\r\x1b[K" + what_;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    if (total > 0) {
        line += "  " + format_integer(done, language_) + " / " + format_integer(total, language_);
        if (seconds > 0.5 && done > 0) {
            const double rate = static_cast<double>(done) / seconds;
            const auto left = static_cast<std::int64_t>(static_cast<double>(total - done) / rate + 0.5);
            line += "  " + text(language_, "cli.progress",
                                {{"rate", format_integer(static_cast<std::int64_t>(rate), language_)},
                                 {"left", format_duration(left)}});
        }
    }
    output_.err(line);
}

}  // namespace klarsyn
