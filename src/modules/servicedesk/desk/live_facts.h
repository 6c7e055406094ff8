// From the records of the desk's own cases to facts: through the same derive_case as imports, so that
// history from other systems and today's work make one series.
#pragma once

#include <deque>
#include <span>

#include "modules/servicedesk/desk/entry.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// The facts that the running desk brings, named "desk"; never imported.
Format desk_format();

// A case's history from its records: one row per record that counts, through derive_case. The texts
// that the history points into live as long as the object.
class LiveCase {
public:
    LiveCase(std::span<const Record> records, const DeskRules& rules);
    LiveCase(const LiveCase&) = delete;
    LiveCase& operator=(const LiveCase&) = delete;
    const CaseHistory& history() const { return history_; }
    // When the next of its targets breaks, or when it broke; none while nothing runs.
    std::optional<UtcSecond> due_at() const;
    // When the next one breaks of those that had not by the last record.
    std::optional<UtcSecond> next_breach_at() const;

private:
    std::string_view keep(std::string text);
    void add(const CaseState& state, const Record& record);
    void add_known_errors(std::span<const Record> records, const CaseState& state);

    std::deque<std::string> texts_;
    std::vector<CaseRow> rows_;
    CaseHistory history_;
    UtcSecond known_until_ = 0;
};

// The facts of one case as the difference to those that stand.
Result<void> derive_live(FactWriter& facts, const LiveCase& live,
                         std::span<const Record> records, std::string_view number,
                         FactWriter::Group group);

// The days since the last on which the desk was used are covered: a quiet Sunday is no missing one.
Result<void> cover_days(WriteTurn& turn, std::int64_t seq);

Result<void> write_live_facts(WriteTurn& turn, const LiveCase& live, const CaseTouch& touch);

}  // namespace klarsyn::servicedesk
