// Who has said that a message is read. Asked for by the message; said once for each wording: after
// a correction everybody is asked again.
#pragma once

#include <string>
#include <vector>

#include "ingest/turn.h"
#include "modules/notices/notice.h"
#include "web/accounts.h"
#include "web/json_body.h"
#include "web/org_scope.h"

namespace klarsyn::notices {

struct Ack {
    std::string reader, org, via;  // via: "web", "api", "agent"
    std::int64_t version = 0;
    UtcSecond at = 0;
    bool holds = true;  // of the present wording
};

// A person for themselves: {version}. A program that measures (role probe) for the user of its PC:
// {reader, place, version}. A second time changes nothing. conflict where the message asks for
// none.
Result<void> acknowledge(WriteTurn& turn, const Account& account, std::string_view via,
                         const Notice& notice, JsonBody& body);
// Newest first, of the organisations that the scope sees; `org` (a code) of one place alone, "-" of
// those without place, empty of all.
Result<std::vector<Ack>> acks_of(Connection& db, const Notice& notice, const OrgScope& scope,
                                 std::string_view org);
// Whether the reader has read the present wording.
Result<bool> has_acknowledged(Connection& db, const Notice& notice, const std::string& reader);

struct AckPlace {
    std::string org;  // code; empty: told without a place
    std::int64_t readers = 0;
};
// Readers of the present wording by place, most first.
std::vector<AckPlace> ack_places(const std::vector<Ack>& acks);

}  // namespace klarsyn::notices
