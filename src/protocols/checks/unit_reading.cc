#include "protocols/checks/unit_reading.h"

#include <optional>

#include "protocols/csv.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kLinesMax = 3;

std::optional<std::int64_t> value_of(const CheckAnswer& answer, std::string_view name) {
    for (const CheckReading& reading : answer.readings)
        if (reading.name == name && reading.value >= 0) return reading.value;
    return {};
}

std::optional<std::int64_t> power_used(const CheckAnswer& answer) {
    const auto lines = value_of(answer, "lines");
    if (!lines || *lines < 1 || *lines > kLinesMax) return {};
    std::int64_t sum = 0;
    for (std::int64_t line = 1; line <= *lines; ++line) {
        const auto watts = value_of(answer, "power_used_w_" + std::to_string(line));
        if (!watts) return {};
        sum += *watts;
    }
    return sum;
}

// Both are below 2^32: the product is below 2^63 only where one is smaller.
std::optional<std::int64_t> bytes_of(const CheckAnswer& answer, std::string_view blocks) {
    const auto count = value_of(answer, blocks);
    const auto size = value_of(answer, "storage_block_bytes");
    std::int64_t bytes = 0;
    if (!count || !size || __builtin_mul_overflow(*count, *size, &bytes)) return {};
    return bytes;
}

}  // namespace

std::string_view unit_reading_header() { return "time,kind,place,unit_name,used,total,unit\r\n"; }

Result<std::string> unit_reading_row(const MeasuredUnit& unit, const CheckAnswer& answer,
                                     UtcSecond at) {
    const bool power = unit.kind == "power";
    const auto used = power ? power_used(answer) : bytes_of(answer, "storage_used_blocks");
    auto total = power ? value_of(answer, "power_total_w") : bytes_of(answer, "storage_blocks");
    if (total == 0) total.reset();  // a device that does not know writes 0
    if (!used && !total) return make_error(ErrorCode::invalid_input, "checks.reading.nothing");
    CsvWriter csv(CsvDialect::rfc4180);
    for (const std::string& text : {iso_utc(at), unit.kind, unit.place, unit.name}) csv.text(text);
    for (const auto& value : {used, total}) {
        if (value)
            csv.integer(*value);
        else
            csv.empty();
    }
    csv.text(power ? "W" : "B");
    csv.end_row();
    return csv.take();
}

}  // namespace klarsyn
