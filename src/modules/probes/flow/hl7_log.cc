#include "modules/probes/flow/hl7_log.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "modules/probes/flow/flow.h"
#include "modules/probes/rows.h"
#include "protocols/hl7.h"
#include "protocols/hl7_log_line.h"
#include "protocols/sample.h"

namespace klarsyn::probes {
namespace {

constexpr std::string_view kCr = kLoggedCr;
constexpr std::size_t kMomentSeconds = 19;  // "2013-04-01T08:00:00"

struct LogContext {
    Zone zone = Zone::copenhagen();
    std::shared_ptr<const std::vector<std::string>> order;  // of hops in the file; shared by events
};

std::string as_text(std::string_view bytes) {
    if (well_formed_utf8(bytes)) return std::string(bytes);
    const auto decoded = decode_text(bytes, "windows-1252");
    return decoded.ok() ? std::string(decoded->text) : std::string("?");
}

// Milliseconds of the second that a time states behind a point or comma.
std::int64_t fraction_ms(std::string_view time) {
    if (time.size() <= kMomentSeconds ||
        (time[kMomentSeconds] != '.' && time[kMomentSeconds] != ','))
        return 0;
    std::int64_t ms = 0;
    bool digits = true;
    for (std::size_t i = 1; i <= 3; ++i) {
        const std::size_t at = kMomentSeconds + i;
        digits = digits && at < time.size() && time[at] >= '0' && time[at] <= '9';
        ms = ms * 10 + (digits ? time[at] - '0' : 0);
    }
    return ms;
}

std::string shortened(const std::string& text) {
    std::size_t size = std::min<std::size_t>(text.size(), 80);
    while (size < text.size() && size > 0 &&
           (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U)
        --size;
    return text.substr(0, size);
}

LineFault read_message(const std::string& bytes, FlowEvent& event) {
    const auto message = Hl7Message::parse(bytes);
    if (!message.ok()) return {message.error().key, "message"};
    const auto envelope = hl7_envelope(*message);
    if (!envelope.ok()) return {envelope.error().key, envelope.error().field};
    const bool answer = !envelope->acknowledges.empty();
    event.number = answer ? envelope->acknowledges : envelope->control_id;
    // Two numbers that were masked alike could not be told apart any more.
    if (event.number.find('*') != std::string::npos)
        return {"probes.flow.masked", answer ? "MSA-2" : "MSH-10"};
    event.code = answer ? (envelope->code.empty() ? "?" : envelope->code) : "";
    event.sender = shortened(envelope->sender);
    event.receiver = shortened(envelope->receiver);
    event.type = shortened(envelope->type);
    return {};
}

}  // namespace

LineFault LogLineReader::read(std::string_view line, FlowEvent& event, unsigned* flags) {
    const Hl7LogLine parts = split_log_line(line);
    if (!parts.whole) return {"probes.flow.columns", ""};
    const auto moment = moments_.read(trimmed(parts.time));
    if (!moment || moment->next) return {"probes.flow.time", "time"};
    event.at_ms = moment->at * 1000 + fraction_ms(trimmed(parts.time));
    if (flags) *flags = moment->flags;
    event.hop = as_text(trimmed(parts.hop));
    if (event.hop.empty()) return {"probes.flow.hop_missing", "hop"};
    if (event.hop.size() > kLoggedHopMax) return {"probes.flow.hop_long", "hop"};
    std::string bytes = kept_log_segments(parts.message);
    for (auto at = bytes.find(kCr); at != std::string::npos; at = bytes.find(kCr, at))
        bytes.replace(at, kCr.size(), "\r");
    return read_message(bytes, event);
}

std::int64_t flow_group(std::string_view source, std::string_view number) {
    std::string exact(source);
    exact += '\n';
    exact += number;
    return group_key(hash64(exact) & ((std::uint64_t{1} << 38) - 1), exact);
}

namespace {

Reject reject_of_line(std::int64_t number, std::string_view line, LineFault fault) {
    Reject reject;
    reject.line = number;
    reject.field = std::move(fault.field);
    reject.key = std::move(fault.key);
    reject.raw = as_text(line.substr(0, std::min<std::size_t>(line.size(), 2000)));
    return reject;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    auto context = std::make_shared<LogContext>();
    KL_TRY(context->zone, Zone::find(options.zone));
    ScannedFile file;
    file.text = content;
    if (content.find('\0') != std::string_view::npos)
        return make_error(ErrorCode::invalid_input, "probes.flow.binary");
    LogLineReader reader(context->zone);
    HopOrder order;
    std::int64_t number = 0, ambiguous = 0;
    std::size_t at = content.starts_with("\xef\xbb\xbf") ? 3 : 0;
    while (true) {
        const auto end = content.find('\n', at);
        if (end == std::string_view::npos) break;  // half a line waits for the rest
        const std::string_view line = content.substr(at, end - at);
        const std::size_t begin = at;
        at = end + 1;
        ++number;
        if (line.empty() || line == "\r") continue;
        ++file.rows_read;
        FlowEvent event;
        unsigned flags = 0;
        if (LineFault fault = reader.read(line, event, &flags); !fault.key.empty()) {
            file.rejects.push_back(reject_of_line(number, line, std::move(fault)));
            continue;
        }
        ambiguous += flags & kAmbiguous ? 1 : 0;
        const auto group = flow_group(options.source, event.number);
        if (!wanted || std::binary_search(wanted->begin(), wanted->end(), group)) {
            const std::int64_t second = event.at_ms / 1000;
            file.rows.push_back({group, second, begin, static_cast<std::uint32_t>(line.size()),
                                 static_cast<std::uint32_t>(number)});
        }
        order.add(event);
    }
    file.bytes_read = at;
    if (at < content.size()) file.notices.push_back({"probes.flow.last_line", {}});
    context->order = std::make_shared<const std::vector<std::string>>(order.names());
    file.context = std::move(context);
    if (ambiguous > 0)
        file.notices.push_back({"probes.notice.ambiguous", {{"count", std::to_string(ambiguous)}}});
    return file;
}

// Equal lines are the same row: whoever reads a log twice sees nothing new. How many of them stand
// in one file is counted when facts are derived.
RowIdentity identify(const GroupRow& row) { return {hash64(row.bytes), hash64(row.bytes, 1)}; }

auto identity_of(const FlowEvent& event) {
    return std::tie(event.at_ms, event.hop, event.sender, event.receiver, event.type, event.number,
                    event.code);
}

// The events of the rows, each once; of equal lines as many count as the file with most of them
// has.
std::vector<FlowEvent> events_of(const DeriveInput& input) {
    std::map<const void*, LogLineReader> readers;
    struct Less {
        bool operator()(const FlowEvent& a, const FlowEvent& b) const {
            return identity_of(a) < identity_of(b);
        }
    };
    std::map<FlowEvent, std::map<std::uint32_t, std::int64_t>, Less> counted;
    for (const GroupRow& row : input.rows) {
        const auto& context = *static_cast<const LogContext*>(row.context);
        const auto reader = readers.try_emplace(row.context, context.zone).first;
        FlowEvent event;
        if (!reader->second.read(row.bytes, event).key.empty()) continue;
        event.order = context.order;
        ++counted[std::move(event)][row.file];
    }
    std::vector<FlowEvent> events;
    for (const auto& [event, files] : counted) {
        events.push_back(event);
        events.back().copies = 0;
        for (const auto& [file, count] : files)
            events.back().copies = std::max(events.back().copies, count);
    }
    return events;
}

void derive(const DeriveInput& input, FactSink& sink) {
    for (const FlowStep& step : trace(events_of(input), hop_plan_of(input.state)))
        write_step(step, input.source, sink);
}

// Whether a last line without its end surely says all that is kept of it: its header is closed and
// followed by another segment, or by a closed MSA.
bool says_all(std::string_view line) {
    const Hl7LogLine parts = split_log_line(line);
    const auto end = parts.message.find(kCr);
    if (!parts.message.starts_with("MSH") || end == std::string_view::npos) return false;
    const std::string_view rest = parts.message.substr(end + kCr.size());
    constexpr std::size_t kNameSize = 3;  // of a segment
    if (rest.starts_with("MSA")) return rest.find(kCr) != std::string_view::npos;
    return rest.size() > kNameSize;
}

// A file that was closed without a last line end loses nothing; half a line waits for the rest.
std::string withhold(std::string_view content) {
    std::string kept = log_without_patients(content);
    const auto before = content.rfind('\n');
    const auto last = content.substr(before == std::string_view::npos ? 0 : before + 1);
    if (says_all(last)) return kept + '\n';
    kept.resize(kept.rfind('\n') + 1);  // npos + 1 = 0
    return last.empty() ? kept : kept + '-';
}

// Ten digits that are the number of a message, or of the one answered, are no CPR number.
bool is_message_number(std::string_view content, std::size_t offset) {
    const auto before = content.rfind('\n', offset);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    std::string_view line = content.substr(begin, offset - begin);  // up to the digits
    const auto cr = line.rfind(kCr);
    const auto tab = line.rfind('\t');
    const std::size_t segment_at = cr != std::string_view::npos    ? cr + kCr.size()
                                   : tab == std::string_view::npos ? 0
                                                                   : tab + 1;
    const std::string_view segment = line.substr(segment_at);
    if (segment.size() < 4) return false;
    const auto marks = std::count(segment.begin(), segment.end(), segment[3]);
    if (segment.starts_with("MSH")) return marks == 9 || marks == 6;  // MSH-10, MSH-7
    return segment.starts_with("MSA") && marks == 2;
}

}  // namespace

void write_step(const FlowStep& step, std::string_view source, FactSink& sink) {
    const UtcSecond at = step.at_ms / 1000;
    sink.begin(0, std::string(source) + '/' + step.sender + '/' + step.number + '/' +
                      std::to_string(step.first_ms) + '/' + step.hop);
    sink.i64(Zone::copenhagen().to_local(at).day);
    sink.i64(at);
    for (const std::string_view name : {step.flow, step.hop, step.next, step.type})
        sink.i64(sink.name(name));
    sink.text(step.number);
    sink.text(step_state_name(step.state));
    const auto maybe = [&](const std::optional<std::int64_t>& value) {
        if (value)
            sink.i64(*value);
        else
            sink.null();
    };
    maybe(step.transit_ms);
    const bool waits = step.state != StepState::last;
    maybe(waits ? std::optional(step.limit_ms) : std::nullopt);
    maybe(waits ? std::optional((step.at_ms + step.limit_ms) / 1000) : std::nullopt);
    sink.i64(step.repeats);
    maybe(step.answered_ms);
    sink.text(step.code);
    sink.i64(sink.name(source));
    sink.end();
}

FactTable flow_table() {
    FactTable table;
    table.name = "probes_flow";
    table.module = "probes";
    table.columns = {"at",      "flow",        "hop",        "next_hop", "type",
                     "number",  "state",       "transit_ms", "limit_ms", "due",
                     "repeats", "answered_ms", "code",       "source"};
    table.name_columns = {"flow", "hop", "next_hop", "type", "source"};
    table.time_columns = {"at", "due"};
    table.text_columns = {"number", "state", "code"};
    table.by_format = true;  // measurements tell nothing of messages
    return table;
}

Format hl7_log_format() {
    Format format;
    format.name = "hl7-log";
    format.module = "probes";
    format.tables = {{"probes_flow",
                      {"day", "at", "flow", "hop", "next_hop", "type", "number", "state",
                       "transit_ms", "limit_ms", "due", "repeats", "answered_ms", "code", "source"},
                      {"day"},
                      {"number", "state", "code"}}};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    format.load_state = load_hop_plan;
    format.by_design = is_message_number;
    format.withhold = withhold;
    return format;
}

}  // namespace klarsyn::probes
