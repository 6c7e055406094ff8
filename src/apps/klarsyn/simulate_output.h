// The directory that a scenario writes: files, progress, and the manifest that imports them. One
// thread. Errors: unavailable, naming the file that cannot be written.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/klarsyn/simulate_scenarios.h"
#include "core/time.h"

namespace klarsyn {

struct YearMonth {
    int year = 0;
    int month = 1;
};

inline Period period_of(YearMonth at) {
    return bucket_of(Bucket::month, day_of({at.year, at.month, 1}));
}

inline std::vector<YearMonth> months_between(YearMonth first, YearMonth last) {
    std::vector<YearMonth> months;
    for (YearMonth at = first; at.year * 12 + at.month <= last.year * 12 + last.month;) {
        months.push_back(at);
        at = at.month == 12 ? YearMonth{at.year + 1, 1} : YearMonth{at.year, at.month + 1};
    }
    return months;
}

// The directory of a simulation: files, and the manifest lines that import them.
class Output {
public:
    Output(std::string directory, std::int64_t months_total,
           const std::function<void(const SimulateProgress&)>& progress)
        : directory_(std::move(directory)), months_total_(months_total), progress_(progress) {}

    Result<void> write(const std::string& name, std::string_view bytes) {
        const std::filesystem::path path = std::filesystem::path(directory_) / name;
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (file) return {};
        Error error = make_error(ErrorCode::unavailable, "simulate.cannot_write");
        error.file = path.string();
        return error;
    }

    // A raw file of one month, to be imported with `options`.
    Result<void> write_month(const std::string& format, const std::string& source,
                             const std::string& options, YearMonth month, const std::string& name,
                             std::string_view bytes, std::int64_t lines) {
        const Period covered = period_of(month);
        return write_part(
            format, source,
            fmt::format("{}--covers {}..{}", options, iso_date(covered.from), iso_date(covered.to)),
            name, bytes, lines);
    }

    // A raw file that does not claim to be all there is of its days.
    Result<void> write_part(const std::string& format, const std::string& source,
                            const std::string& options, const std::string& name,
                            std::string_view bytes, std::int64_t lines) {
        KL_CHECK(write(name, bytes));
        manifest_ += fmt::format("{}\t{}\t{}\t{}\n", format, source, options, name);
        ++months_done_;
        if (progress_) progress_({name, months_done_, months_total_, lines});
        return {};
    }

    // A file of rules: nothing that happened, so it covers no days and tells no progress.
    Result<void> write_rules(const std::string& format, const std::string& source,
                             const std::string& name, std::string_view bytes) {
        KL_CHECK(write(name, bytes));
        manifest_ += fmt::format("{}\t{}\t\t{}\n", format, source, name);
        return {};
    }

    Result<void> finish() { return write("manifest.tsv", manifest_); }

private:
    std::string directory_;
    std::string manifest_;
    std::int64_t months_done_ = 0;
    std::int64_t months_total_ = 0;
    const std::function<void(const SimulateProgress&)>& progress_;
};

}  // namespace klarsyn
