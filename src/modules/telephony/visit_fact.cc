#include "modules/telephony/visit_fact.h"

#include <charconv>
#include <optional>

#include "ingest/fact_text.h"

namespace klarsyn::telephony {
namespace {

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

void put_name(FactSink& sink, std::string_view text) {
    text.empty() ? sink.null() : sink.i64(sink.name(text));
}

}  // namespace

FactTableSpec visit_table_spec() {
    return {"telephony_visit",
            {"day", "hour", "weekday", "queue", "outcome", "way", "entered", "ended", "connected",
             "wait_s", "ring_s", "talk_s", "agent", "position", "callid", "wait_flagged", "source"},
            {"day"},
            {"outcome", "callid"}};
}

void write_visit(const Visit& visit, std::string_view source, std::pmr::string& key,
                 FactSink& sink) {
    const LogLine& entry = *visit.entry;
    key.clear();
    append_key_part(key, source);
    append_key_part(key, entry.callid);
    append_key_part(key, entry.queue);
    append_key_number(key, entry.time);
    key += '.';
    append_key_number(key, visit.ordinal);
    sink.begin(0, key);
    const LocalTime local = Zone::copenhagen().to_local(entry.time);
    sink.i64(local.day);
    sink.i64(local.hour());
    sink.i64(weekday_of(local.day));
    sink.i64(sink.name(entry.queue));
    sink.text(outcome_name(visit.outcome));
    put_name(sink, visit.way);
    sink.i64(entry.time);
    write_optional(visit.ended, sink);
    write_optional(visit.connected, sink);
    write_optional(visit.wait_s, sink);
    write_optional(visit.ring_s, sink);
    write_optional(visit.talk_s, sink);
    put_name(sink, visit.agent);
    write_optional(entry.position, sink);
    sink.text(entry.callid);
    sink.i64(visit.wait_flagged ? 1 : 0);
    sink.i64(sink.name(source));
    sink.end();
}

std::int64_t log_group(std::string_view callid, std::string& exact_key) {
    exact_key.append(callid);
    const auto second = callid_second(callid);
    return group_key(second ? *second : hash64(callid), exact_key);
}

}  // namespace klarsyn::telephony
