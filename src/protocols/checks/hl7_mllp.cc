// hl7-mllp: sends a message that says it is a test, and wants it acknowledged (HL7 v2 over MLLP, in
// plain text or in TLS).
//
// Settings: host, port (2575); sender, sender_facility, receiver, receiver_facility (MSH-3 to 6;
// sender is KLARSYN without it); processing (MSH-11: T, D or P); version (2.5.1); patient_id, a
// test patient's. type (MSH-9) and segments, what follows MSH: without them it asks who has the
// patient_id (QBP^Q22), which changes nothing. In segments {control_id}, {time} and {patient_id}
// are filled in. tls, server_name, ca_file, certificate_file, key_secret: secure.h.
// Steps: connect, tls, acknowledge. MSH-10 is never the same twice.
#include <openssl/rand.h>

#include <array>

#include "core/hash.h"
#include "core/time.h"
#include "protocols/checks/protocols.h"
#include "protocols/checks/secure.h"
#include "protocols/checks/steps.h"
#include "protocols/hl7.h"

namespace klarsyn {
namespace {

constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 20;
constexpr Hl7Marks kOwnMarks;

struct Hl7Settings {
    std::string host, sender, sender_facility, receiver, receiver_facility;
    std::string processing, version, patient_id, type;
    std::vector<std::string> segments;
    std::optional<TlsWish> tls;
    int port = 2575;
};

// Type and segments as they are sent: their marks are delimiters.
bool one_segment(std::string_view text) {
    return text.size() > 3 && text[3] == '|' && text.find_first_of("\r\n") == std::string::npos;
}

Result<Hl7Settings> read_hl7(const boost::json::object& settings) {
    Fields fields(settings);
    Hl7Settings read;
    read.host = fields.host();
    read.port = fields.port("port", 2575);
    read.tls = read_tls_wish(fields, read.host);
    read.sender = fields.text("sender", "KLARSYN");
    read.sender_facility = fields.text("sender_facility", "");
    read.receiver = fields.text("receiver", "");
    read.receiver_facility = fields.text("receiver_facility", "");
    read.processing = fields.word("processing", {"T", "D", "P"});
    read.version = fields.text("version", "2.5.1");
    read.patient_id = fields.text("patient_id", "");
    read.type = fields.text("type", "");
    read.segments = fields.texts("segments");
    if (read.type.empty() != read.segments.empty()) fields.fault("segments", "checks.hl7.both");
    if (read.type.empty() && read.patient_id.empty())
        fields.fault("patient_id", "checks.hl7.patient");
    if (read.type.find_first_of("|\n") != std::string::npos)
        fields.fault("type", "checks.hl7.type");
    for (const std::string& segment : read.segments)
        if (!one_segment(segment)) fields.fault("segments", "checks.hl7.segment");
    KL_CHECK(fields.finish());
    return read;
}

Result<void> complete_hl7(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_hl7(settings));
    return {};
}

std::string filled(std::string text, std::string_view place, const std::string& value) {
    for (auto at = text.find(place); at != std::string::npos;
         at = text.find(place, at + value.size()))
        text.replace(at, place.size(), value);
    return text;
}

// YYYYMMDDHHMMSS+ZZZZ in Copenhagen.
std::string hl7_time(UtcSecond now) {
    std::string text = iso_local(now);  // 2013-04-15T10:30:00+02:00
    std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T'; });
    return text;
}

std::string test_message(const Hl7Settings& hl7, const std::string& control_id) {
    const auto own = [](const std::string& text) { return hl7_escape(text, kOwnMarks); };
    const std::string time = hl7_time(SystemClock().now());
    const std::string type = hl7.type.empty() ? "QBP^Q22^QBP_Q21" : hl7.type;
    std::string message = "MSH|^~\\&|" + own(hl7.sender) + '|' + own(hl7.sender_facility) + '|' +
                          own(hl7.receiver) + '|' + own(hl7.receiver_facility) + '|' + time + "||" +
                          type + '|' + control_id + '|' + hl7.processing + '|' + own(hl7.version) +
                          "||||||UNICODE UTF-8\r";
    std::vector<std::string> segments = hl7.segments;
    if (segments.empty())
        segments = {"QPD|Q22^Find Candidates^HL7|{control_id}|@PID.3.1^{patient_id}", "RCP|I"};
    for (std::string segment : segments) {
        segment = filled(std::move(segment), "{control_id}", control_id);
        segment = filled(std::move(segment), "{time}", time);
        message += filled(std::move(segment), "{patient_id}", own(hl7.patient_id)) + '\r';
    }
    return message;
}

// Twenty characters, as many as HL7 2.3 allows.
std::string new_control_id() {
    std::array<char, 9> bytes{};
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size());
    return "KL" + to_hex(std::string_view(bytes.data(), bytes.size()));
}

// Codes of table 0008; anything else might be a text.
CheckAnswer judge(const std::string& bytes, const std::string& control_id,
                  const Deadline& deadline) {
    const auto message = Hl7Message::parse(bytes);
    if (!message.ok()) return check_failed("the answer is no HL7 message");
    const auto envelope = hl7_envelope(*message);
    if (!envelope.ok()) return check_failed("the answer lacks " + envelope.error().field);
    if (envelope->acknowledges.empty()) return check_failed("the answer is no acknowledgement");
    if (envelope->acknowledges != control_id)
        return check_failed("the answer acknowledges another message");
    if (envelope->accepted()) return answer_ok(deadline);
    for (const char* code : {"AE", "AR", "CE", "CR"})
        if (envelope->code == code) return check_failed(std::string("acknowledged with ") + code);
    return check_failed("acknowledged with an unknown code");
}

CheckAnswer acknowledgement(PeerStream& stream, const std::string& control_id,
                            const Deadline& deadline) {
    MllpReader reader(kAnswerBytesMax);
    while (true) {
        const auto bytes = stream.receive(65'536, deadline);
        if (!bytes.ok()) return answer_of(bytes.fault());
        if (bytes->empty()) return check_failed("closed without an acknowledgement");
        reader.take(*bytes);
        const auto message = reader.next();
        if (!message.ok() && message.error().code == ErrorCode::refused)
            return check_failed("the answer is longer than 1 MiB");
        if (!message.ok()) return check_failed("the answer is not framed as MLLP");
        if (*message) return judge(**message, control_id, deadline);
    }
}

CheckAnswer run_hl7(const CheckTask& task) {
    const auto hl7 = read_hl7(task.settings);
    if (!hl7.ok()) return check_unable(hl7.error());
    const std::string control_id = new_control_id();
    const std::string message = test_message(*hl7, control_id);
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    auto connected = NetStream::open(hl7->host, hl7->port, deadline);
    if (!connected.ok()) return answer_of(connected.fault());
    steps.done("connect");
    PeerStream stream(std::move(*connected));
    if (hl7->tls) {
        const auto shaken = stream.secure(*hl7->tls, task, deadline);
        if (!shaken.ok()) return steps.in(answer_of(shaken.fault()), "during the handshake");
        steps.done("tls");
    }
    const auto sent = stream.send(mllp_frame(message), deadline);
    if (!sent.ok()) return steps.in(answer_of(sent.fault()), "sending");
    const CheckAnswer answer = acknowledgement(stream, control_id, deadline);
    if (answer.outcome == CheckOutcome::kOk) steps.done("acknowledge");
    return steps.in(answer, "waiting for an acknowledgement");
}

}  // namespace

const CheckProtocol kHl7Check{"hl7-mllp", complete_hl7, run_hl7};

}  // namespace klarsyn
