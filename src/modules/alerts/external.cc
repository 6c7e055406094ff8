#include "modules/alerts/external.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>

#include "core/cpr.h"
#include "core/hash.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

constexpr std::size_t kKeyBytes = 300, kWordBytes = 110, kAlertsMax = 50'000;
constexpr UtcSecond kWeek_s = 7 * 86'400;

std::string cut(std::string_view text, std::size_t most) {
    std::size_t size = std::min(text.size(), most);
    while (size > 0 && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    std::string out(text.substr(0, size));
    for (char& c : out)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
    return out;
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

const json::object& object_of(const json::object& object, std::string_view name) {
    static const json::object kNone;
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_object() ? value->as_object() : kNone;
}

class DeliveryReader {
public:
    DeliveryReader(const AlertRules& rules, const json::object& body)
        : rules_(rules), common_(object_of(body, "commonLabels")) {
        const std::string key = text_of(body, "groupKey");
        key_ = key.size() <= kKeyBytes ? cut(key, kKeyBytes)
                                       : cut(key, kKeyBytes - 70) + " " + sha256_hex(key);
        key_ = mask_cprs(key_).text;
    }

    void take(std::size_t index, const json::value& value, Delivery& into) const {
        const auto fault = [&](std::string field, std::string_view what) {
            into.faults.push_back(
                {index, std::move(field), "alerts.external." + std::string(what)});
        };
        if (!value.is_object()) return fault("", "no_object");
        const json::object& object = value.as_object();
        const json::object& labels = object_of(object, "labels");
        const std::string status = text_of(object, "status");
        if (status != "firing" && status != "resolved") return fault("status", "status");
        if (labels.empty() && common_.empty()) return fault("labels", "labels");
        const AlertRule* rule = rule_of(labels);
        if (rule == nullptr) return fault("labels", "no_rule");
        ExternalAlert alert;
        alert.rule = rule->name;
        alert.firing = status == "firing";
        if (const std::string starts = text_of(object, "startsAt"); !starts.empty()) {
            const auto at = parse_iso_utc(whole_seconds(starts));
            if (!at.ok()) return fault("startsAt", "time");
            alert.starts_at = *at;
        }
        alert.fingerprint = cut(text_of(object, "fingerprint"), kWordBytes);
        if (alert.fingerprint.empty()) alert.fingerprint = sha256_hex(json::serialize(labels));
        const auto of_label = [&](const std::string& label) {
            return mask_cprs(cut(label_of(labels, label), kWordBytes)).text;
        };
        for (const auto& [dim, label] : rule->labels)
            alert.group.*group_field(dim) = of_label(label);
        if (!rule->labels.contains("action")) alert.group.action = of_label("alertname");
        alert.group.key = key_;
        alert.title = of_label("alertname");
        into.alerts.push_back(std::move(alert));
    }

private:
    std::string label_of(const json::object& labels, std::string_view name) const {
        const std::string own = text_of(labels, name);
        return own.empty() ? text_of(common_, name) : own;
    }

    // Alertmanager tells nanoseconds; which second is enough.
    static std::string whole_seconds(const std::string& text) {
        const std::size_t dot = text.find('.');
        if (dot == std::string::npos) return text;
        const std::size_t zone = text.find_first_not_of("0123456789", dot + 1);
        return text.substr(0, dot) + (zone == std::string::npos ? "" : text.substr(zone));
    }

    const AlertRule* rule_of(const json::object& labels) const {
        for (const AlertRule& rule : rules_.rules) {
            if (rule.kind != RuleKind::external) continue;
            const bool fits =
                std::all_of(rule.matching.begin(), rule.matching.end(), [&](const auto& wanted) {
                    return label_of(labels, wanted.first) == wanted.second;
                });
            if (fits) return &rule;
        }
        return nullptr;
    }

    const AlertRules& rules_;
    const json::object& common_;
    std::string key_;
};

}  // namespace

Delivery read_delivery(const AlertRules& rules, JsonBody& body) {
    Delivery delivery;
    const json::object& object = body.object();
    if (text_of(object, "version") != "4") body.fault("version", "alerts.external.version");
    if (text_of(object, "groupKey").empty()) body.fault("groupKey", "web.body.required");
    const json::value* alerts = object.if_contains("alerts");
    if (alerts == nullptr || !alerts->is_array()) {
        body.fault("alerts", "alerts.external.alerts");
        return delivery;
    }
    if (alerts->as_array().size() > kAlertsMax) body.fault("alerts", "alerts.external.too_many");
    if (!body.ok()) return delivery;
    if (const json::value* left = object.if_contains("truncatedAlerts");
        left != nullptr && left->is_int64())
        delivery.cut = left->as_int64();
    const DeliveryReader reader(rules, object);
    std::size_t index = 0;
    for (const json::value& alert : alerts->as_array()) reader.take(index++, alert, delivery);
    return delivery;
}

Result<std::int64_t> keep_delivery(WriteTurn& turn, const Delivery& delivery,
                                   const std::string& actor) {
    // A delivery that was late says nothing of what began after it.
    static constexpr const char* kKeep =
        "INSERT INTO alerts_external (rule, group_text, fingerprint, system, action, site, seat, "
        "group_code, firing, starts_at, seen_at, title) VALUES (:rule, :group, :fingerprint, "
        ":system, :action, :site, :seat, :code, :firing, :starts, :now, :title) "
        "ON CONFLICT (rule, group_text, fingerprint) DO UPDATE SET firing = :firing, "
        "starts_at = :starts, seen_at = :now, title = :title "
        "WHERE (alerts_external.firing <> :firing OR alerts_external.starts_at <> :starts) "
        "AND alerts_external.starts_at <= :starts";
    std::int64_t changed = 0;
    for (const ExternalAlert& alert : delivery.alerts) {
        KL_TRY(const std::int64_t rows,
               turn.db.run(kKeep, {{":rule", alert.rule},
                                   {":group", alert.group.text()},
                                   {":fingerprint", alert.fingerprint},
                                   {":system", alert.group.system},
                                   {":action", alert.group.action},
                                   {":site", alert.group.site},
                                   {":seat", alert.group.seat},
                                   {":code", alert.group.key},
                                   {":firing", std::int64_t{alert.firing ? 1 : 0}},
                                   {":starts", alert.starts_at},
                                   {":now", turn.now},
                                   {":title", alert.title}}));
        changed += rows;
    }
    if (changed == 0) return changed;
    KL_TRY([[maybe_unused]] const auto noted,
           turn.db.run("UPDATE alerts_clock SET received = received + :changed",
                       {{":changed", changed}}));
    KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
    KL_CHECK(turn.end_entry(
        actor, "alerts-received",
        json::serialize(json::object{{"alerts", static_cast<std::int64_t>(delivery.alerts.size())},
                                     {"changed", changed}})));
    return changed;
}

Result<std::vector<Judged>> judge_external(Connection& db, const AlertRules& rules) {
    std::vector<Judged> list;
    KL_TRY(const auto rows,
           db.query("SELECT rule, system, action, site, seat, group_code, SUM(firing), COUNT(*) "
                    "FROM alerts_external GROUP BY rule, group_text, system, action, site, seat, "
                    "group_code ORDER BY rule, group_text"));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        Judged one;
        one.rule = rules.find(rows->text(0));
        if (one.rule == nullptr || one.rule->kind != RuleKind::external) continue;
        one.group = {std::string(rows->text(1)),
                     std::string(rows->text(2)),
                     std::string(rows->text(3)),
                     std::string(rows->text(4)),
                     "",
                     std::string(rows->text(5))};
        one.num = rows->i64(6);
        one.den = rows->i64(7);
        one.level = one.num > 0 ? Level::bad : Level::well;
        list.push_back(std::move(one));
    }
}

Result<void> forget_external(Connection& db, UtcSecond now) {
    KL_TRY([[maybe_unused]] const auto gone,
           db.run("DELETE FROM alerts_external WHERE firing = 0 AND seen_at < :before",
                  {{":before", now - kWeek_s}}));
    return {};
}

}  // namespace klarsyn::alerts
