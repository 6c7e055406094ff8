#include "protocols/probe/plan.h"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <array>
#include <cstdlib>
#include <fstream>

#include "core/stream.h"
#include "protocols/probe/rules_toml.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLimitDefault_ms = 30'000;
constexpr std::size_t kChecksMax = 5000;
constexpr std::size_t kSecretBytesMax = 65536;

Error plan_fault(std::string field) {
    Error error = make_error(ErrorCode::invalid_input, "probe.plan.unreadable");
    error.field = std::move(field);
    return error;
}

std::string member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

Result<PlannedCheck> read_planned(const json::value& value, const std::string& place) {
    const json::object* object = value.if_object();
    if (object == nullptr) return plan_fault(place);
    PlannedCheck check;
    check.rule.system = member(*object, "system");
    check.rule.action = member(*object, "action");
    check.rule.protocol = member(*object, "protocol");
    check.site = member(*object, "site");
    check.seat = member(*object, "seat");
    if (check.rule.system.empty() || check.rule.action.empty() || check.site.empty())
        return plan_fault(place + ".system");
    const auto* every = object->if_contains("every_s");
    if (every == nullptr || !every->is_int64() || every->get_int64() < 1 ||
        every->get_int64() > 86'400)
        return plan_fault(place + ".every_s");
    check.every_s = every->get_int64();
    if (const std::string anchor = member(*object, "anchor"); !anchor.empty()) {
        KL_TRY(check.anchor, parse_iso_utc(anchor));
    }
    if (const std::string from = member(*object, "from"); !from.empty()) {
        KL_TRY(check.from, parse_iso_utc(from));
    }
    if (const std::string to = member(*object, "to"); !to.empty()) {
        KL_TRY(check.to, parse_iso_utc(to));
    }
    const auto* limit = object->if_contains("time_limit_ms");
    if (limit != nullptr && limit->is_int64())
        check.rule.time_limit_ms = std::clamp<std::int64_t>(limit->get_int64(), 0, 1'800'000);
    if (const auto* settings = object->if_contains("settings");
        settings != nullptr && settings->is_object())
        check.rule.settings = settings->get_object();
    if (const auto* secrets = object->if_contains("secrets");
        secrets != nullptr && secrets->is_array())
        for (const auto& one : secrets->get_array())
            if (one.is_string()) check.rule.secrets.emplace_back(one.get_string());
    return check;
}

Result<void> read_list(const json::object& object, std::string_view name,
                       std::vector<PlannedCheck>& into) {
    const auto* list = object.if_contains(name);
    if (list == nullptr || !list->is_array() || list->get_array().size() > kChecksMax)
        return plan_fault(std::string(name));
    for (const auto& one : list->get_array()) {
        const std::string place = std::string(name) + '[' + std::to_string(into.size()) + ']';
        KL_TRY(PlannedCheck check, read_planned(one, place));
        into.push_back(std::move(check));
    }
    return {};
}

Result<SecretRule> read_secret(const toml::node& node, std::string_view name,
                               std::string_view file) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return toml_fault(file, &node, name, "checks.field.table");
    constexpr std::array<std::string_view, 3> kKnown = {"file", "variable", "systems"};
    KL_CHECK(only_fields(*table, kKnown, file));
    SecretRule rule;
    KL_TRY(rule.file, toml_text(*table, "file", file, false));
    KL_TRY(rule.variable, toml_text(*table, "variable", file, false));
    KL_TRY(rule.systems, toml_texts(*table, "systems", file));
    if (rule.file.empty() == rule.variable.empty())
        return toml_fault(file, &node, name, "probe.file.secret_place");
    if (rule.systems.empty()) return toml_fault(file, &node, name, "probe.file.secret_systems");
    return rule;
}

// A listener has hop and listen, a log has file; the rest belongs to one of them.
Result<FlowRule> read_flow(const toml::table& table, std::string_view file) {
    constexpr std::array<std::string_view, 7> kKnown = {"hop",  "listen", "forward", "answer",
                                                        "from", "file",   "zone"};
    KL_CHECK(only_fields(table, kKnown, file));
    FlowRule rule;
    const bool log = table.contains("file");
    if (log) {
        for (const char* field : {"hop", "listen", "forward", "answer", "from"})
            if (const toml::node* node = table.get(field); node != nullptr)
                return toml_fault(file, node, field, "probe.file.flow_log");
        KL_TRY(rule.file, toml_text(table, "file", file, true));
        if (table.contains("zone")) {
            KL_TRY(rule.zone, toml_text(table, "zone", file, true));
        }
        if (!Zone::find(rule.zone).ok())
            return toml_fault(file, table.get("zone"), "zone", "probe.file.zone");
        return rule;
    }
    if (const toml::node* node = table.get("zone"); node != nullptr)
        return toml_fault(file, node, "zone", "probe.file.flow_listen");
    KL_TRY(rule.hop, toml_text(table, "hop", file, true));
    if (rule.hop.find_first_of("\t\r\n") != std::string::npos)
        return toml_fault(file, table.get("hop"), "hop", "probe.file.text");
    KL_TRY(rule.listen, toml_text(table, "listen", file, true));
    KL_TRY(rule.forward, toml_text(table, "forward", file, false));
    KL_TRY(rule.from, toml_texts(table, "from", file));
    for (const char* field : {"listen", "forward"}) {
        const std::string& place = field == std::string_view("listen") ? rule.listen : rule.forward;
        if (!place.empty() && !split_address(place))
            return toml_fault(file, table.get(field), field, "probe.file.address");
    }
    if (const toml::node* node = table.get("answer"); node != nullptr) {
        const auto flag = node->value_exact<bool>();
        if (!flag || !rule.forward.empty())
            return toml_fault(file, node, "answer", "probe.file.answer");
        rule.answer = *flag;
    }
    if (!rule.forward.empty()) rule.answer = false;  // the other side does
    return rule;
}

Result<std::string> read_secret_value(const std::string& name, const SecretRule& rule) {
    const Error missing =
        make_error(ErrorCode::unavailable, "probe.secret.unreadable", {{"name", name}});
    std::string value;
    if (!rule.variable.empty()) {
        const char* found = std::getenv(rule.variable.c_str());
        if (found == nullptr) return missing;
        value = found;
    } else {
        std::ifstream in(rule.file, std::ios::binary);
        auto content = read_rest(in);
        if (!content) return missing;
        value = std::move(*content);
    }
    while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
    if (value.size() > kSecretBytesMax) return missing;
    return value;
}

bool same_action(const CheckRule& a, const CheckRule& b) {
    return a.system == b.system && a.action == b.action;
}

}  // namespace

std::optional<std::pair<std::string, int>> split_address(std::string_view place) {
    const auto colon = place.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view host = place.substr(0, colon);
    const std::string_view digits = place.substr(colon + 1);
    int port = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
        port < 0 || port > 65535)
        return std::nullopt;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return std::pair(std::string(host), port);
}

std::string PlannedCheck::key() const {
    return rule.system + '\n' + rule.action + '\n' + site + '\n' + seat;
}

std::optional<UtcSecond> PlannedCheck::slot_at(UtcSecond at) const {
    if (at < anchor) return std::nullopt;
    const UtcSecond begin = anchor + (at - anchor) / every_s * every_s;
    if (begin < from || (to && begin + every_s > *to)) return std::nullopt;
    return begin;
}

std::chrono::milliseconds PlannedCheck::limit() const {
    if (rule.time_limit_ms > 0) return std::chrono::milliseconds(rule.time_limit_ms);
    return std::chrono::milliseconds(std::min(every_s * 1000, kLimitDefault_ms));
}

Result<ProbePlan> parse_plan(std::string_view text) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(text, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return plan_fault("");
    ProbePlan plan;
    plan.site = member(*object, "site");
    plan.seat = member(*object, "seat");
    KL_CHECK(read_list(*object, "checks", plan.checks));
    KL_CHECK(read_list(*object, "without_check", plan.without_check));
    return plan;
}

Result<MachineFile> parse_machine_file(std::string_view text, std::string_view file,
                                       std::span<const CheckProtocol> protocols) {
    KL_TRY(const toml::table root, read_toml(text, file));
    constexpr std::array<std::string_view, 7> kKnown = {"agent",  "site",     "seat", "check",
                                                        "secret", "programs", "flow"};
    KL_CHECK(only_fields(root, kKnown, file));
    MachineFile machine;
    KL_TRY(machine.agent, toml_text(root, "agent", file, false));
    KL_TRY(machine.site, toml_text(root, "site", file, false));
    KL_TRY(machine.seat, toml_text(root, "seat", file, false));
    KL_TRY(machine.programs, toml_texts(root, "programs", file));
    if (const toml::node* checks = root.get("check"); checks != nullptr) {
        if (!checks->is_array_of_tables())
            return toml_fault(file, checks, "check", "checks.field.objects");
        constexpr std::array<std::string_view, 1> kMore = {"every_s"};
        for (const auto& one : *checks->as_array()) {
            KL_TRY(CheckRule rule, read_check_rule(*one.as_table(), file, protocols, kMore));
            std::int64_t every_s = 0;
            if (const toml::node* every = one.as_table()->get("every_s"); every != nullptr) {
                every_s = every->value_exact<std::int64_t>().value_or(0);
                if (every_s < 1 || every_s > 86'400)
                    return toml_fault(file, every, "every_s", "probe.file.every");
            }
            machine.checks.emplace_back(std::move(rule), every_s);
        }
    }
    if (const toml::node* flows = root.get("flow"); flows != nullptr) {
        if (!flows->is_array_of_tables())
            return toml_fault(file, flows, "flow", "checks.field.objects");
        for (const auto& one : *flows->as_array()) {
            KL_TRY(FlowRule rule, read_flow(*one.as_table(), file));
            machine.flows.push_back(std::move(rule));
        }
    }
    if (const toml::node* secrets = root.get("secret"); secrets != nullptr) {
        if (!secrets->is_table()) return toml_fault(file, secrets, "secret", "checks.field.table");
        for (const auto& [name, node] : *secrets->as_table()) {
            KL_TRY(SecretRule rule, read_secret(node, std::string_view(name), file));
            machine.secrets.emplace(std::string(std::string_view(name)), std::move(rule));
        }
    }
    return machine;
}

ProbePlan with_machine(ProbePlan plan, const MachineFile& machine, const std::string& site,
                       const std::string& seat) {
    for (const auto& [rule, every_s] : machine.checks) {
        std::erase_if(plan.without_check, [&, &own = rule](PlannedCheck& check) {
            if (!same_action(check.rule, own)) return false;
            plan.checks.push_back(check);
            return true;
        });
        bool scheduled = false;
        for (PlannedCheck& check : plan.checks) {
            if (!same_action(check.rule, rule)) continue;
            check.rule = rule;
            scheduled = true;
        }
        if (scheduled || every_s == 0) continue;
        PlannedCheck own;
        own.rule = rule;
        own.site = site;
        own.seat = seat;
        own.every_s = every_s;
        plan.checks.push_back(std::move(own));
    }
    return plan;
}

Result<CheckTask> task_of(const PlannedCheck& check, const MachineFile& machine) {
    CheckTask task;
    task.settings = check.rule.settings;
    task.time_limit = check.limit();
    if (check.rule.protocol == "command") {
        const std::string program = member(task.settings, "program");
        if (std::find(machine.programs.begin(), machine.programs.end(), program) ==
            machine.programs.end())
            return make_error(ErrorCode::refused, "probe.program.refused", {{"program", program}});
    }
    for (const std::string& name : check.rule.secrets) {
        const auto rule = machine.secrets.find(name);
        if (rule == machine.secrets.end())
            return make_error(ErrorCode::unavailable, "probe.secret.unknown", {{"name", name}});
        const auto& systems = rule->second.systems;
        if (std::find(systems.begin(), systems.end(), check.rule.system) == systems.end())
            return make_error(ErrorCode::refused, "probe.secret.refused",
                              {{"name", name}, {"system", check.rule.system}});
        KL_TRY(std::string value, read_secret_value(name, rule->second));
        task.secrets.emplace(name, std::move(value));
    }
    return task;
}

}  // namespace klarsyn
