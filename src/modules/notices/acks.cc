#include "modules/notices/acks.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>
#include <map>

#include "web/org_match.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr std::size_t kReaderMax = 120;

struct Reader {
    std::string name, org;
};

Result<Reader> reader_of(WriteTurn& turn, const Account& account, JsonBody& body) {
    if (account.role != Role::probe) {
        body.allow_only({"version"});
        return Reader{account.name, account.org};
    }
    body.allow_only({"version", "reader", "place"});
    Reader reader;
    reader.name = body.text("reader", {kReaderMax, JsonBody::Need::required}).value_or("");
    const std::string place = body.text("place", {kReaderMax}).value_or("");
    const Day today = Zone::copenhagen().to_local(turn.now).day;
    if (!place.empty()) {
        KL_TRY(reader.org, take_org_code(turn.db, body, "place", place, today));
    }
    return reader;
}

}  // namespace

Result<void> acknowledge(WriteTurn& turn, const Account& account, std::string_view via,
                         const Notice& notice, JsonBody& body) {
    const auto version = body.integer("version", 1, std::numeric_limits<std::int64_t>::max());
    KL_TRY(const Reader reader, reader_of(turn, account, body));
    if (version && *version > notice.version) body.fault("version", "notices.fault.version");
    if (!body.ok()) return make_error(ErrorCode::invalid_input, "notices.faults");
    if (!notice.ack)
        return make_error(ErrorCode::conflict, "notices.ack.unasked", {{"number", notice.number}});
    const std::int64_t read = version.value_or(notice.version);
    KL_TRY(const auto said,
           query_i64(turn.db,
                     "SELECT COUNT(*) FROM notices_ack WHERE notice = :notice AND reader = :reader"
                     " AND version >= :from",
                     {{":notice", notice.number},
                      {":reader", reader.name},
                      {":from", std::min(read, notice.wording)}}));
    if (said > 0) return {};
    KL_TRY(const std::int64_t seq, turn.begin_entry());
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("INSERT INTO notices_ack (seq, notice, version, reader, org, via, at)"
                       " VALUES (:seq, :notice, :version, :reader, :org, :via, :at)",
                       {{":seq", seq},
                        {":notice", notice.number},
                        {":version", read},
                        {":reader", reader.name},
                        {":org", reader.org},
                        {":via", std::string(via)},
                        {":at", turn.now}}));
    return turn.end_entry(account.name, "notice_ack",
                          json::serialize(json::object{
                              {"number", notice.number}, {"version", read}, {"org", reader.org}}));
}

Result<std::vector<Ack>> acks_of(Connection& db, const Notice& notice, const OrgScope& scope,
                                 std::string_view org) {
    KL_TRY(const auto rows, db.query("SELECT reader, org, via, version, at FROM notices_ack"
                                     " WHERE notice = :notice ORDER BY id DESC",
                                     {{":notice", notice.number}}));
    std::vector<Ack> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        Ack ack{std::string(rows->text(0)), std::string(rows->text(1)), std::string(rows->text(2)),
                rows->i64(3), rows->i64(4)};
        ack.holds = ack.version >= notice.wording;
        const bool wanted = org.empty() || (org == "-" ? ack.org.empty() : ack.org == org);
        if (wanted && scope.sees(ack.org)) list.push_back(std::move(ack));
    }
}

Result<bool> has_acknowledged(Connection& db, const Notice& notice, const std::string& reader) {
    KL_TRY(
        const auto count,
        query_i64(db,
                  "SELECT COUNT(*) FROM notices_ack WHERE notice = :notice AND reader = :reader"
                  " AND version >= :wording",
                  {{":notice", notice.number}, {":reader", reader}, {":wording", notice.wording}}));
    return count > 0;
}

std::vector<AckPlace> ack_places(const std::vector<Ack>& acks) {
    std::map<std::string, std::int64_t> readers;
    for (const Ack& ack : acks)
        if (ack.holds) ++readers[ack.org];
    std::vector<AckPlace> places;
    for (const auto& [org, count] : readers) places.push_back({org, count});
    std::stable_sort(places.begin(), places.end(),
                     [](const AckPlace& a, const AckPlace& b) { return a.readers > b.readers; });
    return places;
}

}  // namespace klarsyn::notices
