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

// One row per record that counts; the texts live as long as the object.
class LiveRows {
public:
    explicit LiveRows(std::span<const Record> records);
    std::span<const CaseRow> rows() const { return rows_; }

private:
    std::string_view keep(std::string text);
    void add(const CaseState& state, const Record& record);

    std::deque<std::string> texts_;
    std::vector<CaseRow> rows_;
};

// The facts of one case as the difference to those that stand.
Result<void> derive_live(FactWriter& facts, const DeskRules& rules, std::string_view number,
                         std::span<const Record> records, FactWriter::Group group);

Result<void> write_live_facts(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);

}  // namespace klarsyn::servicedesk
