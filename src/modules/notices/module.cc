#include "modules/module.h"

#include "modules/notices/answers.h"
#include "modules/notices/commands.h"
#include "modules/notices/erasing.h"
#include "modules/notices/notice_search.h"
#include "modules/notices/status.h"
#include "web/notice_writing.h"
#include "web/systems.h"

namespace klarsyn::notices {
namespace {

// The region's systems: what the status page lists and people choose from.
Result<void> check_systems(Connection& /*db*/, UtcSecond /*from*/, std::string_view text,
                           std::string_view file) {
    KL_TRY([[maybe_unused]] const auto systems, parse_systems(text, file));
    return {};
}

// A command on a message by its number.
template <Result<void> (*Command)(const Author&, const Notice&, JsonBody&)>
Result<void> by_number(WriteTurn& turn, const std::string& author, std::string_view number,
                       JsonBody& body) {
    KL_TRY(const Notice notice, find_notice(turn.db, number));
    return Command({turn, author}, notice, body);
}

}  // namespace

NoticeWriting writing() {
    return {[](WriteTurn& turn, const std::string& author, JsonBody& body) {
                return publish({turn, author}, body);
            },
            by_number<correct>, by_number<update>, by_number<clear>};
}

Module module() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    Module result;
    result.name = "notices";
    result.settings = {{"systems", check_systems}};
    result.erase = erase_in_notices;
    result.checks = {{"notices", count_search_faults}};
    result.reindex = rebuild_search;
    result.background = {status_keeper()};
    result.routes = {
        {"GET", "/status", P::open, R::reader, S::page, get_status_page},
        {"GET", "/status/{system}", P::open, R::reader, S::page, get_system_page},
        {"GET", "/status.atom", P::open, R::reader, S::page, get_status_feed},
        {"GET", "/status.rss", P::open, R::reader, S::page, get_status_rss},
        {"GET", "/api/v1/status", P::open, R::reader, S::api, get_status_json},
        {"GET", "/api/v1/notices/feed", P::open, R::reader, S::api, get_notice_feed},
        {"POST", "/api/v1/notices/{number}/ack", P::open, R::writer, S::api, post_ack,
         kBodyBytesUsual, Route::Proof::handler},
        {"GET", "/api/v1/notices/{number}/acks", P::manage, R::reader, S::api, get_acks},
        {"GET", "/notices/{number}/acks", P::manage, R::reader, S::page, get_acks_page},
        {"GET", "/notices/{number}/cases", P::cases, R::reader, S::page, get_cases_page},
        {"GET", "/notices/{number}/history", P::open, R::reader, S::page, get_history_page},
        {"POST", "/notices/{number}/ack", P::session, R::writer, S::page, post_ack_form},
        {"GET", "/my/messages", P::own_cases, R::reader, S::page, get_subscriptions_page},
        {"POST", "/my/messages", P::own_cases, R::writer, S::page, post_subscriptions_form},
        {"GET", "/unsubscribe/{token}", P::open, R::reader, S::page, get_unsubscribe_page},
        {"POST", "/unsubscribe/{token}", P::open, R::writer, S::page, post_unsubscribe_form,
         kBodyBytesUsual, Route::Proof::handler},
        {"GET", "/api/v1/notices/subscriptions", P::own_cases, R::reader, S::api,
         get_subscriptions},
        {"POST", "/api/v1/notices/subscriptions", P::own_cases, R::writer, S::api,
         post_subscription},
        {"DELETE", "/api/v1/notices/subscriptions/{id}", P::own_cases, R::writer, S::api,
         delete_subscription},
        {"GET", "/notices", P::manage, R::reader, S::page, get_notices_page},
        {"POST", "/notices", P::manage, R::writer, S::page, post_notices_form},
        {"GET", "/notices/{number}", P::open, R::reader, S::page, get_notice_page},
        {"POST", "/notices/{number}", P::manage, R::writer, S::page, post_notice_form},
        {"GET", "/api/v1/notices", P::open, R::reader, S::api, get_notices},
        {"POST", "/api/v1/notices", P::manage, R::writer, S::api, post_notice},
        {"GET", "/api/v1/notices/{number}", P::open, R::reader, S::api, get_notice},
        {"PATCH", "/api/v1/notices/{number}", P::manage, R::writer, S::api, patch_notice},
        {"POST", "/api/v1/notices/{number}/update", P::manage, R::writer, S::api,
         post_notice_update},
        {"POST", "/api/v1/notices/{number}/clear", P::manage, R::writer, S::api, post_notice_clear},
    };
    return result;
}

}  // namespace klarsyn::notices
