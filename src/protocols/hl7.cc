#include "protocols/hl7.h"

#include <algorithm>

#include "core/utf8.h"
#include "protocols/csv.h"

namespace klarsyn {
namespace {

constexpr char kFrameBegin = '\x0b';
constexpr char kFrameEnd = '\x1c';
constexpr std::size_t kControlIdMax = 199;  // HL7 2.7; earlier versions have 20
constexpr std::size_t kSegmentsMax = 100'000;

Error fault(std::string_view key, std::string_view field = {}) {
    Error error = make_error(ErrorCode::invalid_input, "protocols.hl7." + std::string(key));
    error.field = field;
    return error;
}

bool letter_or_digit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

Result<Hl7Marks> read_marks(std::string_view header) {
    Hl7Marks marks;
    if (header.size() < 4) return fault("marks", "MSH-1");
    marks.field = header[3];
    const std::string_view others = header.substr(4, header.find(marks.field, 4) - 4);
    if (others.size() < 2 || others.size() > 5) return fault("marks", "MSH-2");
    marks.component = others[0];
    marks.repetition = others[1];
    marks.escape = others.size() > 2 ? others[2] : '\0';
    marks.subcomponent = others.size() > 3 ? others[3] : '\0';
    std::string all = std::string(1, marks.field) + std::string(others);
    for (const char c : all)
        if (letter_or_digit(c) || c <= ' ' || c > '~') return fault("marks", "MSH-2");
    std::sort(all.begin(), all.end());
    if (std::adjacent_find(all.begin(), all.end()) != all.end()) return fault("marks", "MSH-2");
    return marks;
}

std::string_view part(std::string_view text, char mark, int number) {
    for (; number > 1; --number) {
        const auto at = mark == '\0' ? std::string_view::npos : text.find(mark);
        if (at == std::string_view::npos) return {};
        text.remove_prefix(at + 1);
    }
    return mark == '\0' ? text : text.substr(0, text.find(mark));
}

Hl7Charset charset_of(std::string_view stated) {
    if (stated.empty()) return Hl7Charset::unsaid;
    if (stated == "ASCII") return Hl7Charset::ascii;
    if (stated == "8859/1" || stated == "8859/15") return Hl7Charset::latin1;
    if (stated == "UNICODE UTF-8" || stated == "UNICODE") return Hl7Charset::utf8;
    return Hl7Charset::unknown;
}

std::string as_utf8(std::string text, Hl7Charset charset) {
    const bool converted =
        charset == Hl7Charset::latin1 || (charset != Hl7Charset::utf8 && !well_formed_utf8(text));
    if (converted) {
        const auto decoded = decode_text(text, "windows-1252");
        if (decoded.ok()) return std::string(decoded->text);
    }
    return text;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// What stands between two escape marks; false where it means nothing.
bool undo(std::string_view code, const Hl7Marks& marks, std::string& out) {
    if (code == "F") return out += marks.field, true;
    if (code == "S") return out += marks.component, true;
    if (code == "R") return out += marks.repetition, true;
    if (code == "E") return out += marks.escape, true;
    if (code == "T" && marks.subcomponent != '\0') return out += marks.subcomponent, true;
    if (code == ".br") return out += '\n', true;
    if (code.size() < 3 || code.size() % 2 == 0 || code.front() != 'X') return false;
    std::string bytes;
    for (std::size_t i = 1; i < code.size(); i += 2) {
        const int high = hex_digit(code[i]);
        const int low = hex_digit(code[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes += static_cast<char>(high * 16 + low);
    }
    out += bytes;
    return true;
}

}  // namespace

Result<Hl7Message> Hl7Message::parse(std::string_view bytes) {
    if (bytes.size() < 8 || !bytes.starts_with("MSH")) return fault("no_header");
    if (bytes.find('\0') != std::string_view::npos) return fault("nul");
    Hl7Message message;
    while (!bytes.empty()) {
        const auto end = bytes.find_first_of("\r\n");
        const std::string_view line = bytes.substr(0, end);
        message.other_ends_ =
            message.other_ends_ || (end != std::string_view::npos && bytes[end] == '\n');
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (line.empty()) continue;
        const std::string_view name = line.substr(0, 3);
        if (name.size() < 3 || !std::all_of(name.begin(), name.end(), letter_or_digit))
            return fault("segment");
        if (message.segments_.empty()) {
            KL_TRY(message.marks_, read_marks(line));
        } else if (line.size() > 3 && line[3] != message.marks_.field) {
            return fault("segment");
        }
        if (message.segments_.size() == kSegmentsMax) return fault("segment");
        message.segments_.push_back({name, line});
    }
    message.charset_ = charset_of(part(message.raw("MSH", 18), message.marks_.repetition, 1));
    return message;
}

std::string_view Hl7Message::raw(std::string_view segment, int number) const {
    for (const auto& one : segments_) {
        if (one.name != segment) continue;
        if (one.bytes.size() < 4) return {};
        if (segment != "MSH") return part(one.bytes.substr(4), marks_.field, number);
        if (number == 1) return one.bytes.substr(3, 1);
        return part(one.bytes.substr(4), marks_.field, number - 1);
    }
    return {};
}

std::string Hl7Message::text(std::string_view segment, int number, int component) const {
    const std::string_view first = part(raw(segment, number), marks_.repetition, 1);
    return as_utf8(hl7_unescape(part(first, marks_.component, component), marks_), charset_);
}

std::string hl7_unescape(std::string_view text, const Hl7Marks& marks) {
    if (marks.escape == '\0') return std::string(text);
    std::string out;
    while (!text.empty()) {
        const auto begin = text.find(marks.escape);
        out += text.substr(0, begin);
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin + 1);
        const auto end = text.find(marks.escape);
        if (end != std::string_view::npos && undo(text.substr(0, end), marks, out))
            text.remove_prefix(end + 1);
        else
            out += marks.escape;
    }
    return out;
}

std::string hl7_escape(std::string_view text, const Hl7Marks& marks) {
    if (marks.escape == '\0') return std::string(text);
    const std::string mark(1, marks.escape);
    std::string out;
    for (const char c : text) {
        std::string code;
        if (c == marks.field) code = "F";
        if (c == marks.component) code = "S";
        if (c == marks.repetition) code = "R";
        if (c == marks.escape) code = "E";
        if (c == marks.subcomponent && c != '\0') code = "T";
        if (c == '\r') code = "X0D";
        if (c == '\n') code = "X0A";
        out += code.empty() ? std::string(1, c) : mark + code + mark;
    }
    return out;
}

Result<Hl7Envelope> hl7_envelope(const Hl7Message& message) {
    Hl7Envelope envelope;
    envelope.control_id = message.text("MSH", 10);
    envelope.sender = message.text("MSH", 3);
    envelope.receiver = message.text("MSH", 5);
    envelope.type = message.text("MSH", 9);
    if (const auto event = message.text("MSH", 9, 2); !event.empty()) envelope.type += '^' + event;
    if (envelope.control_id.empty()) return fault("field_missing", "MSH-10");
    if (envelope.control_id.size() > kControlIdMax) return fault("field_long", "MSH-10");
    const bool acknowledgement = std::any_of(message.segments().begin(), message.segments().end(),
                                             [](const auto& one) { return one.name == "MSA"; });
    if (!acknowledgement) return envelope;
    envelope.code = message.text("MSA", 1);
    envelope.acknowledges = message.text("MSA", 2);
    if (envelope.acknowledges.empty()) return fault("field_missing", "MSA-2");
    if (envelope.acknowledges.size() > kControlIdMax) return fault("field_long", "MSA-2");
    return envelope;
}

std::string hl7_acknowledge(const Hl7Message& message, std::string_view code,
                            std::string_view control_id, std::string_view time) {
    const Hl7Marks& marks = message.marks();
    const std::string f(1, marks.field);
    const std::string event = hl7_escape(message.text("MSH", 9, 2), marks);
    std::string out = "MSH" + std::string(message.segments().front().bytes.substr(
                                  3, message.segments().front().bytes.find(marks.field, 4) - 3));
    for (const int side : {5, 6, 3, 4}) out += f + std::string(message.raw("MSH", side));
    out += f + std::string(time) + f + f + "ACK";
    if (!event.empty()) out += marks.component + event;
    out += f + hl7_escape(control_id, marks);
    for (const int same : {11, 12}) out += f + std::string(message.raw("MSH", same));
    out += "\rMSA" + f + std::string(code) + f + std::string(message.raw("MSH", 10)) + "\r";
    return out;
}

std::string mllp_frame(std::string_view message) {
    return kFrameBegin + std::string(message) + kFrameEnd + '\r';
}

Result<std::optional<std::string>> MllpReader::next() {
    // Between frames some senders leave line ends.
    std::size_t begin = 0;
    while (begin < buffer_.size() &&
           (buffer_[begin] == '\r' || buffer_[begin] == '\n' || buffer_[begin] == ' '))
        ++begin;
    if (begin > 0) {
        buffer_.erase(0, begin);
        searched_ = 0;
    }
    if (buffer_.empty()) return std::optional<std::string>();
    if (buffer_.front() != kFrameBegin) return fault("no_frame");
    const auto end = buffer_.find("\x1c\r", std::max<std::size_t>(searched_, 1));
    const std::size_t reached = end == std::string::npos ? buffer_.size() - 1 : end;
    if (reached > bytes_max_ + 1)
        return make_error(ErrorCode::refused, "protocols.hl7.too_large",
                          {{"bytes", std::to_string(bytes_max_)}});
    if (end == std::string::npos) {
        searched_ = buffer_.size() - 1;  // the end mark may be cut in two
        return std::optional<std::string>();
    }
    std::optional<std::string> message = buffer_.substr(1, end - 1);
    buffer_.erase(0, end + 2);
    searched_ = 0;
    return message;
}

}  // namespace klarsyn
