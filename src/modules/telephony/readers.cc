// Input format queue-log: Asterisk's queue_log, line by line.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "modules/telephony/telephony.h"
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

// The number in a callid that Asterisk made itself, "1365123456.789" or "pbx1-1365123456.789":
// the second in which the channel was created.
std::optional<std::uint64_t> callid_second(std::string_view callid) {
    const auto dot = callid.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto dash = callid.rfind('-', dot);
    const auto begin = dash == std::string_view::npos ? 0 : dash + 1;
    std::uint64_t second = 0;
    const auto [end, error] = std::from_chars(callid.data() + begin, callid.data() + dot, second);
    if (error != std::errc{} || end != callid.data() + dot || begin == dot) return std::nullopt;
    return second;
}

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
        exact_key_.append(line.callid);
        const auto second = callid_second(line.callid);
        return group_key(second ? *second : hash64(line.callid), exact_key_);
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
    std::string exact_key_;  // source and callid; one buffer for all lines
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

// A part of a source key. '/' separates the parts, so one inside a part is escaped.
void append_part(std::pmr::string& key, std::string_view part) {
    for (const char c : part) {
        if (c == '/') key += "%2F";
        else if (c == '%') key += "%25";
        else key += c;
    }
    key += '/';
}

void append_number(std::pmr::string& key, std::int64_t number) {
    std::array<char, 24> digits;
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    key.append(digits.data(), result.ptr);
}

void put(FactSink& sink, const std::optional<std::int64_t>& value) {
    value ? sink.i64(*value) : sink.null();
}

void put_name(FactSink& sink, std::string_view text) {
    text.empty() ? sink.null() : sink.i64(sink.name(text));
}

void write_visit(const Visit& visit, std::int64_t source, FactSink& sink) {
    const LogLine& entry = *visit.entry;
    const LocalTime local = Zone::copenhagen().to_local(entry.time);
    sink.i64(local.day);
    sink.i64(local.hour());
    sink.i64(weekday_of(local.day));
    sink.i64(sink.name(entry.queue));
    sink.text(outcome_name(visit.outcome));
    put_name(sink, visit.way);
    sink.i64(entry.time);
    put(sink, visit.ended);
    put(sink, visit.connected);
    put(sink, visit.wait_s);
    put(sink, visit.ring_s);
    put(sink, visit.talk_s);
    put_name(sink, visit.agent);
    put(sink, entry.position);
    sink.text(entry.callid);
    sink.i64(visit.wait_flagged ? 1 : 0);
    sink.i64(source);
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
    const std::int64_t source = sink.name(input.source);
    std::pmr::string key(&memory);
    for (const auto& visit : visits_of(lines)) {
        key.clear();
        append_part(key, input.source);
        append_part(key, visit.entry->callid);
        append_part(key, visit.entry->queue);
        append_number(key, visit.entry->time);
        key += '.';
        append_number(key, visit.ordinal);
        sink.begin(0, key);
        write_visit(visit, source, sink);
        sink.end();
    }
}

}  // namespace

Format queue_log_format() {
    Format format;
    format.name = "queue-log";
    format.module = "telephony";
    format.tables = {{"telephony_visit",
                      {"day", "hour", "weekday", "queue", "outcome", "way", "entered", "ended",
                       "connected", "wait_s", "ring_s", "talk_s", "agent", "position", "callid",
                       "wait_flagged", "source"},
                      {"day"},
                       {"outcome", "callid"}}};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::telephony
