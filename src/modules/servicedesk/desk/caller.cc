#include "modules/servicedesk/desk/caller.h"

#include <algorithm>

#include "modules/servicedesk/desk/answers.h"

namespace klarsyn::servicedesk {
namespace {

constexpr int kOpenCasesMost = 20;
constexpr int kLatestCases = 5;  // whose place and equipment are offered

struct Condition {
    std::string sql;
    std::vector<std::pair<std::string, Value>> params;
    Params all() const {
        Params result;
        for (const auto& [name, value] : params) result.emplace_back(name, value);
        return result;
    }
};

// Cases whose caller has this account or one of the spellings of this phone number.
Condition is_of_caller(const CallerQuestion& question) {
    Condition where;
    const auto bind = [&](const std::string& text) {
        where.params.emplace_back(":c" + std::to_string(where.params.size()), Value(text));
        return where.params.back().first;
    };
    std::string phones;
    for (const auto& spelling : phone_spellings(question.phone))
        phones += (phones.empty() ? "" : ", ") + bind(spelling);
    if (!phones.empty()) where.sql = "caller_phone IN (" + phones + ") AND caller_phone <> ''";
    if (!question.account.empty()) {
        where.sql += where.sql.empty() ? "" : " OR ";
        where.sql += "caller_account = " + bind(question.account);
    }
    if (!where.sql.empty()) where.sql = "(" + where.sql + ")";
    return where;
}

Result<std::vector<std::string>> numbers(Connection& db, const Condition& where,
                                         std::string_view more, int most) {
    std::vector<std::string> found;
    if (where.sql.empty()) return found;
    KL_TRY(auto rows,
           db.query("SELECT number FROM servicedesk_case WHERE " + where.sql + std::string(more) +
                        " ORDER BY num DESC LIMIT " + std::to_string(most),
                    where.all()));
    while (true) {
        KL_TRY(const bool got, rows->next());
        if (!got) return found;
        found.emplace_back(rows->text(0));
    }
}

void fill(std::string& into, const std::string& from) {
    if (into.empty()) into = from;
}

// Name, place and equipment of the caller's latest cases, the latest first.
Result<void> add_person(Context& context, const std::vector<std::string>& latest,
                        CallerAnswer& answer) {
    for (const auto& number : latest) {
        KL_TRY(const auto item, find_item(context.db(), number, context.scope));
        if (!item) continue;
        KL_TRY(const auto records, load_records(context.db(), number));
        const CaseState state = replay(number, records);
        fill(answer.name, item->caller_name);
        fill(answer.account, item->caller_account);
        fill(answer.mail, item->caller_mail);
        fill(answer.org, item->org);
        fill(answer.place, state.place);
        auto& equipment = answer.equipment;
        if (!state.equipment.empty() &&
            std::ranges::find(equipment, state.equipment) == equipment.end())
            equipment.push_back(state.equipment);
    }
    return {};
}

}  // namespace

std::vector<std::string> phone_spellings(std::string_view phone) {
    std::vector<std::string> found;
    if (phone.empty()) return found;
    found.emplace_back(phone);
    std::string digits;
    for (const char c : phone)
        if (c >= '0' && c <= '9') digits += c;
    constexpr std::size_t kDanishDigits = 8;
    if (digits.size() < kDanishDigits) return found;
    const std::string own = digits.substr(digits.size() - kDanishDigits);
    const std::string pairs =
        own.substr(0, 2) + " " + own.substr(2, 2) + " " + own.substr(4, 2) + " " + own.substr(6, 2);
    for (const std::string& spelling :
         {own, "+45" + own, "+45 " + own, "0045" + own, "45" + own, pairs, "+45 " + pairs}) {
        if (spelling != phone) found.push_back(spelling);
    }
    return found;
}

Result<CallerAnswer> about_caller(Context& context, const CallerQuestion& question) {
    CallerAnswer answer;
    const Condition of_caller = is_of_caller(question);
    KL_TRY(const auto open, numbers(context.db(), of_caller, " AND open = 1", kOpenCasesMost));
    KL_TRY(const auto viewer, case_viewer(context));
    for (const auto& number : open) {
        KL_TRY(auto item, find_item(context.db(), number, context.scope));
        if (!item) continue;
        item->breached = is_breached(*item, viewer.now);
        answer.cases.push_back(item_json(*item));
    }
    KL_TRY(const auto latest, numbers(context.db(), of_caller, "", kLatestCases));
    KL_CHECK(add_person(context, latest, answer));
    if (question.callid.empty()) return answer;
    const Condition of_call{"call = :call AND call <> ''", {{":call", Value(question.callid)}}};
    KL_TRY(const auto opened, numbers(context.db(), of_call, "", 1));
    for (const auto& number : opened) {
        KL_TRY(const auto item, find_item(context.db(), number, context.scope));
        if (item) answer.case_number = number;
    }
    return answer;
}

}  // namespace klarsyn::servicedesk
