#include "modules/servicedesk/desk/retention.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "core/embedded.h"
#include "modules/servicedesk/desk/record.h"
#include "modules/servicedesk/desk/rewriting.h"
#include "modules/servicedesk/desk/rules.h"
#include "modules/servicedesk/settings_toml.h"
#include "store/attachments.h"
#include "store/cpr_vault.h"
#include "store/settings.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kFile = "modules/servicedesk/settings/retention.toml";
constexpr std::string_view kWhat[] = {"persons", "files", "texts"};
constexpr std::int64_t kDaysMax = 100 * 366;
constexpr std::int64_t kCasesPerTransaction = 200;

void blank(json::object& body, std::string_view name) {
    json::value* value = body.if_contains(name);
    if (value != nullptr && value->is_string() && !value->as_string().empty()) *value = kErased;
}

void drop_persons(json::object& body) {
    json::value* caller = body.if_contains("caller");
    if (caller != nullptr && caller->is_object() && !caller->as_object().empty())
        *caller = json::object{{"name", kErased}};
    blank(body, "person");
}

void drop_texts(json::object& body) {
    for (const std::string_view name : {"title", "text", "resolution", "note", "priority_reason",
                                        "place", "equipment"})
        blank(body, name);
}

// `reason` is a word of ours in some kinds and a text of somebody's in others.
bool reason_is_text(std::string_view kind) {
    return kind == "moved" || kind == "reopened" || kind == "revealed";
}

json::object kept_body(const RetentionPolicy& policy, const Record& record) {
    json::object body = record.body;
    const auto drop = [&](json::object& fields) {
        if (policy.what == "persons") drop_persons(fields);
        if (policy.what == "texts") drop_texts(fields);
    };
    drop(body);
    if (json::value* was = body.if_contains("was"); was != nullptr && was->is_object())
        drop(was->as_object());
    if (policy.what == "texts" && reason_is_text(record.kind)) blank(body, "reason");
    if (policy.what == "files" && record.kind == "attached") blank(body, "name");
    return body;
}

Result<void> drop_belongings(WriteTurn& turn, const RetentionPolicy& policy,
                             const std::string& number, ErasureReport& report) {
    std::int64_t gone = 0;
    if (policy.what == "persons") {
        KL_TRY(gone, CprVault::forget(turn.db, number));
    } else if (policy.what == "files") {
        KL_TRY(gone, remove_attachments_of(turn.db, number));
    }
    report.rows += gone;
    return {};
}

Result<std::int64_t> done_until(Connection& db, const std::string& what) {
    return query_i64(db, "SELECT closed_to FROM servicedesk_retained WHERE what = :what",
                     {{":what", what}}, -1);
}

UtcSecond due_before(const RetentionPolicy& policy, UtcSecond now) {
    return now - policy.days * 86'400;
}

struct ClosedCase {
    std::string number;
    UtcSecond closed_at = 0;
};

// The oldest ones; all of those that closed in the last second of them, so that none is skipped.
Result<std::vector<ClosedCase>> due_cases(Connection& db, const RetentionPolicy& policy,
                                          UtcSecond now, std::int64_t most) {
    KL_TRY(const auto done, done_until(db, policy.what));
    KL_TRY(const auto rows,
           db.query("SELECT number, closed_at FROM servicedesk_case WHERE closed_at > :done"
                    " AND closed_at <= :due AND source = :own AND closed_at <="
                    " COALESCE((SELECT closed_at FROM servicedesk_case WHERE closed_at > :done"
                    " ORDER BY closed_at LIMIT 1 OFFSET :most), :due) ORDER BY closed_at, num",
                    {{":done", done},
                     {":due", due_before(policy, now)},
                     {":own", std::string(kOwnSource)},
                     {":most", most - 1}}));
    std::vector<ClosedCase> cases;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return cases;
        cases.push_back({std::string(rows->text(0)), rows->i64(1)});
    }
}

}  // namespace

Result<std::vector<RetentionPolicy>> parse_retention(std::string_view text, std::string_view name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(text, name));
    KL_CHECK(file.only_keys(file.root(), {"policy"}));
    std::vector<RetentionPolicy> policies;
    const toml::node* list = file.root().get("policy");
    if (list == nullptr) return policies;
    if (!list->is_array_of_tables())
        return file.fault(*list, "policy", "servicedesk.settings.retention_tables");
    for (const toml::node& node : *list->as_array()) {
        const toml::table& table = *node.as_table();
        KL_CHECK(file.only_keys(table, {"what", "days", "basis"}));
        for (const std::string_view key : {"what", "days", "basis"})
            if (!table.contains(key)) return file.missing(table, key);
        RetentionPolicy policy;
        KL_TRY(policy.what, file.text(*table.get("what"), "what"));
        KL_TRY(policy.days, file.integer(*table.get("days"), "days", 0, kDaysMax));
        KL_TRY(policy.basis, file.text(*table.get("basis"), "basis"));
        const bool known = std::find(std::begin(kWhat), std::end(kWhat), policy.what) != std::end(kWhat);
        const bool twice = std::any_of(policies.begin(), policies.end(),
                                       [&](const auto& one) { return one.what == policy.what; });
        if (!known || twice)
            return file.fault(*table.get("what"), "what", "servicedesk.settings.retention_what");
        policies.push_back(std::move(policy));
    }
    return policies;
}

Result<std::vector<RetentionPolicy>> retention_policies(Connection& db, UtcSecond now) {
    KL_TRY(const auto versions, setting_versions(db, kRetentionSetting));
    for (auto version = versions.rbegin(); version != versions.rend(); ++version)
        if (version->valid_from <= now) return parse_retention(version->text, kRetentionSetting);
    for (const EmbeddedFile& file : embedded_files(kFile))
        if (file.path == kFile) return parse_retention(file.text, kFile);
    return std::vector<RetentionPolicy>();
}

Result<std::int64_t> count_due(Connection& db, const RetentionPolicy& policy, UtcSecond now) {
    if (policy.days == 0) return 0;
    KL_TRY(const auto done, done_until(db, policy.what));
    return query_i64(db, "SELECT COUNT(*) FROM servicedesk_case WHERE closed_at > :done"
                         " AND closed_at <= :due AND source = :own",
                     {{":done", done},
                      {":due", due_before(policy, now)},
                      {":own", std::string(kOwnSource)}});
}

Result<std::int64_t> apply_policy(WriteTurn& turn, const RetentionPolicy& policy, std::int64_t most,
                                  ErasureReport& report) {
    if (policy.days == 0) return 0;
    KL_TRY(const auto cases, due_cases(turn.db, policy, turn.now, most));
    if (cases.empty()) return 0;
    for (const ClosedCase& one : cases) {
        KL_TRY(const auto records, load_records(turn.db, one.number));
        for (const Record& record : records) {
            const json::object body = kept_body(policy, record);
            if (body != record.body)
                KL_CHECK(rewrite_record(turn, {one.number, record.n}, json::serialize(body), report));
        }
        KL_CHECK(drop_belongings(turn, policy, one.number, report));
        KL_CHECK(show_case_again(turn, one.number));
    }
    if (policy.what == "files") {
        KL_TRY([[maybe_unused]] const auto swept, sweep_attachments(turn.db));
    }
    KL_TRY([[maybe_unused]] const auto kept,
           turn.db.run("INSERT INTO servicedesk_retained (what, closed_to) VALUES (:what, :to)"
                       " ON CONFLICT (what) DO UPDATE SET closed_to = excluded.closed_to",
                       {{":what", policy.what}, {":to", cases.back().closed_at}}));
    return static_cast<std::int64_t>(cases.size());
}

Result<std::vector<RetentionLine>> retention_due(Store& store, const Clock& clock) {
    KL_TRY(auto policies, retention_policies(store.writer(), clock.now()));
    std::vector<RetentionLine> lines;
    for (RetentionPolicy& policy : policies) {
        RetentionLine line;
        KL_TRY(line.due, count_due(store.writer(), policy, clock.now()));
        line.policy = std::move(policy);
        lines.push_back(std::move(line));
    }
    return lines;
}

Result<std::vector<RetentionLine>> apply_retention(Store& store, const Clock& clock,
                                                   const std::string& actor) {
    KL_TRY(auto lines, retention_due(store, clock));
    bool any = false;
    for (RetentionLine& line : lines) {
        while (line.due > line.done) {
            std::int64_t now_done = 0;
            ErasureReport report;
            report.policy = line.policy.what;
            KL_TRY([[maybe_unused]] const auto seq,
                   run_erasure(store, clock, actor,
                               [&](WriteTurn& turn, ErasureReport& done) -> Result<void> {
                                   KL_TRY(now_done, apply_policy(turn, line.policy,
                                                                 kCasesPerTransaction, done));
                                   return {};
                               },
                               report));
            if (now_done == 0) break;
            line.done += now_done;
            any = true;
        }
    }
    if (any) KL_CHECK(overwrite_leftovers(store.writer()));
    if (any) KL_CHECK(store.checkpoint());
    return lines;
}

}  // namespace klarsyn::servicedesk
