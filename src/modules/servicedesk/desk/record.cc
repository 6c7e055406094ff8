#include "modules/servicedesk/desk/record.h"

#include <boost/json/parse.hpp>

namespace klarsyn::servicedesk {

namespace json = boost::json;

Result<std::vector<Record>> load_records(Connection& db, std::string_view object) {
    KL_TRY(const auto rows,
           db.query("SELECT n, at, actor, kind, body, seq, retracted_seq FROM servicedesk_record"
                    " WHERE object = :object ORDER BY n",
                    {{":object", std::string(object)}}));
    std::vector<Record> records;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return records;
        Record record;
        record.n = rows->i64(0);
        record.at = rows->i64(1);
        record.actor = rows->text(2);
        record.kind = rows->text(3);
        json::error_code error;
        json::value body = json::parse(rows->text(4), error);
        if (error || !body.is_object())
            return make_error(ErrorCode::internal, "servicedesk.desk.record_damaged",
                              {{"object", std::string(object)}, {"n", std::to_string(record.n)}});
        record.body = std::move(body.as_object());
        record.seq = rows->i64(5);
        record.undone = !rows->is_null(6);
        records.push_back(std::move(record));
    }
}

std::string body_text(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::int64_t body_number(const json::object& body, std::string_view name, std::int64_t otherwise) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_int64() ? value->as_int64() : otherwise;
}

}  // namespace klarsyn::servicedesk
