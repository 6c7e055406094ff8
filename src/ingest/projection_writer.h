// The rows of a projection (FactTableSpec::projection): one per group, as derive says that things
// stand now, without history. Written together with the facts that they follow from, and with what
// they are found by; verify compares them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "store/database.h"

namespace klarsyn {

class ProjectionWriter {
public:
    // `search` may be null where the projection is not found by search.
    static Result<std::unique_ptr<ProjectionWriter>> open(Connection& db, const FactTableSpec& spec,
                                                          Names& names, Search* search);

    // A row that the table does not have yet. `cells` follow FactTableSpec::columns.
    Result<void> append(std::string_view key, const std::vector<FactCell>& cells,
                        std::size_t begin);
    // A row that the table may have: written where it differs, and keeps its id. `look`: what it is
    // found by is looked at also where the row stays.
    Result<void> take(std::string_view key, const std::vector<FactCell>& cells, std::size_t begin,
                      bool look);
    // Removes what the facts that stand of a group brought; called before they go.
    Result<void> remove_of(std::int64_t group);
    Result<void> flush();

    // Compares instead of writing; counts the row, and a fault where the table says otherwise.
    Result<void> compare(std::string_view key, const std::vector<FactCell>& cells,
                         std::size_t begin);
    // Faults so far, and rows of the source that nothing was derived for.
    Result<std::int64_t> faults(std::string_view source);

private:
    struct Standing {
        std::int64_t id = 0;  // 0: no such row
        bool same = false;
    };

    ProjectionWriter(Connection& db, const FactTableSpec& spec, Names& names, Search* search)
        : db_(db), spec_(spec), names_(names), search_(search) {}

    Result<Standing> find(std::string_view key, const FactCell* cells);
    Result<void> put(std::int64_t id, std::string_view key, const FactCell* cells);
    Result<SearchDocument> document(std::int64_t id, std::string_view key, const FactCell* cells);
    Result<void> remove(std::string_view key);

    Connection& db_;
    const FactTableSpec& spec_;
    Names& names_;
    Search* search_;
    std::unique_ptr<Appender> appender_;
    std::string remove_sql_, select_sql_;
    std::int64_t next_id_ = 1;
    std::int64_t documents_ = 0;  // written again since the index took them
    std::int64_t compared_ = 0;
    std::int64_t faults_ = 0;
};

}  // namespace klarsyn
