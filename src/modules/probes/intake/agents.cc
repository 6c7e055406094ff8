#include "modules/probes/intake/agents.h"

#include <boost/json.hpp>

#include <algorithm>

#include "modules/probes/rows.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr std::size_t kResultsMax = 10'000;
constexpr std::size_t kFaultsMax = 100;

Error fault(std::string_view key, std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "probes.agents." + std::string(key));
    error.field = field;
    return error;
}

// A bare text of at most kNameBytesMax bytes without control characters; none otherwise.
std::optional<std::string> name_of(const json::object& object, std::string_view field,
                                   bool needed) {
    const json::value* value = object.if_contains(field);
    if (value == nullptr || value->is_null())
        return needed ? std::nullopt : std::optional<std::string>("");
    if (!value->is_string()) return std::nullopt;
    const std::string_view text = trimmed(value->get_string());
    if (text.size() > kNameBytesMax || (needed && text.empty()) || !well_formed_utf8(text))
        return std::nullopt;
    const bool control = std::any_of(text.begin(), text.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (control) return std::nullopt;
    return std::string(text);
}

// One result; the field at fault with its text key, or nothing.
std::optional<std::pair<std::string, std::string>> read_result(const json::value& value,
                                                               UtcSecond latest,
                                                               KeptMeasurement& out) {
    const json::object* object = value.if_object();
    if (object == nullptr) return std::pair("", "probes.agents.no_object");
    for (const auto& [field, into] :
         {std::pair("system", &out.system), std::pair("action", &out.action),
          std::pair("site", &out.site), std::pair("seat", &out.seat)}) {
        auto name = name_of(*object, field, std::string_view(field) != "seat");
        if (!name) return std::pair(field, "probes.agents.name");
        *into = std::move(*name);
    }
    const json::value* time = object->if_contains("time");
    const auto at = time != nullptr && time->is_string()
                        ? parse_iso_utc(time->get_string())
                        : Result<UtcSecond>(make_error(ErrorCode::invalid_input, ""));
    if (!at.ok() || *at < 0 || *at > latest) return std::pair("time", "probes.agents.time");
    out.at = *at;
    const json::value* outcome = object->if_contains("outcome");
    const auto known = outcome != nullptr && outcome->is_string()
                           ? outcome_named(std::string_view(outcome->get_string()))
                           : std::nullopt;
    if (!known) return std::pair("outcome", "probes.agents.outcome");
    out.outcome = *known;
    const json::value* ms = object->if_contains("ms");
    const bool given = ms != nullptr && !ms->is_null();
    if (!given && out.outcome == Outcome::ok) return std::pair("ms", "probes.agents.ms");
    if (!given) return std::nullopt;
    if (!ms->is_int64() || ms->get_int64() < 0 || ms->get_int64() > kMsMax)
        return std::pair("ms", "probes.agents.ms");
    out.ms = ms->get_int64();
    return std::nullopt;
}

// What the batch says beside its results; what cannot be read of it is left out.
void read_beside(const json::object& object, UtcSecond latest, AgentBatch& batch) {
    if (const json::value* unable = object.if_contains("unable"); unable && unable->is_array())
        batch.unable = read_unable(unable->get_array(), batch.agent, latest);
    if (const json::value* dropped = object.if_contains("dropped"); dropped && dropped->is_int64())
        batch.dropped = std::max<std::int64_t>(0, dropped->get_int64());
    const json::value* machine = object.if_contains("machine");
    if (machine == nullptr || !machine->is_object()) return;
    batch.model = name_of(machine->get_object(), "model", false).value_or("");
    batch.serial = name_of(machine->get_object(), "serial", false).value_or("");
    const std::string date = name_of(machine->get_object(), "bios_date", false).value_or("");
    if (parse_iso_date(date).ok()) batch.bios_date = date;
}

}  // namespace

Result<AgentBatch> read_batch(std::string_view body, UtcSecond latest) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(body, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return fault("no_object", {});
    AgentBatch batch;
    const auto agent = name_of(*object, "agent", true);
    if (!agent) return fault("name", "agent");
    const auto epoch = name_of(*object, "epoch", true);
    if (!epoch) return fault("name", "epoch");
    batch.agent = *agent;
    batch.epoch = *epoch;
    const json::value* number = object->if_contains("batch");
    if (number == nullptr || !number->is_int64() || number->get_int64() < 1)
        return fault("number", "batch");
    batch.number = number->get_int64();
    read_beside(*object, latest, batch);
    const json::value* results = object->if_contains("results");
    if (results == nullptr || !results->is_array()) return fault("no_list", "results");
    const json::array& list = results->get_array();
    if (list.size() > kResultsMax) return fault("too_many", "results");
    const json::value* unable = object->if_contains("unable");
    batch.digest = batch_digest(json::serialize(list) +
                                (unable != nullptr ? json::serialize(*unable) : std::string()));
    for (std::size_t i = 0; i < list.size(); ++i) {
        KeptMeasurement one;
        if (auto wrong = read_result(list[i], latest, one)) {
            if (batch.faults.size() < kFaultsMax)
                batch.faults.push_back({i, std::move(wrong->first), std::move(wrong->second)});
            else
                batch.faults.back() = {i, "", "probes.agents.more"};
        } else {
            read_readings(list[i].get_object(), one, batch.readings);
            batch.measurements.push_back(std::move(one));
        }
    }
    return batch;
}

Result<AgentState> agent_state(Connection& db, const AgentBatch& batch) {
    AgentState state;
    {
        KL_TRY(auto rows, db.query("SELECT last_batch, digests, missed FROM probes_agent "
                                   "WHERE agent = :agent AND epoch = :epoch",
                                   {{":agent", Value(batch.agent)}, {":epoch", Value(batch.epoch)}}));
        KL_TRY(const bool found, rows->next());
        if (!found) return state;
        state = {{rows->i64(0), std::string(rows->text(1))}, rows->i64(2), std::nullopt};
    }
    if (batch.number >= state.batches.last) return state;
    KL_TRY(auto rows, db.query("SELECT first_batch, last_batch FROM probes_agent_gap "
                               "WHERE agent = :agent AND epoch = :epoch "
                               "AND first_batch <= :number AND last_batch >= :number",
                               {{":agent", Value(batch.agent)},
                                {":epoch", Value(batch.epoch)},
                                {":number", Value(batch.number)}}));
    KL_TRY(const bool found, rows->next());
    if (found) state.gap = {rows->i64(0), rows->i64(1)};
    return state;
}

namespace {

Result<void> add_gap(Connection& db, const AgentBatch& batch, std::int64_t first,
                     std::int64_t last) {
    if (first > last) return {};
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO probes_agent_gap (agent, epoch, first_batch, last_batch) "
                  "VALUES (:agent, :epoch, :first, :last)",
                  {{":agent", Value(batch.agent)},
                   {":epoch", Value(batch.epoch)},
                   {":first", Value(first)},
                   {":last", Value(last)}}));
    return {};
}

// Keeps the numbers that are still owed; how many more or fewer they are than before.
Result<std::int64_t> note_gap(Connection& db, const AgentBatch& batch, const AgentState& before) {
    if (!before.gap) {
        KL_CHECK(add_gap(db, batch, before.batches.last + 1, batch.number - 1));
        return batch.number - before.batches.last - 1;
    }
    const auto [first, last] = *before.gap;
    KL_TRY([[maybe_unused]] const auto gone,
           db.run("DELETE FROM probes_agent_gap "
                  "WHERE agent = :agent AND epoch = :epoch AND first_batch = :first",
                  {{":agent", Value(batch.agent)},
                   {":epoch", Value(batch.epoch)},
                   {":first", Value(first)}}));
    KL_CHECK(add_gap(db, batch, first, batch.number - 1));
    KL_CHECK(add_gap(db, batch, batch.number + 1, last));
    return std::int64_t{-1};
}

}  // namespace

Result<void> note_batch(Connection& db, const AgentBatch& batch, const AgentState& before,
                        UtcSecond now) {
    const Delivered after = delivered_with(before.batches, batch.number, batch.digest);
    KL_TRY(const std::int64_t more, note_gap(db, batch, before));
    KL_TRY([[maybe_unused]] const auto kept,
           db.run("INSERT INTO probes_agent (agent, epoch, last_batch, digests, missed, seen_at, "
                  "dropped, model, bios_date) VALUES (:agent, :epoch, :number, :digests, :missed, "
                  ":now, :dropped, :model, :bios_date) "
                  "ON CONFLICT (agent, epoch) DO UPDATE SET last_batch = :number, "
                  "digests = :digests, missed = :missed, seen_at = :now, dropped = :dropped, "
                  "model = :model, bios_date = :bios_date",
                  {{":agent", Value(batch.agent)},
                   {":epoch", Value(batch.epoch)},
                   {":number", Value(after.last)},
                   {":digests", Value(after.digests)},
                   {":missed", Value(before.missed + more)},
                   {":now", Value(now)},
                   {":dropped", Value(batch.dropped)},
                   {":model", Value(batch.model)},
                   {":bios_date", Value(batch.bios_date)}}));
    KL_CHECK(note_readings(db, batch.readings));
    return note_unable(db, batch.unable);
}

Result<std::vector<AgentRow>> agent_rows(Connection& db, std::int64_t limit) {
    KL_TRY(auto rows, db.query("SELECT a.agent, MAX(last_batch), SUM(missed), MAX(seen_at) AS seen, "
                               "SUM(dropped), MAX(model), MAX(bios_date), "
                               "COALESCE(MAX(n.account), '') FROM probes_agent a "
                               "LEFT JOIN probes_agent_name n ON n.agent = a.agent "
                               "GROUP BY a.agent ORDER BY seen, a.agent LIMIT :limit",
                               {{":limit", Value(limit)}}));
    std::vector<AgentRow> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({std::string(rows->text(0)), rows->i64(1), rows->i64(2), rows->i64(4),
                        rows->i64(3), std::string(rows->text(5)), std::string(rows->text(6)),
                        std::string(rows->text(7))});
    }
}

}  // namespace klarsyn::probes
