#include "web/remote_write_store.h"

namespace klarsyn {

Result<std::vector<WaitingRequest>> waiting_requests(Connection& db) {
    KL_TRY(const auto rows,
           db.query("SELECT id, at, samples, body FROM core_write_out ORDER BY id", {}));
    std::vector<WaitingRequest> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({rows->i64(0), rows->i64(1), rows->i64(2), std::string(rows->blob(3))});
    }
}

Result<void> keep_requests(Connection& db, const std::vector<WaitingRequest>& requests) {
    for (const WaitingRequest& one : requests) {
        KL_TRY([[maybe_unused]] const auto rows,
               db.run("INSERT INTO core_write_out (id, at, samples, body)"
                      " VALUES (:id, :at, :samples, :body)",
                      {{":id", one.number},
                       {":at", one.at},
                       {":samples", one.samples},
                       {":body", Blob{one.body}}}));
    }
    return {};
}

Result<void> forget_requests(Connection& db, std::int64_t up_to) {
    KL_TRY([[maybe_unused]] const auto rows,
           db.run("DELETE FROM core_write_out WHERE id <= :up_to", {{":up_to", up_to}}));
    return {};
}

}  // namespace klarsyn
