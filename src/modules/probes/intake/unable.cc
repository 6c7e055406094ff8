#include "modules/probes/intake/unable.h"

#include <boost/json.hpp>

#include <algorithm>

#include "core/utf8.h"
#include "modules/probes/rows.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::size_t kNotesMax = 1000;  // of a batch
constexpr std::size_t kReasonBytesMax = 300;

bool clean(std::string_view text, std::size_t most) {
    return text.size() <= most && well_formed_utf8(text) &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

bool take(const json::object& object, std::string_view field, std::size_t most, std::string& into) {
    const json::value* value = object.if_contains(field);
    if (value == nullptr || !value->is_string()) return false;
    into = std::string(value->get_string());
    return clean(into, most);
}

}  // namespace

std::vector<UnableNote> read_unable(const json::array& list, const std::string& agent,
                                    UtcSecond latest) {
    std::vector<UnableNote> notes;
    for (const json::value& one : list) {
        const json::object* object = one.if_object();
        if (object == nullptr || notes.size() == kNotesMax) continue;
        UnableNote note;
        note.agent = agent;
        std::string time;
        const bool read = take(*object, "system", kNameBytesMax, note.system) &&
                          take(*object, "action", kNameBytesMax, note.action) &&
                          take(*object, "site", kNameBytesMax, note.site) &&
                          take(*object, "seat", kNameBytesMax, note.seat) &&
                          take(*object, "reason", kReasonBytesMax, note.reason) &&
                          take(*object, "time", 40, time);
        const auto at = parse_iso_utc(time);
        if (!read || !at.ok() || *at < 0 || *at > latest) continue;
        note.first_at = note.last_at = *at;
        notes.push_back(std::move(note));
    }
    return notes;
}

Result<void> note_unable(Connection& db, const std::vector<UnableNote>& notes) {
    for (const UnableNote& note : notes) {
        KL_TRY(
            [[maybe_unused]] const auto kept,
            db.run("INSERT INTO probes_unable (agent, system, action, site, seat, reason, times, "
                   "first_at, last_at) VALUES (:agent, :system, :action, :site, :seat, :reason, "
                   "1, :at, :at) ON CONFLICT (agent, system, action, site, seat) DO UPDATE SET "
                   "times = CASE WHEN probes_unable.reason = excluded.reason "
                   "THEN probes_unable.times + 1 ELSE 1 END, "
                   "first_at = CASE WHEN probes_unable.reason = excluded.reason "
                   "THEN probes_unable.first_at ELSE excluded.first_at END, "
                   "last_at = excluded.last_at, reason = excluded.reason",
                   {{":agent", Value(note.agent)},
                    {":system", Value(note.system)},
                    {":action", Value(note.action)},
                    {":site", Value(note.site)},
                    {":seat", Value(note.seat)},
                    {":reason", Value(note.reason)},
                    {":at", Value(note.last_at)}}));
    }
    return {};
}

Result<std::vector<UnableNote>> unable_notes(Connection& db, UtcSecond from, UtcSecond to,
                                             std::int64_t limit) {
    KL_TRY(auto rows,
           db.query("SELECT agent, system, action, site, seat, reason, times, first_at, last_at "
                    "FROM probes_unable WHERE last_at >= :from AND first_at <= :to "
                    "ORDER BY last_at DESC, agent, system, action, site, seat LIMIT :limit",
                    {{":from", Value(from)}, {":to", Value(to)}, {":limit", Value(limit)}}));
    std::vector<UnableNote> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        UnableNote note;
        note.agent = rows->text(0);
        note.system = rows->text(1);
        note.action = rows->text(2);
        note.site = rows->text(3);
        note.seat = rows->text(4);
        note.reason = rows->text(5);
        note.times = rows->i64(6);
        note.first_at = rows->i64(7);
        note.last_at = rows->i64(8);
        list.push_back(std::move(note));
    }
}

}  // namespace klarsyn::probes
