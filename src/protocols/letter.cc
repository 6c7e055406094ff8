#include "protocols/letter.h"

#include <fmt/format.h>
#include <gmime/gmime.h>
#include <sodium.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "core/text.h"
#include "protocols/html_text.h"

namespace klarsyn {
namespace {

constexpr std::size_t kHeadMax = 998;
constexpr std::size_t kReferencesMax = 16 << 10;
constexpr std::size_t kAddressesMax = 200;
constexpr std::size_t kMessageBytesMax = 128 << 20;

struct Release {
    void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Not in the middle of a letter.
std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && is_continuation(text[most])) --most;
    text.resize(most);
    return text;
}

// Ill-formed bytes become U+FFFD, line ends LF, and control characters go.
std::string clean(std::string_view given, bool lines) {
    std::string valid;
    char* made = g_utf8_make_valid(given.data(), static_cast<gssize>(given.size()));
    for (const char* at = made; *at != '\0'; ++at) {
        const auto c = static_cast<unsigned char>(*at);
        if (c == '\r') continue;
        if (c == '\n' || c == '\t') valid += lines ? *at : ' ';
        else if (c >= 0x20 && c != 0x7F) valid += *at;
    }
    g_free(made);
    return valid;
}

std::string base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
}

// RFC 2047, in words of at most 75 characters, each of whole letters.
std::string encoded_words(std::string_view text) {
    constexpr std::size_t kWordBytes = 42;
    std::string head;
    while (!text.empty()) {
        std::size_t end = std::min(kWordBytes, text.size());
        while (end < text.size() && end > 1 && is_continuation(text[end])) --end;
        head += (head.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + base64(text.substr(0, end)) + "?=";
        text.remove_prefix(end);
    }
    return head;
}

bool plain_ascii(std::string_view text) {
    return text.size() < 60 && text.find("=?") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string head_text(std::string_view text) {
    const std::string one_line = clean(text, false);
    return plain_ascii(one_line) ? one_line : encoded_words(one_line);
}

std::string date_of(UtcSecond at) {
    const std::time_t seconds = at;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[parts.tm_wday], parts.tm_mday,
                       kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                       parts.tm_sec);
}

std::string in_lines(const std::string& encoded) {
    std::string lines;
    for (std::size_t at = 0; at < encoded.size(); at += 76)
        lines += encoded.substr(at, 76) + "\r\n";
    return lines;
}

}  // namespace

bool is_mail_address(std::string_view address) {
    const auto at = address.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 >= address.size() || address.size() > 254) return false;
    return address.find('@', at + 1) == std::string_view::npos && address.front() != '-' &&
           std::all_of(address.begin(), address.end(), [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
                      std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
           });
}

std::string compose_letter(const OutLetter& letter) {
    const std::string from = letter.from_name.empty()
                                 ? letter.from
                                 : encoded_words(clean(letter.from_name, false)) + " <" + letter.from + ">";
    std::string text = clean(letter.text, true);
    std::string lines;
    for (const char c : text) lines += c == '\n' ? "\r\n" : std::string(1, c);
    std::string message = fmt::format(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n", from, letter.to,
        head_text(letter.subject), date_of(letter.at), letter.message_id);
    if (!letter.reply_to.empty()) message += "Reply-To: " + letter.reply_to + "\r\n";
    if (!letter.references.empty())
        message += fmt::format("In-Reply-To: {0}\r\nReferences: {0}\r\n", clean(letter.references, false));
    if (!letter.unsubscribe.empty())
        message += "List-Unsubscribe: <" + clean(letter.unsubscribe, false) +
                   ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    // RFC 3834: programs that answer must leave it alone.
    message += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
               "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n";
    return message + in_lines(base64(lines));
}

namespace {

std::string header(GMimeObject* message, const char* name) {
    const char* value = g_mime_object_get_header(message, name);
    return value != nullptr ? clean(value, false) : std::string();
}

// The addresses of a list, also those inside groups.
void add_addresses(InternetAddressList* list, std::vector<std::string>& into) {
    const int count = list != nullptr ? internet_address_list_length(list) : 0;
    for (int i = 0; i < count && into.size() < kAddressesMax; ++i) {
        InternetAddress* address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(address)) {
            const char* mailbox = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
            if (mailbox != nullptr) into.push_back(lower(clean(mailbox, false)));
        }
    }
}

void read_people(GMimeMessage* message, InLetter& letter) {
    InternetAddressList* from = g_mime_message_get_from(message);
    std::vector<std::string> writers;
    add_addresses(from, writers);
    if (!writers.empty() && is_mail_address(writers.front())) letter.from = writers.front();
    if (from != nullptr && internet_address_list_length(from) > 0) {
        const char* name = internet_address_get_name(internet_address_list_get_address(from, 0));
        if (name != nullptr) letter.from_name = cut(clean(name, false), 120);
    }
    add_addresses(g_mime_message_get_to(message), letter.to);
    add_addresses(g_mime_message_get_cc(message), letter.to);
    for (const char* name : {"Delivered-To", "X-Original-To", "Envelope-To"})
        if (const std::string to = header(GMIME_OBJECT(message), name); !to.empty())
            letter.to.push_back(lower(to));
}

InLetter::Writer writer_of(GMimeMessage* message) {
    GMimeObject* object = GMIME_OBJECT(message);
    const std::string automatic = lower(header(object, "Auto-Submitted"));
    const std::string precedence = lower(header(object, "Precedence"));
    const std::string back = header(object, "Return-Path");
    const char* type = nullptr;
    if (GMimeObject* part = g_mime_message_get_mime_part(message)) {
        GMimeContentType* content = g_mime_object_get_content_type(part);
        if (content != nullptr && g_mime_content_type_is_type(content, "multipart", "report")) type = "report";
    }
    const bool answers = automatic.starts_with("auto-replied") || precedence == "bulk" ||
                         precedence == "list" || precedence == "junk" || precedence == "auto_reply" ||
                         back == "<>" || type != nullptr || !header(object, "List-Id").empty() ||
                         !header(object, "X-Autoreply").empty() || !header(object, "X-Autorespond").empty();
    if (answers) return InLetter::Writer::answering_program;
    const bool program = !automatic.empty() && !automatic.starts_with("no");
    return program ? InLetter::Writer::program : InLetter::Writer::person;
}

// The bytes of a part, decoded, at most `most`.
std::string part_bytes(GMimePart* part, std::size_t most) {
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return "";
    const Owned<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(content, memory.get());
    GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
    return {reinterpret_cast<const char*>(bytes->data), std::min<std::size_t>(bytes->len, most)};
}

// A text part in UTF-8, whatever its character set; what cannot be is replaced.
std::string part_text(GMimeTextPart* part) {
    char* text = g_mime_text_part_get_text(part);
    const std::string found = text != nullptr ? clean(text, true) : std::string();
    g_free(text);
    return found;
}

class PartReader {
public:
    PartReader(InLetter& letter, const LetterLimits& limits) : letter_(letter), limits_(limits) {}

    // Depth is bounded by the parser (and a letter inside a letter is a file, never entered).
    void read(GMimeObject* object, bool shown) {
        if (object == nullptr || ++parts_ > limits_.parts) return;
        if (GMIME_IS_MULTIPART(object)) return read_parts(GMIME_MULTIPART(object), shown);
        if (GMIME_IS_MESSAGE_PART(object)) return keep_message(GMIME_MESSAGE_PART(object));
        if (!GMIME_IS_PART(object)) return;
        GMimePart* part = GMIME_PART(object);
        GMimeContentType* type = g_mime_object_get_content_type(object);
        const bool file = g_mime_part_is_attachment(part) || g_mime_part_get_filename(part) != nullptr;
        if (!file && shown && GMIME_IS_TEXT_PART(object)) {
            const bool html = g_mime_content_type_is_type(type, "text", "html");
            std::string text = part_text(GMIME_TEXT_PART(object));
            return add_text(html ? html_to_text(text, limits_.text_bytes) : std::move(text));
        }
        if (shown || file) keep_file(part);
    }

    std::string text() { return std::move(text_); }

private:
    void read_parts(GMimeMultipart* parts, bool shown) {
        const int count = g_mime_multipart_get_count(parts);
        const bool choice = g_mime_content_type_is_type(
            g_mime_object_get_content_type(GMIME_OBJECT(parts)), "multipart", "alternative");
        if (!choice) {
            for (int i = 0; i < count; ++i) read(g_mime_multipart_get_part(parts, i), shown);
            return;
        }
        // The same words in several forms: the plain one is read, of the others only files.
        int best = count > 0 ? 0 : -1;
        for (int i = 0; i < count; ++i) {
            GMimeContentType* type = g_mime_object_get_content_type(g_mime_multipart_get_part(parts, i));
            if (!g_mime_content_type_is_type(type, "text", "plain")) continue;
            best = i;
            break;
        }
        for (int i = 0; i < count; ++i) read(g_mime_multipart_get_part(parts, i), shown && i == best);
    }

    void add_text(std::string text) {
        if (text.empty()) return;
        if (!text_.empty()) text_ += "\n\n";
        text_ += text;
        if (text_.size() > limits_.text_bytes) {
            text_ = cut(std::move(text_), limits_.text_bytes);
            letter_.text_cut = true;
        }
    }

    void keep(std::string name, std::string bytes) {
        if (bytes.empty()) return;
        if (letter_.files.size() >= limits_.files || bytes.size() > limits_.file_bytes)
            ++letter_.files_left_out;
        else
            letter_.files.push_back({std::move(name), std::move(bytes)});
    }

    void keep_file(GMimePart* part) {
        const char* name = g_mime_part_get_filename(part);
        keep(name != nullptr ? clean(name, false) : "file", part_bytes(part, limits_.file_bytes + 1));
    }

    void keep_message(GMimeMessagePart* part) {
        GMimeMessage* inner = g_mime_message_part_get_message(part);
        if (inner == nullptr) return;
        char* text = g_mime_object_to_string(GMIME_OBJECT(inner), nullptr);
        keep("message.eml", text != nullptr ? text : "");
        g_free(text);
    }

    InLetter& letter_;
    const LetterLimits& limits_;
    std::size_t parts_ = 0;
    std::string text_;
};

Owned<GMimeMessage> parse(std::string_view bytes) {
    static const bool started = [] {
        g_mime_init();
        return true;
    }();
    (void)started;
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

}  // namespace

Result<InLetter> read_letter(std::string_view bytes, const LetterLimits& limits) {
    const auto unreadable = [] { return make_error(ErrorCode::invalid_input, "protocols.letter.unreadable"); };
    if (bytes.size() > kMessageBytesMax) return unreadable();
    const Owned<GMimeMessage> message = parse(bytes);
    if (!message) return unreadable();
    InLetter letter;
    read_people(message.get(), letter);
    if (letter.from.empty()) return unreadable();
    letter.writer = writer_of(message.get());
    if (const char* id = g_mime_message_get_message_id(message.get())) letter.message_id = cut(clean(id, false), kHeadMax);
    if (const char* subject = g_mime_message_get_subject(message.get())) letter.subject = cut(clean(subject, false), kHeadMax);
    letter.references = cut(header(GMIME_OBJECT(message.get()), "In-Reply-To") + " " +
                                header(GMIME_OBJECT(message.get()), "References"),
                            kReferencesMax);
    PartReader reader(letter, limits);
    reader.read(g_mime_message_get_mime_part(message.get()), true);
    letter.text = reader.text();
    return letter;
}

}  // namespace klarsyn
