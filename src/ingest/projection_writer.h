// The rows of a projection (FactTableSpec::projection): one per group, as derive says that things stand now,
// without history. Written together with the facts that they follow from; verify compares them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "store/database.h"

namespace klarsyn {

struct FactCell;

class ProjectionWriter {
public:
    static Result<std::unique_ptr<ProjectionWriter>> open(Connection& db,
                                                          const FactTableSpec& spec);

    // A row that the table does not have yet. `cells` follow FactTableSpec::columns.
    Result<void> append(std::string_view key, const std::vector<FactCell>& cells,
                        std::size_t begin);
    Result<void> replace(std::string_view key, const std::vector<FactCell>& cells,
                         std::size_t begin);
    // Removes what the facts that stand of a group brought; called before they go.
    Result<void> remove_of(std::int64_t group);
    Result<void> flush() { return appender_->flush(); }

    // Compares instead of writing; counts the row, and a fault where the table says otherwise.
    Result<void> compare(std::string_view key, const std::vector<FactCell>& cells,
                         std::size_t begin);
    // Faults so far, and rows of the source that nothing was derived for.
    Result<std::int64_t> faults(std::string_view source);

private:
    ProjectionWriter(Connection& db, const FactTableSpec& spec) : db_(db), spec_(spec) {}

    Result<void> remove(std::string_view key);

    Connection& db_;
    const FactTableSpec& spec_;
    std::unique_ptr<Appender> appender_;
    std::string remove_sql_, select_sql_;
    std::int64_t next_id_ = 1;
    std::int64_t compared_ = 0;
    std::int64_t faults_ = 0;
};

}  // namespace klarsyn
