#include "web/mail_desk.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "store/settings.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::string_view kSetting = "mail";

struct Parsed {
    std::int64_t seq = 0;
    std::shared_ptr<const MailDesk> desk;
};

std::string text_of(const GateSettings* gates, const std::string& public_url) {
    if (gates == nullptr || !gates->mail) return "";
    const MailSettings& mail = *gates->mail;
    return json::serialize(json::object{{"address", mail.address},
                                        {"sender", mail.sender},
                                        {"language", language_code(mail.language)},
                                        {"subaddress", mail.subaddress},
                                        {"message_bytes_max", mail.message_bytes_max},
                                        {"per_sender_hour", mail.per_sender_hour},
                                        {"url", public_url}});
}

std::shared_ptr<const MailDesk> desk_of(const std::string& text) {
    json::error_code broken;
    const json::value value = json::parse(text.empty() ? "null" : text, broken);
    if (broken || !value.is_object()) return nullptr;
    const json::object& fields = value.as_object();
    const auto word = [&](std::string_view name) {
        const json::value* found = fields.if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
    };
    const auto number = [&](std::string_view name, std::int64_t otherwise) {
        const json::value* found = fields.if_contains(name);
        return found != nullptr && found->is_int64() ? found->as_int64() : otherwise;
    };
    MailDesk desk;
    desk.address = word("address");
    desk.sender = word("sender");
    desk.url = word("url");
    desk.language = parse_language(word("language")).value_or(Language::da);
    const json::value* sub = fields.if_contains("subaddress");
    desk.subaddress = sub != nullptr && sub->is_bool() && sub->as_bool();
    desk.message_bytes_max = number("message_bytes_max", desk.message_bytes_max);
    desk.per_sender_hour = number("per_sender_hour", desk.per_sender_hour);
    return std::make_shared<const MailDesk>(desk);
}

}  // namespace

Result<std::shared_ptr<const MailDesk>> mail_desk(Connection& db, ThreadMemory& memory) {
    KL_TRY(const std::int64_t seq,
           query_i64(db, "SELECT MAX(seq) FROM core_setting WHERE name = 'mail'"));
    auto& kept = memory.parsed["web.mail"];
    const auto known = std::static_pointer_cast<const Parsed>(kept);
    if (known && known->seq == seq) return known->desk;
    KL_TRY(const auto versions, setting_versions(db, kSetting));
    auto parsed = std::make_shared<Parsed>();
    parsed->seq = seq;
    if (!versions.empty()) parsed->desk = desk_of(versions.back().text);
    kept = parsed;
    return parsed->desk;
}

Result<void> remember_mail_desk(Connection& writer, const std::string& journal_key,
                                const Clock& clock, const GateSettings* gates,
                                const std::string& public_url) {
    const std::string wanted = text_of(gates, public_url);
    KL_TRY(const auto versions, setting_versions(writer, kSetting));
    if ((versions.empty() ? "" : versions.back().text) == wanted) return {};
    KL_CHECK(writer.begin_write());
    NewSetting setting;
    setting.name = kSetting;
    setting.valid_from = setting.at = clock.now();
    setting.text = wanted;
    setting.actor = "system";
    const auto added = add_setting(writer, journal_key, setting);
    if (added.ok()) return writer.commit();
    writer.rollback();
    return added.error();
}

}  // namespace klarsyn
