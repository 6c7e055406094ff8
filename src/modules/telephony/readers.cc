// Input format queue-log: Asterisk's queue_log, line by line.

#include <algorithm>
#include <array>
#include <cstring>

#include "modules/telephony/call_store.h"
#include "modules/telephony/telephony.h"
#include "modules/telephony/visit_fact.h"
#include "protocols/csv.h"

namespace klarsyn::telephony {
namespace {

constexpr std::size_t kLineBytesMax = 16 * 1024;  // Asterisk's own limit is half of this
constexpr std::size_t kRawBytesMax = 2000;
constexpr std::size_t kValueBytesMax = 80;
constexpr std::size_t kBytesPerLine = 48;  // for reserving; a typical line is longer
constexpr std::string_view kDefaultEncoding = "utf-8";
constexpr std::string_view kDefaultZone = "Europe/Copenhagen";

// What derive must know of a line's file: until when it reaches. Its address is its identity.
struct FileContext {
    UtcSecond last = 0;
};

class Scanner {
public:
    Scanner(std::string_view source, const std::vector<std::int64_t>* wanted)
        : wanted_(wanted), exact_key_(std::string(source) + '\n'), prefix_(exact_key_.size()) {}

    ScannedFile scan(std::string_view content) {
        file_.text = content;
        if (wanted_ == nullptr) file_.rows.reserve(content.size() / kBytesPerLine);
        std::size_t begin = 0;
        while (begin < content.size()) {
            const void* end = std::memchr(content.data() + begin, '\n', content.size() - begin);
            if (end == nullptr) break;  // still being written: left for the grown file
            const auto stop = static_cast<std::size_t>(static_cast<const char*>(end) - content.data());
            take_line(content, begin, stop);
            begin = stop + 1;
        }
        file_.bytes_read = begin;
        auto context = std::make_shared<FileContext>();
        context->last = last_;
        file_.context = std::move(context);
        return std::move(file_);
    }

private:
    void take_line(std::string_view content, std::size_t begin, std::size_t end) {
        ++number_;
        ++file_.rows_read;
        std::string_view bytes = content.substr(begin, end - begin);
        if (bytes.ends_with('\r')) bytes.remove_suffix(1);
        if (bytes.size() > kLineBytesMax) return reject(bytes, "telephony.reject.line_too_long", "", "");
        if (!is_clean_text(bytes)) return reject(bytes, "telephony.reject.not_text", "", "");
        const LogLine line = parse_line(bytes);
        if (!line.fault.empty()) return reject(bytes, line.fault, line.fault_field, line.fault_value);
        last_ = std::max(last_, line.time);
        const std::int64_t group = group_of(line);
        if (wanted_ != nullptr && !std::binary_search(wanted_->begin(), wanted_->end(), group)) return;
        file_.rows.push_back({group, line.time, begin, static_cast<std::uint32_t>(bytes.size()), number_});
    }

    // Lines of a call form one group, whichever queues it visits. Lines without a call derive
    // nothing; they are grouped by their second, so that a line seen again is recognised.
    std::int64_t group_of(const LogLine& line) {
        exact_key_.resize(prefix_);
        if (!is_call(line.callid)) {
            return group_key(static_cast<std::uint64_t>(line.time), exact_key_);
        }
        return log_group(line.callid, exact_key_);
    }

    void reject(std::string_view bytes, std::string_view key, std::string_view field,
                std::string_view value) {
        if (wanted_ != nullptr) return;
        Reject reject;
        reject.line = number_;
        reject.field = std::string(field);
        reject.key = std::string(key);
        reject.args.emplace_back("value", printable(value, kValueBytesMax));
        reject.raw = printable(bytes, kRawBytesMax);
        file_.rejects.push_back(std::move(reject));
    }

    const std::vector<std::int64_t>* wanted_;
    std::string exact_key_;  // source, LF and callid; one buffer for all lines
    std::size_t prefix_;
    ScannedFile file_;
    std::uint32_t number_ = 0;
    UtcSecond last_ = 0;
};

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    // Without a stated encoding the log is UTF-8, as Asterisk writes it, and lines that are not are
    // rejected: guessing another encoding from one damaged line would garble every name.
    const std::string_view encoding = options.encoding.empty() ? kDefaultEncoding : options.encoding;
    KL_TRY(const DecodedText decoded, decode_text(content, encoding));
    ScannedFile file = Scanner(options.source, wanted).scan(decoded.text);
    file.owned_text = decoded.owned;
    if (decoded.owned == nullptr) {
        file.bytes_read += static_cast<std::uint64_t>(decoded.text.data() - content.data());
    }
    if (options.zone != kDefaultZone) {
        file.notices.push_back({"telephony.notice.zone_unused", {{"zone", options.zone}}});
    }
    return file;
}

// A line has no key beside its content: it is never corrected, only seen again.
RowIdentity identify(const GroupRow& row) {
    const auto hash = hash64(row.bytes);
    return {hash, hash};
}

void derive(const DeriveInput& input, FactSink& sink) {
    std::array<std::byte, 8 * 1024> stack;  // enough for nearly every call: no allocation
    std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
    PlacedLines lines(&memory);
    lines.reserve(input.rows.size());
    for (const auto& row : input.rows) {
        PlacedLine placed;
        placed.line = parse_line(row.bytes);
        if (placed.line.verb == Verb::other || !placed.line.fault.empty()) continue;
        placed.bytes = row.bytes;
        placed.file = row.context;
        placed.file_start = row.file_start;
        if (row.context != nullptr) {
            placed.file_end = static_cast<const FileContext*>(row.context)->last;
        }
        placed.number = row.line;
        lines.push_back(placed);
    }
    if (lines.empty()) return;
    unite(lines);
    std::pmr::string key(&memory);
    for (const auto& visit : visits_of(lines)) write_visit(visit, input.source, key, sink);
}

Result<std::vector<std::int64_t>> remember_source(Connection& db, std::int64_t,
                                                  const ImportOptions& options,
                                                  std::vector<Reject>&) {
    if (options.source == kCallSource) {
        return make_error(ErrorCode::refused, "telephony.log.source_reserved",
                          {{"source", options.source}});
    }
    KL_CHECK(keep_log_source(db, options.source));
    return std::vector<std::int64_t>();
}

// A line begins with its time and the id of its call, which are digits by design.
bool by_design(std::string_view content, std::size_t offset) {
    constexpr int kFieldsOfDigits = 2;
    int bars = 0;
    for (std::size_t at = offset; at > 0 && content[at - 1] != '\n' && bars < kFieldsOfDigits; --at)
        bars += content[at - 1] == '|';
    return bars < kFieldsOfDigits;
}

}  // namespace

Format queue_log_format() {
    Format format;
    format.name = "queue-log";
    format.module = "telephony";
    format.tables = {visit_table_spec()};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    format.by_design = by_design;
    format.apply_state = remember_source;
    format.settle = settle_calls;
    return format;
}

}  // namespace klarsyn::telephony
