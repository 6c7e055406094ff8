// Settings of the gates, who gets which role, and what is sent when.
#include "web/gates.h"

#include <gtest/gtest.h>

#include "web/outbox.h"
#include "web/sign_in.h"
#include "web/web_fixture.h"
#include "web/webhooks.h"

namespace klarsyn {
namespace {

Result<GateSettings> parse(std::string_view text) {
    return parse_gates(text, "klarsyn.toml",
                       {[](const std::string& path) -> Result<std::string> {
                            if (path == "/secret") return std::string("sesam\n");
                            return make_error(ErrorCode::invalid_input, "web.gates.no_file", {{"file", path}});
                        },
                        [](const std::string& name) -> std::optional<std::string> {
                            return name == "SECRET" ? std::optional<std::string>("luk op") : std::nullopt;
                        }});
}

TEST(Gates, NothingSaidIsNoGates) {
    const auto gates = parse("");
    ASSERT_TRUE(gates.ok());
    EXPECT_FALSE(gates->oidc || gates->ldap || gates->mail);
}

TEST(Gates, SecretsComeFromElsewhere) {
    const auto gates = parse("[oidc]\nissuer = 'https://id'\nclient_id = 'k'\nclient_secret_file = '/secret'\n"
                             "[ldap]\nurl = 'ldaps://d'\nbase = 'dc=x'\nbind_password_env = 'SECRET'\n");
    ASSERT_TRUE(gates.ok()) << describe(gates.error(), Language::en);
    EXPECT_EQ(gates->oidc->client_secret, "sesam");
    EXPECT_EQ(gates->ldap->bind_password, "luk op");
    EXPECT_EQ(gates->ldap->tls, DirectorySettings::Tls::ldaps);
}

TEST(Gates, FaultsNameLineAndField) {
    const struct {
        const char *text, *field;
        long long line;
    } faults[] = {
        {"[oidc]\nissuer = 'https://id'\n", "client_id", 1},
        {"[oidc]\nissuer = 'http://id.example'\nclient_id = 'k'\n", "issuer", 2},
        {"[oidc]\nissuer = 'https://id'\nclient_id = 'k'\nclient_secret = 'x'\n", "client_secret", 4},
        {"[oidc]\nissuer = 'https://id'\nclient_id = 'k'\nclient_secret_env = 'NONE'\n", "client_secret_env", 4},
        {"[oidc]\nissuer = 'https://id'\nclient_id = 'k'\nalgorithm = 'none'\n", "algorithm", 4},
        {"[oidc]\nissuer = 'https://id'\nclient_id = 'k'\ncolour = 'blue'\n", "colour", 4},
        {"[ldap]\nurl = 'ldap://d'\nbase = 'x'\ntls = 'none'\n", "url", 2},
        {"[ldap]\nurl = 'ldaps://d'\nbase = 'x'\nfilter = '(uid=x)'\n", "filter", 4},
        {"[mail]\naddress = 'x'\n", "address", 2},
        {"[mail]\naddress = 'a@b'\nmessage_bytes_max = -1\n", "message_bytes_max", 3},
        {"[mail]\naddress = 'a@b'\n[mail.smtp]\nurl = 'http://x'\n", "url", 4},
        {"[[group]]\ngroup = 'x'\nrole = 'king'\n", "role", 3},
        {"[remote_write]\nurl = 'ftp://x'\n", "url", 2},
        {"[remote_write]\nurl = 'http://prometheus.example'\ntoken_env = 'SECRET'\n", "url", 2},
        {"[remote_write]\nurl = 'http://x'\nevery_seconds = 0\n", "every_seconds", 3},
        {"[remote_write]\nurl = 'http://x'\n[[remote_write.figure]]\nby = ['x']\n", "id", 3},
        {"[remote_write]\nurl = 'http://x'\n[[remote_write.figure]]\nid = 'x'\nperiod = 'hour'\n", "period", 5},
        {"[weather]\n", "weather", 1},
        {"x = 1\n", "x", 1},
    };
    for (const auto& fault : faults) {
        const auto gates = parse(fault.text);
        ASSERT_FALSE(gates.ok()) << fault.text;
        EXPECT_EQ(gates.error().field, fault.field) << fault.text;
        EXPECT_EQ(gates.error().line, fault.line) << fault.text;
        EXPECT_EQ(gates.error().file, "klarsyn.toml");
    }
    EXPECT_FALSE(parse("[oidc\n").ok());
}

TEST(SignIn, TheFirstGroupGivesTheRoleAndAllGiveSupportGroups) {
    const std::vector<GroupRule> rules = {{"CN=Ledere,DC=x", Role::lead, "RH", {"A"}},
                                          {"agenter", Role::agent, "", {"A", "B"}}};
    EXPECT_FALSE(grant_of(rules, {}));
    EXPECT_FALSE(grant_of(rules, {"agenter2", "", "*"}));
    const auto both = grant_of(rules, {"Agenter", "cn=ledere,dc=x"});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->role, Role::lead);
    EXPECT_EQ(both->org, "RH");
    EXPECT_EQ(both->support_groups, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(grant_of(rules, {"agenter"})->role, Role::agent);
}

TEST(SignIn, OnlyAPathOfOurOwnIsFollowed) {
    for (const char* own : {"/", "/desk", "/desk?view=mine&q=a%2Fb", "/a//b"}) EXPECT_EQ(safe_next(own), own);
    for (const char* foreign : {"", "desk", "//evil", "/\\evil", "https://evil", "javascript:x", "/a\r\nb", "/\tx"})
        EXPECT_EQ(safe_next(foreign), "/") << foreign;
}

TEST(SignIn, AnAccountOfElsewhereHasNoPasswordHere) {
    WebFixture web;
    web.store->writer()
        .run("INSERT INTO core_user (id, name, role, password_hash, created_at, seq, origin, subject)"
             " VALUES (900, 'karen', 'agent', '', 1, 1, 'ldap', 'uuid-1')")
        .value();
    for (const char* password : {"", " ", "x"})
        EXPECT_FALSE(check_password(web.store->writer(), "karen", password).value());
    EXPECT_EQ(find_account_by_subject(web.store->writer(), "ldap", "uuid-1").value()->name, "karen");
    EXPECT_FALSE(find_account_by_subject(web.store->writer(), "oidc", "uuid-1").value());
    const auto started = web.sessions.start(900, web.clock.now());
    Request request = web.get("/api/v1/cases", Role::anonymous);
    request.headers.emplace_back("cookie", "klarsyn=" + started.token);
    EXPECT_EQ(web.ask(request).status, 200);
    const Account karen = find_account_by_name(web.store->writer(), "karen").value().value();
    ASSERT_TRUE(end_access(*web.services, karen, "test").ok());
    EXPECT_EQ(web.ask(request).status, 401);
}

TEST(Outbox, WaitsLongerEachTimeAndGivesUpAfterADay) {
    EXPECT_EQ(outbox_wait_seconds(1), 30);
    EXPECT_EQ(outbox_wait_seconds(2), 60);
    EXPECT_EQ(outbox_wait_seconds(5), 480);
    EXPECT_EQ(outbox_wait_seconds(50), 3600);
    WebFixture web;
    Connection& db = web.store->writer();
    OutboxItem letter;
    letter.channel = "mail";
    letter.recipient = "a@b";
    letter.payload = "{}";
    letter.cause = "K1/2";
    letter.not_before = 1000;
    ASSERT_TRUE(put_in_outbox(db, letter).ok());
    EXPECT_TRUE(due_items(db, "mail", 999, 9)->empty());
    EXPECT_TRUE(due_items(db, "webhook", 1000, 9)->empty());
    const OutboxItem due = due_items(db, "mail", 1000, 9)->at(0);
    const Attempt down{Attempt::Outcome::later,
                       make_error(ErrorCode::unavailable, "web.outbox.status",
                                  {{"host", "hook.example"}, {"status", "503"}})};
    ASSERT_TRUE(note_attempt(db, due, down, 1000).ok());
    EXPECT_TRUE(due_items(db, "mail", 1029, 9)->empty());
    const OutboxItem again = due_items(db, "mail", 1030, 9)->at(0);
    EXPECT_EQ(again.attempts, 1);
    ASSERT_TRUE(note_attempt(db, again, down, 1000 + kOutboxGivesUpSeconds).ok());
    EXPECT_TRUE(due_items(db, "mail", 1'000'000, 9)->empty());
    const OutboxRow failed = outbox_troubles(db, 9)->at(0);
    EXPECT_TRUE(failed.failed);
    EXPECT_EQ(failed.error_text(Language::da), "hook.example svarer med HTTP 503");
    EXPECT_EQ(failed.error_text(Language::en), "hook.example answers with HTTP 503");
    OutboxRow older = failed;
    older.last_error = "HTTP 503";  // as earlier versions kept it
    EXPECT_EQ(older.error_text(Language::da), "HTTP 503");
    ASSERT_TRUE(try_again(db, failed.item.id, 2'000'000).ok());
    EXPECT_FALSE(try_again(db, failed.item.id, 2'000'000).ok());
    EXPECT_EQ(due_items(db, "mail", 2'000'000, 9)->size(), 1u);
    ASSERT_TRUE(take_from_outbox(db, "mail", "K1/2").ok());
    EXPECT_TRUE(due_items(db, "mail", 2'000'000, 9)->empty());
}

TEST(Webhooks, AreSignedAsTheStandardSays) {
    EXPECT_EQ(webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                1'614'265'330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(Webhooks, TellOnlyWhatIsWanted) {
    Webhook hook;
    hook.events = {"case.opened", "call.*"};
    for (const char* wanted : {"case.opened", "call.rang"}) EXPECT_TRUE(wants_event(hook, wanted)) << wanted;
    for (const char* other : {"case.closed", "case.opened.x", "call", "callx.y", ""})
        EXPECT_FALSE(wants_event(hook, other)) << other;
    hook.events = {"*"};
    EXPECT_TRUE(wants_event(hook, "anything"));
}

}  // namespace
}  // namespace klarsyn
