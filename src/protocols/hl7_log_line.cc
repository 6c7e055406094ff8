#include "protocols/hl7_log_line.h"

#include "protocols/hl7.h"

namespace klarsyn {
namespace {

constexpr std::size_t kTimeMax = 40;  // bytes

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r") == line.npos; }

// Whether the part before the message is what it should be, and can hold nothing else.
bool plain_head(const Hl7LogLine& line) {
    return line.time.size() <= kTimeMax && line.hop.size() <= kLoggedHopMax;
}

// A field for a line of text: no line ends, and nothing that reads as one: an "r" behind the end of
// an escape is an escape, too.
std::string logged(std::string_view text) {
    static const Hl7Marks kMarks;
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < ' ') continue;
        const bool read_as_cr = c == 'r' && out.ends_with(kMarks.escape);
        out += read_as_cr ? "\\X72\\" : hl7_escape(std::string_view(&c, 1), kMarks);
    }
    return out;
}

}  // namespace

Hl7LogLine split_log_line(std::string_view line) {
    Hl7LogLine parts;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto first = line.find('\t');
    const auto second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) return parts;
    parts.time = line.substr(0, first);
    parts.hop = line.substr(first + 1, second - first - 1);
    parts.message = line.substr(second + 1);
    parts.whole = true;
    return parts;
}

std::string kept_log_segments(std::string_view message) {
    std::string kept;
    bool first = true;
    while (!message.empty()) {
        const auto end = message.find(kLoggedCr);
        const std::string_view segment = message.substr(0, end);
        message.remove_prefix(end == std::string_view::npos ? message.size()
                                                            : end + kLoggedCr.size());
        const bool header = first && segment.starts_with("MSH");
        if (header || (!first && !kept.empty() && segment.starts_with("MSA"))) {
            kept += segment;
            kept += kLoggedCr;
        }
        first = false;
    }
    return kept;
}

std::string log_without_patients(std::string_view content) {
    std::string kept;
    kept.reserve(content.size());
    while (!content.empty()) {
        const auto end = content.find('\n');
        const std::string_view line = content.substr(0, end);
        const bool ended = end != std::string_view::npos;
        content.remove_prefix(ended ? end + 1 : content.size());
        const Hl7LogLine parts = split_log_line(line);
        if (parts.whole && plain_head(parts)) {
            kept.append(parts.time).append("\t").append(parts.hop).append("\t");
            kept += kept_log_segments(parts.message);
        } else if (!blank(line)) {
            kept += '-';  // what it said may have been of a patient
        }
        if (ended) kept += '\n';
    }
    return kept;
}

std::string log_line_of(std::string_view time, std::string_view hop, std::string_view header) {
    const auto message = Hl7Message::parse(header);
    if (!message.ok()) return {};
    const auto envelope = hl7_envelope(*message);
    if (!envelope.ok()) return {};
    std::string type = envelope->type;
    if (const auto mark = type.find('^'); mark != std::string::npos)
        type = logged(type.substr(0, mark)) + '^' + logged(type.substr(mark + 1));
    else
        type = logged(type);
    std::string line = std::string(time) + '\t' + std::string(hop) + "\tMSH|^~\\&|" +
                       logged(envelope->sender) + "||" + logged(envelope->receiver) + "||||" +
                       type + '|' + logged(envelope->control_id);
    line += "|P|2.5||||||UNICODE UTF-8";
    line += kLoggedCr;
    if (!envelope->acknowledges.empty())
        line += "MSA|" + logged(envelope->code) + '|' + logged(envelope->acknowledges) +
                std::string(kLoggedCr);
    return line;
}

}  // namespace klarsyn
