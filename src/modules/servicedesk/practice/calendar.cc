#include "modules/servicedesk/practice/calendar.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kLineOctets = 73;  // of 75: the next line's space and some room

// "20261121T143000Z"
std::string stamp(UtcSecond at) {
    std::string text;
    for (const char c : iso_utc(at))
        if (c != '-' && c != ':') text += c;
    return text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == ';' || c == ',') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (c != '\r')
            out += c;
    }
    return out;
}

// One content line, folded between characters, never inside one.
void put(std::string& out, std::string_view line) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
        if (begins && used + 4 > kLineOctets) {
            out += "\r\n ";
            used = 1;
        }
        out += line[i];
        ++used;
    }
    out += "\r\n";
}

struct Event {
    std::string uid, title, status, text;
    UtcSecond from = 0, to = 0, changed = 0;
    std::int64_t version = 0;
    std::string url;
};

void put_event(std::string& out, const Event& event) {
    put(out, "BEGIN:VEVENT");
    put(out, "UID:" + event.uid + "@klarsyn");
    put(out, "DTSTAMP:" + stamp(event.changed));
    put(out, "SEQUENCE:" + std::to_string(event.version));
    put(out, "DTSTART:" + stamp(event.from));
    put(out, "DTEND:" + stamp(event.to));
    put(out, "SUMMARY:" + escaped(event.title));
    if (!event.text.empty()) put(out, "DESCRIPTION:" + escaped(event.text));
    if (!event.url.empty()) put(out, "URL:" + event.url);
    put(out, "STATUS:" + event.status);
    put(out, "END:VEVENT");
}

std::string status_of(const std::string& state) {
    if (state == "requested") return "TENTATIVE";
    if (state == "cancelled" || state == "rejected") return "CANCELLED";
    return "CONFIRMED";
}

}  // namespace

std::string calendar_text(const CalendarText& about, std::span<const ObjectRow> changes,
                          std::span<const Freeze> freezes) {
    std::string out;
    put(out, "BEGIN:VCALENDAR");
    put(out, "VERSION:2.0");
    put(out, "PRODID:-//Klarsyn//changes//EN");
    put(out, "CALSCALE:GREGORIAN");
    put(out, "METHOD:PUBLISH");
    put(out, "X-WR-CALNAME:" + escaped(about.name));
    for (const ObjectRow& row : changes) {
        if (!row.starts_at || !row.ends_at) continue;
        std::string systems;
        for (const std::string& one : row.systems) systems += (systems.empty() ? "" : ", ") + one;
        put_event(out, {row.number, row.number + " " + row.title, status_of(row.state), systems,
                        *row.starts_at, *row.ends_at, row.updated_at, row.version,
                        about.address.empty() ? "" : about.address + "/changes/" + row.number});
    }
    for (const Freeze& freeze : freezes)
        put_event(out, {"freeze-" + freeze.id + "-" + std::to_string(freeze.from),
                        about.freeze_prefix + freeze.title.in(about.language), "CONFIRMED", "",
                        freeze.from, freeze.to, freeze.from, 0, ""});
    put(out, "END:VCALENDAR");
    return out;
}

}  // namespace klarsyn::servicedesk
