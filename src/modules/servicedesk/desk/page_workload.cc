// /workload: how the desk's work is spread over groups and people, how old it is, and how it moves.
// Complete HTML; every number opens the cases or records that it counts.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/work_html.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kPairsShown = 30;
constexpr std::array kParts = {WorkPart::open,    WorkPart::fresh,    WorkPart::active,
                               WorkPart::on_hold, WorkPart::resolved, WorkPart::unowned,
                               WorkPart::late};
constexpr std::array<std::string_view, 5> kFlow = {"servicedesk.created", "servicedesk.resolved",
                                                   "servicedesk.closed", "servicedesk.reopened",
                                                   "servicedesk.hop_time_median"};

// What came and went, by group: the figures themselves.
using Flow = std::map<std::string, std::map<std::string_view, std::int64_t>>;

Result<Flow> read_flow(Context& context, Period period) {
    Flow flow;
    for (const std::string_view id : kFlow) {
        FigureQuestion question;
        question.id = id;
        question.period = period;
        question.by = {"group"};
        KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
        for (const FigureRow& row : answer.rows) {
            if (row.records == 0 || !row.num) continue;
            flow[dim_text(row.key.front().second)][id] = *row.num;
        }
    }
    return flow;
}

class Page {
public:
    Page(const Context& context, const Workload& work, UtcSecond now)
        : context_(context), work_(work), now_(now) {}

    std::string html(Period period, const std::vector<GroupMoves>& moves, const Flow& flow,
                     const std::map<std::string, std::string>& names) const {
        return team_nav(context_, "/workload") + "<h1>" + say("title") + "</h1>" + lead() +
               groups() + ages() + people(names) + moved(period, moves) + flowed(period, flow) +
               "<p class=\"k-actions\">" +
               link("/staffing", context_.text("servicedesk.work.to_staffing")) + "</p>";
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return work_said(context_, key, args);
    }
    std::string count(std::int64_t value) const { return format_integer(value, context_.language); }
    static std::string cell(const std::string& html) {
        return "<td class=\"k-number\">" + html + "</td>";
    }
    static std::string row(const std::string& name, const std::string& cells) {
        return "<tr><th scope=\"row\">" + name + "</th>" + cells + "</tr>";
    }
    // A number that opens the cases it counts; nothing to open where there are none.
    std::string opens(const WorkFilter& filter, std::int64_t value) const {
        return value == 0 ? count(value) : link(work_href(filter), count(value));
    }
    std::string age(const std::optional<UtcSecond>& since) const {
        return since ? escape_html(span_words(context_, now_ - *since)) : "";
    }

    std::string lead() const {
        if (work_.all.open == 0) return "<p class=\"k-lead\">" + say("lead_none") + "</p>";
        // The text is escaped as a whole; the links take the place of marks that no text has.
        std::string text =
            say("lead", {{"open", "\x01"},
                         {"late", "\x02"},
                         {"unowned", "\x03"},
                         {"oldest", span_words(context_, now_ - *work_.all.oldest)}});
        const auto put = [&](char mark, WorkPart part) {
            WorkFilter filter;
            filter.part = part;
            const std::size_t at = text.find(mark);
            if (at != std::string::npos) text.replace(at, 1, opens(filter, work_.all.of(part)));
        };
        put('\x01', WorkPart::open);
        put('\x02', WorkPart::late);
        put('\x03', WorkPart::unowned);
        return "<p class=\"k-lead\">" + text + "</p>";
    }

    std::string part_cells(const WorkFilter& of, const WorkTally& tally) const {
        std::string cells;
        for (const WorkPart part : kParts) {
            WorkFilter filter = of;
            filter.part = part;
            cells += cell(opens(filter, tally.of(part)));
        }
        return cells + cell(age(tally.oldest));
    }
    std::string group_name(const std::string& group) const {
        return group.empty() ? say("no_group") : escape_html(group);
    }
    std::string groups() const {
        std::string rows;
        for (const auto& [group, tally] : work_.groups)
            rows += row(group_name(group), part_cells({.group = group}, tally));
        if (work_.groups.size() != 1) rows += row(say("all"), part_cells({}, work_.all));
        return work_table(context_, "groups", {},
                          work_head(context_, {"group", "open", "new", "active", "on_hold",
                                               "resolved", "unowned", "late", "oldest"}),
                          rows);
    }

    std::string age_cells(const WorkFilter& of, const WorkTally& tally) const {
        std::string cells;
        for (std::size_t i = 0; i < kAgeClasses.size(); ++i) {
            WorkFilter filter = of;
            filter.age = i;
            cells += cell(opens(filter, tally.ages[i]));
        }
        return cells;
    }
    std::string ages() const {
        if (work_.all.open == 0) return "";
        std::string head = work_head(context_, {"group"});
        for (std::size_t i = 0; i < kAgeClasses.size(); ++i)
            head += "<th scope=\"col\" class=\"k-number\">" + escape_html(age_words(context_, i)) +
                    "</th>";
        std::string rows;
        for (const auto& [group, tally] : work_.groups)
            rows += row(group_name(group), age_cells({.group = group}, tally));
        if (work_.groups.size() != 1) rows += row(say("all"), age_cells({}, work_.all));
        return work_table(context_, "ages", {}, head, rows) + "<p class=\"k-source\">" +
               say("ages_note") + "</p>";
    }

    std::string people(const std::map<std::string, std::string>& names) const {
        std::string rows;
        const auto add = [&](const std::string& account, const std::string& shown,
                             const WorkTally& tally) {
            std::string cells;
            for (const WorkPart part : {WorkPart::open, WorkPart::active, WorkPart::on_hold,
                                        WorkPart::resolved, WorkPart::late}) {
                WorkFilter filter;
                filter.assignee = account;
                filter.part = part;
                cells += cell(opens(filter, tally.of(part)));
            }
            rows += row(shown, cells + cell(age(tally.oldest)));
        };
        std::map<std::string, WorkTally> tallies(work_.people.begin(), work_.people.end());
        for (const auto& [account, name] : names) tallies[account];
        for (const auto& [account, tally] : tallies) {
            const auto known = names.find(account);
            if (account.empty()) continue;
            add(account, escape_html(known == names.end() ? account : known->second), tally);
        }
        if (tallies.contains("")) add("", say("nobody"), tallies[""]);
        if (rows.empty()) return "";
        return work_table(context_, "people", {},
                          work_head(context_, {"person", "open", "active", "on_hold", "resolved",
                                               "late", "oldest"}),
                          rows);
    }

    std::string moved(Period period, const std::vector<GroupMoves>& moves) const {
        const TextArgs args = {{"period", format_period(period, context_.language)}};
        if (moves.empty()) return "<p>" + say("moves_none", args) + "</p>";
        std::string rows;
        for (std::size_t i = 0; i < std::min(kPairsShown, moves.size()); ++i) {
            const GroupMoves& pair = moves[i];
            rows += row(escape_html(pair.from),
                        "<td>" + escape_html(pair.to) + "</td>" +
                            cell(link(moves_href(period, pair.from, pair.to), count(pair.count))) +
                            cell(escape_html(span_words(context_, pair.median_s))) +
                            cell(escape_html(span_words(context_, pair.longest_s))));
        }
        std::string html = work_table(
            context_, "moves", args,
            work_head(context_, {"from", "to", "count", "stood_median", "stood_longest"}, 2), rows);
        std::int64_t all = 0;
        for (const GroupMoves& pair : moves) all += pair.count;
        return html + "<p class=\"k-source\">" + say("moves_note") + " " +
               link(moves_href(period, std::nullopt, std::nullopt),
                    context_.text("servicedesk.work.moves_all", {{"n", count(all)}})) +
               "</p>";
    }

    std::string flowed(Period period, const Flow& flow) const {
        if (flow.empty()) return "";
        std::string rows;
        for (const auto& [group, figures] : flow) {
            std::string cells;
            for (const std::string_view id : kFlow) {
                const auto found = figures.find(id);
                if (found == figures.end()) {
                    cells += cell("");
                    continue;
                }
                FigureQuestion question;
                question.id = id;
                question.period = period;
                question.where = {{"group", group}};
                const std::string shown =
                    id == kFlow.back() ? span_words(context_, found->second) : count(found->second);
                cells += cell(link(records_href(kCurrentEdition, question), shown));
            }
            rows += row(group == "unknown" ? say("no_group") : escape_html(group), cells);
        }
        return work_table(context_, "flow", {{"period", format_period(period, context_.language)}},
                          work_head(context_, {"group", "created", "solved", "closed", "reopened",
                                               "hop_time"}),
                          rows) +
               "<p class=\"k-source\">" + say("flow_note") + "</p>";
    }

    const Context& context_;
    const Workload& work_;
    UtcSecond now_;
};

// Those who work in support groups, by account.
Result<std::map<std::string, std::string>> agents(Connection& db) {
    KL_TRY(const auto accounts, list_accounts(db));
    std::map<std::string, std::string> names;
    for (const Account& account : accounts)
        if (!account.groups.empty() && allowed(account.role, Permission::case_work))
            names.emplace(account.name, account.shown_name());
    return names;
}

}  // namespace

Result<Response> get_workload_page(const Request& request, Context& context) {
    KL_TRY(const Period period, read_work_period(request, context));
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    KL_TRY(const Workload work, read_workload(context.db(), viewer));
    KL_TRY(const auto moves, read_moves(context.db(), period, viewer, std::nullopt, std::nullopt));
    KL_TRY(const Flow flow, read_flow(context, period));
    KL_TRY(const auto names, agents(context.db()));
    return html_page(context,
                     {context.text("servicedesk.work.title"), Menu::team, 200, request.target},
                     Page(context, work, viewer.now).html(period, group_moves(moves), flow, names));
}

}  // namespace klarsyn::servicedesk
