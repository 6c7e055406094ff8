#include "modules/alerts/episodes.h"

#include <boost/json.hpp>

#include <algorithm>

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

constexpr const char* kColumns =
    "number, rule, system, action, site, seat, place, group_code, storm_of, fired_at, cleared_at, "
    "held, held_by, told_at, case_number, storm, members, noted, noted_at, joined_at, flapping, "
    "in_window, untouched";
constexpr UtcSecond kQuick_s = 300;
constexpr std::string_view kSource = "klarsyn";

std::string text_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::int64_t number_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

bool flag_of(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_bool() && value->as_bool();
}

Episode read_episode(const Rows& rows) {
    const auto time = [&](int column) {
        return rows.is_null(column) ? std::optional<UtcSecond>() : rows.i64(column);
    };
    Episode one;
    one.number = rows.i64(0);
    one.rule = rows.text(1);
    one.group = {std::string(rows.text(2)), std::string(rows.text(3)), std::string(rows.text(4)),
                 std::string(rows.text(5)), std::string(rows.text(6)), std::string(rows.text(7))};
    one.storm_of = rows.text(8);
    one.fired_at = rows.i64(9);
    one.cleared_at = time(10);
    one.held = held_named(rows.text(11)).value_or(Held::none);
    one.held_by = rows.text(12);
    one.told_at = time(13);
    one.case_number = rows.text(14);
    one.storm = rows.i64(15);
    one.members = rows.i64(16);
    one.noted = rows.i64(17);
    one.noted_at = rows.i64(18);
    one.joined_at = rows.i64(19);
    one.flapping = rows.i64(20) == 1;
    one.in_window = rows.i64(21) == 1;
    one.untouched = rows.i64(22) == 1;
    return one;
}

Result<std::vector<Episode>> read_all(Connection& db, const std::string& sql,
                                      const Params& params) {
    std::vector<Episode> list;
    KL_TRY(const auto rows, db.query(sql, params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(read_episode(*rows));
    }
}

}  // namespace

std::string episode_number(std::int64_t number) { return "A" + std::to_string(number); }

std::int64_t parse_episode_number(std::string_view text) {
    if (text.size() < 2 || text.size() > 16 || text[0] != 'A') return 0;
    std::int64_t number = 0;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + (c - '0');
    }
    return number;
}

json::object group_json(const Group& group) {
    json::object all;
    for (const char* dim : {"system", "action", "site", "seat", "place"})
        if (const std::string& value = group.*group_field(dim); !value.empty()) all[dim] = value;
    if (!group.key.empty()) all["key"] = group.key;
    return all;
}

Group group_from(const json::object& body) {
    Group group;
    for (const char* dim : {"system", "action", "site", "seat", "place"})
        group.*group_field(dim) = text_of(body, dim);
    group.key = text_of(body, "key");
    return group;
}

void apply(Episode& episode, const EpisodeRecord& record) {
    const json::object& body = record.body;
    episode.number = record.episode;
    if (record.kind == "fired") {
        episode.rule = text_of(body, "rule");
        episode.storm_of = text_of(body, "storm_of");
        if (const json::value* group = body.if_contains("group"); group != nullptr)
            episode.group = group_from(group->as_object());
        episode.fired_at = record.at;
    } else if (record.kind == "held") {
        episode.held = held_named(text_of(body, "why")).value_or(Held::none);
        episode.held_by = text_of(body, "by");
    } else if (record.kind == "told") {
        episode.told_at = record.at;
        episode.held = Held::none;
        episode.held_by.clear();
        episode.case_number = text_of(body, "case");
    } else if (record.kind == "joined") {
        episode.storm = number_of(body, "storm");
        episode.held = Held::none;
        episode.held_by.clear();
    } else if (record.kind == "gathered") {
        if (number_of(body, "members") > episode.members) episode.joined_at = record.at;
        episode.members = number_of(body, "members");
        if (flag_of(body, "noted")) {
            episode.noted = episode.members;
            episode.noted_at = record.at;
        }
    } else if (record.kind == "noted") {
        episode.in_window = flag_of(body, "in_window");
    } else if (record.kind == "flapping") {
        episode.flapping = true;
    } else if (record.kind == "cleared") {
        episode.cleared_at = record.at;
        episode.untouched = flag_of(body, "untouched");
    }
}

Result<std::vector<EpisodeRecord>> load_records(Connection& db, std::int64_t episode) {
    std::vector<EpisodeRecord> list;
    KL_TRY(const auto rows, db.query("SELECT n, at, kind, body FROM alerts_record "
                                     "WHERE episode = :episode ORDER BY n",
                                     {{":episode", episode}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        EpisodeRecord record{episode, rows->i64(0), rows->i64(1), std::string(rows->text(2)), {}};
        boost::system::error_code broken;
        const json::value body = json::parse(rows->text(3), broken);
        if (!broken && body.is_object()) record.body = body.as_object();
        list.push_back(std::move(record));
    }
}

Result<EngineState> load_state(Connection& db, UtcSecond since) {
    EngineState state;
    KL_TRY(const auto episodes, read_all(db,
                                         std::string("SELECT ") + kColumns +
                                             " FROM alerts_episode WHERE cleared_at IS NULL "
                                             "OR cleared_at > :since ORDER BY number",
                                         {{":since", since}}));
    for (const Episode& one : episodes) state.episodes.emplace(one.number, one);
    KL_TRY(const std::int64_t last, query_i64(db, "SELECT MAX(number) FROM alerts_episode", {}, 0));
    state.next_number = last + 1;
    KL_TRY(const auto rows, db.query("SELECT rule, system, action, site, seat, place, group_code, "
                                     "level, bad, good, since FROM alerts_watch"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return state;
        const Group group{std::string(rows->text(1)), std::string(rows->text(2)),
                          std::string(rows->text(3)), std::string(rows->text(4)),
                          std::string(rows->text(5)), std::string(rows->text(6))};
        Watch watch;
        watch.level = static_cast<Level>(std::clamp<std::int64_t>(rows->i64(7), 0, 3));
        watch.bad = static_cast<int>(rows->i64(8));
        watch.good = static_cast<int>(rows->i64(9));
        watch.since = rows->i64(10);
        state.watches[{std::string(rows->text(0)), group}] = watch;
    }
}

ScopeSql site_scope(const OrgScope& scope) {
    ScopeSql seen = scope_sql(scope, "site");
    if (!scope.all)
        seen.condition = "(" + seen.condition + " OR site NOT IN (SELECT code FROM core_org))";
    return seen;
}

Result<std::vector<Episode>> list_episodes(Connection& db, const EpisodeQuery& query) {
    using Which = EpisodeQuery::Which;
    std::string where = "(:before = 0 OR number < :before)";
    switch (query.which) {
        case Which::burning:
            where += " AND cleared_at IS NULL AND told_at IS NOT NULL AND storm = 0";
            break;
        case Which::held:
            where += " AND cleared_at IS NULL AND told_at IS NULL AND storm = 0";
            break;
        case Which::cleared: where += " AND cleared_at IS NOT NULL AND storm = 0"; break;
        case Which::members: where += " AND storm = :storm"; break;
        case Which::all: break;
    }
    ScopeSql seen = site_scope(query.scope);
    Params params = {{":before", query.before}, {":storm", query.storm}, {":limit", query.limit}};
    for (const auto& [name, value] : seen.params) params.emplace_back(name, value);
    return read_all(db,
                    std::string("SELECT ") + kColumns + " FROM alerts_episode WHERE " + where +
                        " AND " + seen.condition + " ORDER BY number DESC LIMIT :limit",
                    params);
}

Result<Episode> find_episode(Connection& db, std::int64_t number, const OrgScope& scope) {
    ScopeSql seen = site_scope(scope);
    Params params = {{":number", number}};
    for (const auto& [name, value] : seen.params) params.emplace_back(name, value);
    KL_TRY(auto found,
           read_all(db,
                    std::string("SELECT ") + kColumns +
                        " FROM alerts_episode WHERE number = :number AND " + seen.condition,
                    params));
    if (!found.empty()) return found.front();
    return make_error(ErrorCode::not_found, "alerts.not_found",
                      {{"number", episode_number(number)}});
}

Result<std::string> latest_case(Connection& db, const Episode& episode, UtcSecond since) {
    const Group& group = episode.group;
    const std::string same =
        episode.is_storm() ? "storm_of = :storm_of"
                           : "rule = :rule AND system = :system AND site = :site AND action = "
                             ":action AND seat = :seat AND place = :place AND group_code = :code";
    KL_TRY(const auto rows, db.query("SELECT case_number FROM alerts_episode WHERE " + same +
                                         " AND case_number <> '' AND number <> :number"
                                         " AND (cleared_at IS NULL OR cleared_at >= :since)"
                                         " ORDER BY number DESC LIMIT 1",
                                     {{":storm_of", episode.storm_of},
                                      {":rule", episode.rule},
                                      {":system", group.system},
                                      {":site", group.site},
                                      {":action", group.action},
                                      {":seat", group.seat},
                                      {":place", group.place},
                                      {":code", group.key},
                                      {":number", episode.number},
                                      {":since", since}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::string(rows->text(0)) : std::string();
}

const Format& alert_format() {
    static const Format kFormat = [] {
        Format format;
        format.name = "alerts";
        format.module = "alerts";
        format.tables = {{"alerts_event",
                          {"day", "kind", "at", "seconds", "noise", "rule", "system", "site",
                           "episode_no", "case_no", "source"},
                          {"day"},
                          {"kind", "episode_no", "case_no"}}};
        return format;
    }();
    return kFormat;
}

namespace {

void write_event(const Episode& episode, std::string_view kind, UtcSecond at, FactSink& sink) {
    const std::string number = episode_number(episode.number);
    sink.begin(0, std::string(kSource) + "/" + number + "/" + std::string(kind));
    sink.i64(Zone::copenhagen().to_local(at).day);
    sink.text(kind);
    sink.i64(at);
    if (kind == "cleared") {
        const UtcSecond seconds = at - episode.fired_at;
        sink.i64(seconds);
        sink.i64(seconds <= kQuick_s || episode.untouched ? 1 : 0);
    } else {
        sink.null();
        sink.null();
    }
    sink.i64(sink.name(episode.is_storm() ? std::string_view("storm") : episode.rule));
    sink.i64(sink.name(episode.group.system));
    sink.i64(sink.name(episode.group.site));
    sink.text(number);
    sink.text(episode.case_number);
    sink.i64(sink.name(kSource));
    sink.end();
}

// Only what came to the desk counts, and a storm counts once.
Result<void> derive(const Episode& episode, FactWriter& facts) {
    KL_CHECK(facts.begin_group(group_key(static_cast<std::uint64_t>(episode.number),
                                         "alerts\n" + std::to_string(episode.number)),
                               FactWriter::Group::may_exist));
    if (episode.told_at && episode.storm == 0) {
        write_event(episode, "fired", episode.fired_at, facts);
        if (episode.cleared_at) write_event(episode, "cleared", *episode.cleared_at, facts);
    }
    return facts.end_group();
}

// Days without an alert are days without one, not days that nobody knows of.
Result<void> cover_days(Connection& db, std::int64_t seq, Day today) {
    KL_TRY(const std::int64_t last,
           query_i64(db,
                     "SELECT MAX(day) FROM core_feed_day WHERE module = 'alerts' "
                     "AND source = 'klarsyn' AND retracted_seq IS NULL",
                     {}, today - 1));
    for (std::int64_t day = last + 1; day <= today; ++day) {
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_feed_day (seq, retracted_seq, module, source, day) "
                      "VALUES (:seq, NULL, 'alerts', 'klarsyn', :day)",
                      {{":seq", seq}, {":day", day}}));
    }
    return {};
}

Result<void> append_records(Connection& db, std::int64_t seq,
                            const std::vector<EpisodeRecord>& records) {
    KL_TRY(std::int64_t id, query_i64(db, "SELECT MAX(id) FROM alerts_record"));
    KL_TRY(const auto out,
           db.append("alerts_record", {"id", "seq", "episode", "n", "at", "kind", "body"}));
    for (const EpisodeRecord& record : records) {
        out->i64(++id);
        out->i64(seq);
        out->i64(record.episode);
        out->i64(record.n);
        out->i64(record.at);
        out->text(record.kind);
        out->text(json::serialize(record.body));
        KL_CHECK(out->end_row());
    }
    return out->flush();
}

void append_episode(Appender& out, const Episode& one, std::int64_t version) {
    const auto time = [&](const std::optional<UtcSecond>& at) {
        if (at)
            out.i64(*at);
        else
            out.null();
    };
    out.i64(one.number);
    out.i64(version);
    out.text(one.rule);
    for (const char* dim : {"system", "action", "site", "seat", "place"})
        out.text(one.group.*group_field(dim));
    out.text(one.group.key);
    out.text(one.storm_of);
    out.i64(one.fired_at);
    time(one.cleared_at);
    out.text(held_name(one.held));
    out.text(one.held_by);
    time(one.told_at);
    out.text(one.case_number);
    out.i64(one.storm);
    out.i64(one.members);
    out.i64(one.noted);
    out.i64(one.noted_at);
    out.i64(one.joined_at);
    out.i64(one.flapping ? 1 : 0);
    out.i64(one.in_window ? 1 : 0);
    out.i64(one.untouched ? 1 : 0);
}

struct Standing {
    Episode episode;
    std::int64_t version = 0;
};

// The episodes as they stand before the records; new ones are not in it.
Result<std::map<std::int64_t, Standing>> standing(Connection& db,
                                                  const std::vector<EpisodeRecord>& records) {
    std::map<std::int64_t, Standing> found;
    std::set<std::int64_t> fresh;
    for (const EpisodeRecord& record : records) {
        if (record.kind == "fired") fresh.insert(record.episode);
        if (fresh.contains(record.episode) || found.contains(record.episode)) continue;
        Standing& one = found[record.episode];
        KL_TRY(one.episode, find_episode(db, record.episode));
        KL_TRY(one.version, query_i64(db, "SELECT version FROM alerts_episode WHERE number = :n",
                                      {{":n", record.episode}}));
    }
    return found;
}

}  // namespace

Result<void> keep_records(WriteTurn& turn, std::vector<EpisodeRecord> records) {
    if (records.empty()) return {};
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_TRY(auto episodes, standing(turn.db, records));
    for (const auto& [number, known] : episodes) {
        KL_TRY([[maybe_unused]] const auto gone,
               turn.db.run("DELETE FROM alerts_episode WHERE number = :n", {{":n", number}}));
    }
    for (EpisodeRecord& record : records) {
        Standing& one = episodes[record.episode];
        record.n = ++one.version;
        apply(one.episode, record);
    }
    KL_CHECK(append_records(turn.db, seq, records));
    KL_TRY(const auto out,
           turn.db.append(
               "alerts_episode",
               {"number", "version",  "rule",       "system",      "action",    "site",
                "seat",   "place",    "group_code", "storm_of",    "fired_at",  "cleared_at",
                "held",   "held_by",  "told_at",    "case_number", "storm",     "members",
                "noted",  "noted_at", "joined_at",  "flapping",    "in_window", "untouched"}));
    for (const auto& [number, one] : episodes) {
        append_episode(*out, one.episode, one.version);
        KL_CHECK(out->end_row());
    }
    KL_CHECK(out->flush());
    KL_TRY(FactWriter* const facts, turn.facts(alert_format()));
    for (const auto& [number, one] : episodes)
        if (one.episode.told_at && one.episode.storm == 0) KL_CHECK(derive(one.episode, *facts));
    for (const EpisodeRecord& record : records)
        if (record.kind == "joined" && episodes[record.episode].episode.told_at)
            KL_CHECK(derive(episodes[record.episode].episode, *facts));
    KL_CHECK(cover_days(turn.db, seq, Zone::copenhagen().to_local(turn.now).day));
    return turn.end_entry(
        "system", "alerts",
        json::serialize(json::object{{"episodes", static_cast<std::int64_t>(episodes.size())},
                                     {"records", static_cast<std::int64_t>(records.size())}}));
}

Result<void> keep_watches(Connection& db, const std::map<Watched, Watch>& before,
                          const std::map<Watched, Watch>& after) {
    std::vector<const std::pair<const Watched, Watch>*> fresh;
    for (const auto& one : after) {
        const auto known = before.find(one.first);
        if (known != before.end() && known->second == one.second) continue;
        if (known == before.end()) {
            fresh.push_back(&one);
            continue;
        }
        const Watch& watch = one.second;
        KL_TRY([[maybe_unused]] const auto changed,
               db.run("UPDATE alerts_watch SET level = :level, bad = :bad, good = :good, "
                      "since = :since WHERE rule = :rule AND group_text = :group",
                      {{":level", static_cast<std::int64_t>(watch.level)},
                       {":bad", std::int64_t{watch.bad}},
                       {":good", std::int64_t{watch.good}},
                       {":since", watch.since},
                       {":rule", one.first.first},
                       {":group", one.first.second.text()}}));
    }
    for (const auto& [what, watch] : before) {
        if (after.contains(what)) continue;
        KL_TRY([[maybe_unused]] const auto gone,
               db.run("DELETE FROM alerts_watch WHERE rule = :rule AND group_text = :group",
                      {{":rule", what.first}, {":group", what.second.text()}}));
    }
    if (fresh.empty()) return {};
    KL_TRY(const auto out,
           db.append("alerts_watch", {"rule", "group_text", "system", "action", "site", "seat",
                                      "place", "group_code", "level", "bad", "good", "since"}));
    for (const auto* one : fresh) {
        const auto& [what, watch] = *one;
        out->text(what.first);
        out->text(what.second.text());
        for (const char* dim : {"system", "action", "site", "seat", "place"})
            out->text(what.second.*group_field(dim));
        out->text(what.second.key);
        out->i64(static_cast<std::int64_t>(watch.level));
        out->i64(watch.bad);
        out->i64(watch.good);
        out->i64(watch.since);
        KL_CHECK(out->end_row());
    }
    return out->flush();
}

Result<std::int64_t> count_episode_faults(Store& store) {
    Connection& db = store.writer();
    std::int64_t faults = 0;
    KL_TRY(const auto episodes,
           read_all(db, std::string("SELECT ") + kColumns + " FROM alerts_episode", {}));
    for (const Episode& kept : episodes) {
        KL_TRY(const auto records, load_records(db, kept.number));
        Episode wanted;
        for (const EpisodeRecord& record : records) apply(wanted, record);
        if (wanted != kept) ++faults;
    }
    KL_TRY(const auto lost,
           query_i64(db,
                     "SELECT COUNT(*) FROM alerts_record WHERE n = 1 AND episode NOT IN "
                     "(SELECT number FROM alerts_episode)"));
    return faults + lost;
}

}  // namespace klarsyn::alerts
