#include "modules/probes/flow/live.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/utf8.h"
#include "ingest/derive_rows.h"
#include "modules/probes/flow/hl7_log.h"
#include "modules/probes/live_source.h"
#include "store/settings.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::string_view kZone = "Europe/Copenhagen";

auto identity_of(const FlowEvent& event) {
    return std::tie(event.at_ms, event.hop, event.sender, event.receiver, event.type, event.number,
                    event.code);
}

// Gathers what is known of one number, then says what it was.
class Gathered {
public:
    void add(FlowEvent event, std::int64_t feed) { ++counted_[std::move(event)][feed]; }

    // Each event once, as often as the feed with most of it has it; the hops in the order in which
    // the messages reached them, where nobody stated another.
    std::vector<FlowEvent> events() const {
        auto order = std::make_shared<std::vector<std::string>>();
        std::vector<FlowEvent> list;
        for (const auto& [event, feeds] : counted_) {  // by time
            list.push_back(event);
            list.back().copies = 0;
            for (const auto& [feed, count] : feeds)
                list.back().copies = std::max(list.back().copies, count);
            const bool known = std::find(order->begin(), order->end(), event.hop) != order->end();
            if (!event.acknowledges() && !known) order->push_back(event.hop);
        }
        for (FlowEvent& event : list) event.order = order;
        return list;
    }

private:
    struct Less {
        bool operator()(const FlowEvent& a, const FlowEvent& b) const {
            return identity_of(a) < identity_of(b);
        }
    };
    std::map<FlowEvent, std::map<std::int64_t, std::int64_t>, Less> counted_;
};

class LiveDeriver {
public:
    LiveDeriver(Connection& db, FactWriter& writer, const HopPlan& plan)
        : db_(db), names_(writer.names()), writer_(writer), plan_(plan) {}

    Result<void> derive(std::int64_t source, const std::string& number) {
        KL_TRY(const std::string source_name, names_.text(source));
        Gathered gathered;
        KL_TRY(auto rows,
               db_.query("SELECT feed, at_ms, hop, sender, receiver, type, code "
                         "FROM probes_flow_event WHERE number = :number AND source = :source",
                         {{":number", Value(number)}, {":source", Value(source)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            FlowEvent event;
            event.at_ms = rows->i64(1);
            KL_TRY(event.hop, text(rows->i64(2)));
            KL_TRY(event.sender, text(rows->i64(3)));
            KL_TRY(event.receiver, text(rows->i64(4)));
            KL_TRY(event.type, text(rows->i64(5)));
            event.code = rows->text(6);
            event.number = number;
            gathered.add(std::move(event), rows->i64(0));
        }
        KL_CHECK(writer_.begin_group(flow_group("live\n" + source_name, number),
                                     FactWriter::Group::may_exist));
        for (const FlowStep& step : trace(gathered.events(), plan_))
            write_step(step, source_name, writer_);
        return writer_.end_group();
    }

private:
    Result<std::string> text(std::int64_t id) {
        return id == 0 ? Result<std::string>(std::string()) : names_.text(id);
    }
    Connection& db_;
    Names& names_;
    FactWriter& writer_;
    const HopPlan& plan_;
};

Error fault(std::string_view key, std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "probes.agents." + std::string(key));
    error.field = field;
    return error;
}

std::string name_of(const json::object& object, std::string_view field) {
    const json::value* value = object.if_contains(field);
    if (value == nullptr || !value->is_string()) return {};
    const std::string_view text = trimmed(value->get_string());
    const bool plain = text.size() <= kNameBytesMax && well_formed_utf8(text) &&
                       std::none_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < ' '; });
    return plain ? std::string(text) : std::string();
}

constexpr std::size_t kEventsMax = 10'000;
constexpr std::size_t kFaultsMax = 100;

// Reads the events of a batch; times without an offset lie in the zone that the event states.
class EventReader {
public:
    explicit EventReader(UtcSecond latest) : latest_(latest) {}

    LineFault read(const json::value& value, FlowEvent& event) {
        const json::object* object = value.if_object();
        if (object == nullptr) return {"probes.agents.no_object", ""};
        const json::value* line = object->if_contains("line");
        if (line == nullptr || !line->is_string()) return {"probes.flow.columns", "line"};
        std::string zone(kZone);
        if (const auto* stated = object->if_contains("zone");
            stated != nullptr && stated->is_string())
            zone = stated->get_string();
        auto reader = readers_.find(zone);
        if (reader == readers_.end()) {
            const auto found = Zone::find(zone);
            if (!found.ok()) return {"probes.flow.time", "zone"};
            reader = readers_.emplace(zone, LogLineReader(*found)).first;
        }
        LineFault wrong = reader->second.read(std::string_view(line->get_string()), event);
        if (wrong.key.empty() && (event.at_ms < 0 || event.at_ms / 1000 > latest_))
            wrong = {"probes.agents.time", "time"};
        return wrong;
    }

private:
    UtcSecond latest_;
    std::map<std::string, LogLineReader> readers_;
};

// The row of the feed as it stands after the batch; its id.
Result<std::int64_t> note_feed(Connection& db, const FlowBatch& batch, UtcSecond now) {
    KL_TRY(const Delivered before, flow_feed_state(db, batch));
    const Delivered after = delivered_with(before, batch.number, batch.digest);
    KL_TRY(auto rows,
           db.query("INSERT INTO probes_flow_feed (agent, epoch, last_batch, digests, dropped, "
                    "seen_at) VALUES (:agent, :epoch, :number, :digests, :dropped, :now) "
                    "ON CONFLICT (agent, epoch) DO UPDATE SET last_batch = :number, "
                    "digests = :digests, dropped = :dropped, seen_at = :now RETURNING id",
                    {{":agent", Value(batch.agent)},
                     {":epoch", Value(batch.epoch)},
                     {":number", Value(after.last)},
                     {":digests", Value(after.digests)},
                     {":dropped", Value(batch.dropped)},
                     {":now", Value(now)}}));
    KL_TRY([[maybe_unused]] const bool found, rows->next());
    const std::int64_t id = rows->i64(0);
    KL_TRY([[maybe_unused]] const bool more, rows->next());
    return id;
}

Result<void> write_event(WriteTurn& turn, std::int64_t seq, std::int64_t source, std::int64_t feed,
                         const FlowEvent& event) {
    const auto name = [&](const std::string& text) {
        return text.empty() ? Result<std::int64_t>(std::int64_t{0}) : turn.names.intern(text);
    };
    KL_TRY(const auto hop, name(event.hop));
    KL_TRY(const auto sender, name(event.sender));
    KL_TRY(const auto receiver, name(event.receiver));
    KL_TRY(const auto type, name(event.type));
    KL_TRY([[maybe_unused]] const auto added,
           turn.db.run("INSERT INTO probes_flow_event (seq, source, feed, at_ms, hop, sender, "
                       "receiver, type, number, code) VALUES (:seq, :source, :feed, :at, :hop, "
                       ":sender, :receiver, :type, :number, :code)",
                       {{":seq", Value(seq)},
                        {":source", Value(source)},
                        {":feed", Value(feed)},
                        {":at", Value(event.at_ms)},
                        {":hop", Value(hop)},
                        {":sender", Value(sender)},
                        {":receiver", Value(receiver)},
                        {":type", Value(type)},
                        {":number", Value(event.number)},
                        {":code", Value(event.code)}}));
    return {};
}

Result<void> derive_all(Connection& db, std::int64_t, FactWriter& writer) {
    std::vector<std::pair<std::int64_t, std::string>> numbers;
    {
        KL_TRY(auto rows, db.query("SELECT DISTINCT source, number FROM probes_flow_event"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            numbers.emplace_back(rows->i64(0), rows->text(1));
        }
    }
    KL_TRY(const auto plan, load_hop_plan(db, {}));
    LiveDeriver deriver(db, writer, hop_plan_of(plan.get()));
    for (const auto& [source, number] : numbers) KL_CHECK(deriver.derive(source, number));
    return writer.flush();
}

}  // namespace

Result<FlowBatch> read_flow_batch(std::string_view body, UtcSecond latest) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(body, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return fault("no_object", {});
    FlowBatch batch;
    batch.agent = name_of(*object, "agent");
    if (batch.agent.empty()) return fault("name", "agent");
    batch.epoch = name_of(*object, "epoch");
    if (batch.epoch.empty()) return fault("name", "epoch");
    const json::value* number = object->if_contains("batch");
    if (number == nullptr || !number->is_int64() || number->get_int64() < 1)
        return fault("number", "batch");
    batch.number = number->get_int64();
    if (const json::value* dropped = object->if_contains("dropped"); dropped && dropped->is_int64())
        batch.dropped = std::max<std::int64_t>(0, dropped->get_int64());
    const json::value* events = object->if_contains("events");
    if (events == nullptr || !events->is_array()) return fault("no_list", "events");
    const json::array& list = events->get_array();
    if (list.size() > kEventsMax) return fault("too_many", "events");
    batch.digest = batch_digest(json::serialize(list));
    EventReader reader(latest);
    for (std::size_t i = 0; i < list.size(); ++i) {
        FlowEvent event;
        LineFault wrong = reader.read(list[i], event);
        if (wrong.key.empty())
            batch.events.push_back(std::move(event));
        else if (batch.faults.size() < kFaultsMax)
            batch.faults.push_back({i, std::move(wrong.field), std::move(wrong.key)});
        else
            batch.faults.back() = {i, "", "probes.agents.more"};
    }
    return batch;
}

Result<Delivered> flow_feed_state(Connection& db, const FlowBatch& batch) {
    KL_TRY(auto rows, db.query("SELECT last_batch, digests FROM probes_flow_feed "
                               "WHERE agent = :agent AND epoch = :epoch",
                               {{":agent", Value(batch.agent)}, {":epoch", Value(batch.epoch)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return Delivered{};
    return Delivered{rows->i64(0), std::string(rows->text(1))};
}

const Format& live_flow_format() {
    static const Format kFormat =
        fileless_format("flow-intake", "probes", hl7_log_format().tables);
    return kFormat;
}

Result<void> keep_flow(WriteTurn& turn, const std::string& source, const FlowBatch& batch) {
    KL_CHECK(check_live_source(turn.db, source));
    KL_TRY(const auto feed, note_feed(turn.db, batch, turn.now));
    KL_TRY(const auto seq, turn.begin_entry());
    KL_TRY(FactWriter* const writer, turn.facts(live_flow_format()));
    KL_TRY(const auto source_id, turn.names.intern(source));
    std::set<std::string> numbers;
    std::set<Day> days;
    for (const FlowEvent& event : batch.events) {
        KL_CHECK(write_event(turn, seq, source_id, feed, event));
        numbers.insert(event.number);
        days.insert(Zone::copenhagen().to_local(event.at_ms / 1000).day);
    }
    KL_TRY(const auto plan, load_hop_plan(turn.db, source));
    LiveDeriver deriver(turn.db, *writer, hop_plan_of(plan.get()));
    for (const std::string& number : numbers) KL_CHECK(deriver.derive(source_id, number));
    KL_CHECK(cover_live_days(turn.db, seq, source, days));
    return turn.end_entry(source, "intake",
                          json::serialize(json::object{{"source", source},
                                                       {"agent", batch.agent},
                                                       {"batch", batch.number},
                                                       {"messages", batch.events.size()},
                                                       {"rejected", batch.faults.size()}}));
}

Result<std::int64_t> derive_live_flow(Store& store, const Clock& clock,
                                      const DeriveReason& reason) {
    return derive_rows(store, clock, live_flow_format(), live_flow_format().name, reason, derive_all);
}

Result<std::int64_t> count_flow_faults(Store& store) {
    return count_derived_faults(store, live_flow_format(), derive_all);
}

}  // namespace klarsyn::probes
