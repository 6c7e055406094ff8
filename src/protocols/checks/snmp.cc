// snmp: asks a device for named numbers (net-snmp, whose headers are in this file alone).
//
// Settings: host, port (161), tries (2 more after the first, in the time given: UDP loses);
// version "2c" with community_secret, or "3" with user, auth ("sha", "sha256", "sha512", "none")
// and auth_secret, privacy ("aes" or "none") and privacy_secret, context (none); values: a table of
// our name and the object's number, {"charge_percent": "1.3.6.1.2.1.33.1.2.4.0"}; set: a ready
// choice of values: "ups" (UPS-MIB: charge_percent, seconds_on_battery, lines, power_used_w_1 to 3,
// power_total_w), of which a device may lack some; "storage" with index (HOST-RESOURCES-MIB, a row
// of hrStorageTable: storage_block_bytes, storage_blocks, storage_used_blocks). Every value of
// `values` must exist. Readings: those that are numbers, by our names.
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <memory>

#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"

namespace klarsyn {
namespace {

constexpr std::size_t kValuesMax = 50;  // in one datagram

struct SnmpValue {
    std::string name;
    std::vector<oid> number;
    bool needed = true;
};

struct SnmpSettings {
    std::string host, community_secret, user, auth, auth_secret, privacy, privacy_secret, context;
    std::vector<SnmpValue> values;
    int port = 161;
    int tries = 2;
    bool v3 = false;
};

// RFC 1628.
constexpr std::pair<const char*, const char*> kUpsValues[] = {
    {"seconds_on_battery", "1.3.6.1.2.1.33.1.2.2.0"},
    {"charge_percent", "1.3.6.1.2.1.33.1.2.4.0"},
    {"lines", "1.3.6.1.2.1.33.1.4.3.0"},
    {"power_used_w_1", "1.3.6.1.2.1.33.1.4.4.1.4.1"},
    {"power_used_w_2", "1.3.6.1.2.1.33.1.4.4.1.4.2"},
    {"power_used_w_3", "1.3.6.1.2.1.33.1.4.4.1.4.3"},
    {"power_total_w", "1.3.6.1.2.1.33.1.9.6.0"},
};

// RFC 2790, hrStorageTable without the row.
constexpr std::pair<const char*, const char*> kStorageValues[] = {
    {"storage_block_bytes", "1.3.6.1.2.1.25.2.3.1.4"},
    {"storage_blocks", "1.3.6.1.2.1.25.2.3.1.5"},
    {"storage_used_blocks", "1.3.6.1.2.1.25.2.3.1.6"},
};

// "1.3.6.1": numbers below 2^32 with dots between; empty where it is none.
std::vector<oid> object_number(std::string_view text) {
    std::vector<oid> number;
    if (text.starts_with('.')) text.remove_prefix(1);
    std::uint64_t part = 0;
    bool digits = false;
    for (const char c : std::string(text) + '.') {
        if (c >= '0' && c <= '9') {
            part = part * 10 + static_cast<std::uint64_t>(c - '0');
            digits = true;
            if (part > 0xFFFFFFFFu) return {};
        } else if (c == '.' && digits && number.size() < MAX_OID_LEN) {
            number.push_back(static_cast<oid>(part));
            part = 0;
            digits = false;
        } else {
            return {};
        }
    }
    if (number.size() < 2 || number[0] > 2) return {};
    return number;
}

void read_values(Fields& fields, SnmpSettings& read) {
    for (const auto& [name, text] : fields.table("values")) {
        auto number = object_number(text);
        if (number.empty()) fields.fault("values", "checks.snmp.number");
        read.values.push_back({name, std::move(number), true});
    }
    const std::string set = fields.text("set", "");
    if (!set.empty() && set != "ups" && set != "storage") fields.fault("set", "checks.snmp.set");
    if (set == "storage") {
        const auto index = std::to_string(fields.number("index", 1, 0x7FFFFFFF));
        for (const auto& [name, text] : kStorageValues)
            read.values.push_back({name, object_number(text + ("." + index)), true});
    }
    if (set == "ups")
        for (const auto& [name, text] : kUpsValues)
            read.values.push_back({name, object_number(text), false});
    if (read.values.empty() || read.values.size() > kValuesMax)
        fields.fault("values", "checks.snmp.values");
}

Result<SnmpSettings> read_snmp(const boost::json::object& settings) {
    Fields fields(settings);
    SnmpSettings read;
    read.host = fields.host();
    read.port = fields.port("port", 161);
    read.tries = static_cast<int>(fields.number("tries", 0, 10, 2));
    read.v3 = fields.word("version", {"2c", "3"}) == "3";
    if (read.v3) {
        read.user = fields.text("user");
        read.auth = fields.word("auth", {"sha", "sha256", "sha512", "none"});
        read.privacy = fields.word("privacy", {"aes", "none"});
        if (read.auth != "none") read.auth_secret = fields.text("auth_secret");
        if (read.privacy != "none") read.privacy_secret = fields.text("privacy_secret");
        read.context = fields.text("context", "");
        if (read.auth == "none" && read.privacy != "none")
            fields.fault("privacy", "checks.snmp.privacy");
    } else {
        read.community_secret = fields.text("community_secret");
    }
    read_values(fields, read);
    // Of `klarsyn probe readings`: where the device stands and what its row is called.
    (void)fields.text("place", "");
    (void)fields.text("unit_name", "");
    KL_CHECK(fields.finish());
    return read;
}

Result<void> complete_snmp(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_snmp(settings));
    return {};
}

// Once in a process; it reads no file of the machine and writes none.
void start_library() {
    static const bool started = [] {
        setenv("MIBS", "", 1);
        snmp_disable_log();
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
        netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, "/nonexistent");
        init_snmp("klarsyn");
        snmp_disable_log();
        return true;
    }();
    (void)started;
}

struct CloseSession {
    void operator()(void* session) const { snmp_sess_close(session); }
};
using Session = std::unique_ptr<void, CloseSession>;
struct FreePdu {
    void operator()(netsnmp_pdu* pdu) const { snmp_free_pdu(pdu); }
};
using Pdu = std::unique_ptr<netsnmp_pdu, FreePdu>;

// False: a password that is too short (8 characters, RFC 3414).
bool key_of(const oid* protocol, std::size_t length, const std::string& password, u_char* key,
            std::size_t& key_length) {
    key_length = USM_AUTH_KU_LEN;
    return password.size() >= 8 &&
           generate_Ku(protocol, static_cast<u_int>(length),
                       reinterpret_cast<const u_char*>(password.data()), password.size(), key,
                       &key_length) == SNMPERR_SUCCESS;
}

std::pair<const oid*, std::size_t> auth_protocol(const std::string& word) {
    if (word == "sha256") return {usmHMAC192SHA256AuthProtocol, 10};
    if (word == "sha512") return {usmHMAC384SHA512AuthProtocol, 10};
    return {usmHMACSHA1AuthProtocol, 10};
}

bool secure_v3(netsnmp_session& session, const SnmpSettings& snmp, const std::string& auth_password,
               const std::string& privacy_password) {
    session.version = SNMP_VERSION_3;
    session.securityName = const_cast<char*>(snmp.user.c_str());
    session.securityNameLen = snmp.user.size();
    session.securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    session.contextName = const_cast<char*>(snmp.context.c_str());
    session.contextNameLen = snmp.context.size();
    if (snmp.auth == "none") return true;
    session.securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
    const auto [auth, auth_length] = auth_protocol(snmp.auth);
    session.securityAuthProto = const_cast<oid*>(auth);
    session.securityAuthProtoLen = auth_length;
    if (!key_of(auth, auth_length, auth_password, session.securityAuthKey,
                session.securityAuthKeyLen))
        return false;
    if (snmp.privacy == "none") return true;
    session.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    session.securityPrivProto = const_cast<oid*>(usmAESPrivProtocol);
    session.securityPrivProtoLen = 10;
    return key_of(auth, auth_length, privacy_password, session.securityPrivKey,
                  session.securityPrivKeyLen);
}

Tried<Session> open_session(const CheckTask& task, const SnmpSettings& snmp,
                            const Deadline& deadline) {
    std::map<std::string, std::string> held;
    for (const auto& name : {snmp.community_secret, snmp.auth_secret, snmp.privacy_secret}) {
        if (name.empty()) continue;
        const auto secret = secret_of(task, name);
        if (!secret.ok()) return secret.fault();
        held[name] = *secret;
    }
    netsnmp_session session;
    snmp_sess_init(&session);
    const bool v6 = snmp.host.find(':') != std::string::npos;
    std::string peer = v6 ? "udp6:[" + snmp.host + "]" : "udp:" + snmp.host;
    peer += ":" + std::to_string(snmp.port);
    session.peername = peer.data();
    session.retries = snmp.tries;
    session.timeout = deadline.left().count() * 1000 / (snmp.tries + 1);  // microseconds, each
    session.version = SNMP_VERSION_2c;
    std::string& community = held[snmp.community_secret];
    if (!snmp.v3) {
        session.community = reinterpret_cast<u_char*>(community.data());
        session.community_len = community.size();
    } else if (!secure_v3(session, snmp, held[snmp.auth_secret], held[snmp.privacy_secret])) {
        return CheckFault{CheckOutcome::kUnable, "a secret of version 3 is under 8 characters"};
    }
    Session opened(snmp_sess_open(&session));
    if (opened) return opened;
    int library = 0, system = 0;
    snmp_error(&session, &system, &library, nullptr);
    const std::string why = snmp_api_errstring(library);
    if (library == SNMPERR_TIMEOUT || deadline.passed())
        return CheckFault{CheckOutcome::kTimeout, "no answer within the time limit"};
    return CheckFault{CheckOutcome::kFailed, "no session: " + why};
}

std::optional<std::int64_t> number_in(const netsnmp_variable_list& variable) {
    switch (variable.type) {
        case ASN_INTEGER: return *variable.val.integer;
        case ASN_COUNTER:
        case ASN_GAUGE:
        case ASN_TIMETICKS: return static_cast<std::int64_t>(*variable.val.integer & 0xFFFFFFFFL);
        case ASN_COUNTER64: {
            const std::uint64_t value =
                (static_cast<std::uint64_t>(variable.val.counter64->high) << 32) |
                (variable.val.counter64->low & 0xFFFFFFFFu);
            if (value > INT64_MAX) return {};
            return static_cast<std::int64_t>(value);
        }
        default: return {};
    }
}

// The answer's variables in the order of the question, each under our name.
CheckAnswer judge(const SnmpSettings& snmp, const netsnmp_pdu& pdu, const Deadline& deadline) {
    if (pdu.errstat != SNMP_ERR_NOERROR)
        return check_failed("refused with error status " + std::to_string(pdu.errstat));
    CheckAnswer answer = answer_ok(deadline);
    const netsnmp_variable_list* variable = pdu.variables;
    bool any = false;
    for (const SnmpValue& wanted : snmp.values) {
        if (variable == nullptr ||
            snmp_oid_compare(variable->name, variable->name_length, wanted.number.data(),
                             wanted.number.size()) != 0)
            return check_failed("the answer is not to the question");
        const bool there = variable->type != SNMP_NOSUCHOBJECT &&
                           variable->type != SNMP_NOSUCHINSTANCE &&
                           variable->type != SNMP_ENDOFMIBVIEW;
        any = any || there;
        if (!there && wanted.needed) return check_failed("the device has no " + wanted.name);
        if (const auto number = there ? number_in(*variable) : std::nullopt)
            answer.readings.push_back({wanted.name, *number});
        variable = variable->next_variable;
    }
    return any ? answer : check_failed("the device has none of the values");
}

CheckAnswer run_snmp(const CheckTask& task) {
    const auto snmp = read_snmp(task.settings);
    if (!snmp.ok()) return check_unable(snmp.error());
    start_library();
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    const auto session = open_session(task, *snmp, deadline);
    if (!session.ok()) return answer_of(session.fault());
    steps.done("session");
    netsnmp_pdu* question = snmp_pdu_create(SNMP_MSG_GET);
    for (const SnmpValue& value : snmp->values)
        snmp_add_null_var(question, value.number.data(), value.number.size());
    netsnmp_pdu* received = nullptr;
    const int status = snmp_sess_synch_response(session->get(), question, &received);
    const Pdu answer(received);
    if (status == STAT_TIMEOUT) return check_timed_out("waiting for an answer");
    if (status != STAT_SUCCESS || received == nullptr) {
        int library = 0, system = 0;
        snmp_sess_error(session->get(), &system, &library, nullptr);
        return check_failed(std::string("no answer: ") + snmp_api_errstring(library));
    }
    steps.done("get");
    return steps.in(judge(*snmp, *received, deadline), "waiting for an answer");
}

}  // namespace

const CheckProtocol kSnmpCheck{"snmp", complete_snmp, run_snmp};

}  // namespace klarsyn
