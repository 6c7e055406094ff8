#include "web/access_log.h"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "indicators/figures_json.h"

namespace klarsyn {
namespace {

constexpr std::size_t kFileBytesMax = 10 * 1024 * 1024;
constexpr std::size_t kFilesKept = 5;

class SpdLog final : public AccessLog {
public:
    // A line that goes nowhere is not made up either.
    explicit SpdLog(spdlog::sink_ptr sink, spdlog::level::level_enum level = spdlog::level::info)
        : logger_("access", std::move(sink)) {
        logger_.set_level(level);
        logger_.set_pattern("{\"at\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}", spdlog::pattern_time_type::utc);
        logger_.flush_on(spdlog::level::err);
    }
    void line(const AccessLine& line) override {
        if (!logger_.should_log(spdlog::level::info)) return;
        logger_.info("\"request\":{},\"method\":{},\"route\":{},\"status\":{},\"ms\":{:.3f},"
                     "\"bytes\":{}",
                     json_string(line.request_id), json_string(line.method),
                     json_string(line.route), line.status, line.seconds * 1000, line.bytes);
    }
    void fault(std::string_view request_id, std::string_view what) override {
        logger_.error("\"request\":{},\"fault\":{}", json_string(request_id), json_string(what));
    }

private:
    spdlog::logger logger_;
};

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& where) {
    if (where.empty())
        return std::unique_ptr<AccessLog>(
            std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::null_sink_mt>(),
                                     spdlog::level::off));
    if (where == "-")
        return std::unique_ptr<AccessLog>(
            std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    try {
        return std::unique_ptr<AccessLog>(
            std::make_unique<SpdLog>(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                where, kFileBytesMax, kFilesKept)));
    } catch (const spdlog::spdlog_ex& failure) {
        return make_error(ErrorCode::unavailable, "web.log_failed",
                          {{"path", where}, {"reason", failure.what()}});
    }
}

}  // namespace klarsyn
