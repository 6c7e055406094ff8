// Templates: texts and choices that an agent starts from. A setting (settings/templates.toml), in
// both languages.
#include <boost/json/array.hpp>

#include <array>
#include <set>

#include "core/embedded.h"
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/own_work.h"
#include "modules/servicedesk/settings_toml.h"
#include "store/settings.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kFile = "modules/servicedesk/settings/templates.toml";
constexpr std::array<std::string_view, 3> kKinds = {"case", "comment", "resolve"};
constexpr std::array<std::string_view, 6> kWords = {"type",  "system",     "category",
                                                    "group", "visibility", "code"};
constexpr std::array<std::string_view, 3> kTexts = {"title", "text", "resolution"};

// What is the same in both languages.
Result<json::object> plain_fields(const SettingsToml& reader, const toml::table& table) {
    json::object body;
    for (const std::string_view name : kWords) {
        const toml::node* node = table.get(name);
        if (node == nullptr) continue;
        KL_TRY(const std::string value, reader.text(*node, name));
        body[name] = value;
    }
    for (const std::string_view name : {"impact", "urgency"}) {
        const toml::node* node = table.get(name);
        if (node == nullptr) continue;
        KL_TRY(const std::int64_t value, reader.integer(*node, name, 1, kImpactLevels));
        body[name] = value;
    }
    return body;
}

Result<void> read_language(const SettingsToml& reader, const toml::table& table, Language language,
                           CaseTemplate& into) {
    KL_TRY(const toml::table* texts, reader.table(table, language_code(language)));
    KL_CHECK(reader.only_keys(*texts, {"name", "title", "text", "resolution"}));
    const auto place = static_cast<std::size_t>(language);
    const toml::node* name = texts->get("name");
    if (name == nullptr) return reader.missing(*texts, "name");
    KL_TRY(into.title[place], reader.text(*name, "name"));
    for (const std::string_view field : kTexts) {
        const toml::node* node = texts->get(field);
        if (node == nullptr) continue;
        KL_TRY(const std::string value, reader.text(*node, field));
        into.body[place][field] = value;
    }
    return {};
}

Result<CaseTemplate> read_template(const SettingsToml& reader, const toml::table& table) {
    KL_CHECK(reader.only_keys(table, {"id", "kind", "type", "system", "category", "group",
                                      "visibility", "code", "impact", "urgency", "da", "en"}));
    CaseTemplate one;
    const auto take = [&](std::string_view name, std::string& into) -> Result<void> {
        const toml::node* node = table.get(name);
        if (node == nullptr) return reader.missing(table, name);
        KL_TRY(into, reader.text(*node, name));
        return {};
    };
    KL_CHECK(take("id", one.id));
    KL_CHECK(take("kind", one.kind));
    if (std::find(kKinds.begin(), kKinds.end(), one.kind) == kKinds.end())
        return reader.fault(*table.get("kind"), "kind", "servicedesk.settings.one_of",
                            {{"words", "case, comment, resolve"}});
    KL_TRY(one.body[0], plain_fields(reader, table));
    one.body[1] = one.body[0];
    KL_CHECK(read_language(reader, table, Language::da, one));
    KL_CHECK(read_language(reader, table, Language::en, one));
    return one;
}

// The file in force now; the one of the binary where the region has none.
Result<std::vector<CaseTemplate>> templates_now(Connection& db, UtcSecond now) {
    KL_TRY(const auto versions, setting_versions(db, kTemplatesSetting));
    const SettingVersion* found = nullptr;
    for (const SettingVersion& version : versions)
        if (version.valid_from <= now) found = &version;
    if (found != nullptr) return parse_templates(found->text, kTemplatesSetting);
    for (const EmbeddedFile& file : embedded_files(kFile))
        if (file.path == kFile) return parse_templates(file.text, kFile);
    KL_ASSERT(false);
    return std::vector<CaseTemplate>();
}

}  // namespace

Result<std::vector<CaseTemplate>> parse_templates(std::string_view toml, std::string_view file) {
    KL_TRY(const SettingsToml reader, SettingsToml::parse(toml, file));
    KL_CHECK(reader.only_keys(reader.root(), {"template"}));
    std::vector<CaseTemplate> list;
    const toml::node* node = reader.root().get("template");
    if (node == nullptr) return list;
    const toml::array* array = node->as_array();
    if (array == nullptr)
        return reader.fault(*node, "template", "servicedesk.settings.not_a_table");
    std::set<std::string> ids;
    for (const toml::node& item : *array) {
        const toml::table* table = item.as_table();
        if (table == nullptr)
            return reader.fault(item, "template", "servicedesk.settings.not_a_table");
        KL_TRY(CaseTemplate one, read_template(reader, *table));
        if (!ids.insert(one.id).second)
            return reader.fault(*table->get("id"), "id", "servicedesk.settings.twice",
                                {{"name", one.id}});
        list.push_back(std::move(one));
    }
    return list;
}

Result<Response> get_templates(const Request&, Context& context) {
    KL_TRY(auto templates, templates_now(context.db(), context.site.clock.now()));
    const auto place = static_cast<std::size_t>(context.language);
    json::array items;
    for (CaseTemplate& one : templates)
        items.push_back({{"id", one.id},
                         {"kind", one.kind},
                         {"title", one.title[place]},
                         {"body", std::move(one.body[place])}});
    return json_answer(200, json::object{{"items", std::move(items)}});
}

}  // namespace klarsyn::servicedesk
