#include "modules/servicedesk/practice/catalogue.h"

#include <array>

#include "modules/servicedesk/practice/fields.h"
#include "modules/servicedesk/settings_toml.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kKinds = {"line", "area",   "word",
                                                    "date", "number", "flag"};

// The values of one table of the file, by key; the first that is missing or wrong is the error.
class TableReader {
public:
    TableReader(const SettingsToml& file, const toml::table& table) : file_(file), table_(table) {}

    Result<std::string> text(std::string_view key) const {
        const toml::node* node = table_.get(key);
        if (node == nullptr) return file_.missing(table_, key);
        return file_.text(*node, key);
    }
    Result<std::string> text_or(std::string_view key, std::string otherwise) const {
        if (table_.get(key) == nullptr) return otherwise;
        return text(key);
    }
    Result<TwoTexts> both(std::string_view prefix) const {
        TwoTexts texts;
        KL_TRY(texts.da, text(std::string(prefix) + "da"));
        KL_TRY(texts.en, text(std::string(prefix) + "en"));
        return texts;
    }
    Result<std::vector<const toml::table*>> tables(std::string_view key) const {
        std::vector<const toml::table*> list;
        const toml::node* node = table_.get(key);
        if (node == nullptr) return list;
        const toml::array* array = node->as_array();
        if (array == nullptr) return file_.fault(*node, key, "servicedesk.settings.not_a_table");
        for (const toml::node& item : *array) {
            if (!item.is_table()) return file_.fault(item, key, "servicedesk.settings.not_a_table");
            list.push_back(item.as_table());
        }
        return list;
    }

private:
    const SettingsToml& file_;
    const toml::table& table_;
};

Result<CatalogueField> read_field(const SettingsToml& file, const toml::table& table) {
    KL_CHECK(file.only_keys(table, {"name", "da", "en", "kind", "words", "must"}));
    const TableReader read(file, table);
    CatalogueField field;
    KL_TRY(field.name, read.text("name"));
    KL_TRY(field.title, read.both(""));
    KL_TRY(const std::string kind, read.text_or("kind", "line"));
    const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
    if (found == kKinds.end())
        return file.fault(*table.get("kind"), "kind", "servicedesk.settings.one_of",
                          {{"words", "line, area, word, date, number, flag"}});
    field.kind = static_cast<OrderField>(found - kKinds.begin());
    if (const toml::node* words = table.get("words")) {
        KL_TRY(field.words, file.texts(*words, "words"));
    }
    if (field.kind == OrderField::word && field.words.empty()) return file.missing(table, "words");
    if (const toml::node* must = table.get("must")) field.must = must->value_or(false);
    return field;
}

Result<CatalogueForm> read_form(const SettingsToml& file, const toml::table& table) {
    KL_CHECK(file.only_keys(table, {"id", "da", "en", "text_da", "text_en", "category", "system",
                                    "approval", "field", "step"}));
    const TableReader read(file, table);
    CatalogueForm form;
    KL_TRY(form.id, read.text("id"));
    KL_TRY(form.title, read.both(""));
    KL_TRY(form.text, read.both("text_"));
    KL_TRY(form.category, read.text_or("category", ""));
    KL_TRY(form.system, read.text_or("system", ""));
    KL_TRY(const std::string approval, read.text_or("approval", "none"));
    if (approval != "none" && approval != "lead")
        return file.fault(*table.get("approval"), "approval", "servicedesk.settings.one_of",
                          {{"words", "none, lead"}});
    form.approval = approval == "lead";
    KL_TRY(const auto fields, read.tables("field"));
    for (const toml::table* one : fields) {
        KL_TRY(form.fields.emplace_back(), read_field(file, *one));
    }
    KL_TRY(const auto steps, read.tables("step"));
    for (const toml::table* one : steps) {
        KL_CHECK(file.only_keys(*one, {"id", "da", "en", "group"}));
        const TableReader step(file, *one);
        CatalogueStep& added = form.steps.emplace_back();
        KL_TRY(added.id, step.text("id"));
        KL_TRY(added.title, step.both(""));
        KL_TRY(added.group, step.text("group"));
    }
    if (form.steps.empty()) return file.missing(table, "step");
    return form;
}

TwoTexts texts_of(const json::object& body) {
    return {body_text(body, "da"), body_text(body, "en")};
}

std::vector<json::object> objects_of(const json::object& body, std::string_view name) {
    std::vector<json::object> list;
    const json::value* value = body.if_contains(name);
    if (value == nullptr || !value->is_array()) return list;
    for (const json::value& item : value->as_array())
        if (item.is_object()) list.push_back(item.as_object());
    return list;
}

Order begin_order(const Record& record) {
    Order order;
    order.form = body_text(record.body, "form");
    order.title = texts_of(record.body);
    order.account = record.actor;
    if (body_flag(record.body, "approval")) order.approval = Order::Approval::waiting;
    for (const json::object& one : objects_of(record.body, "answers"))
        order.answers.push_back(
            {body_text(one, "name"), body_text(one, "title"), body_text(one, "value")});
    for (const json::object& one : objects_of(record.body, "steps"))
        order.steps.push_back(
            {body_text(one, "id"), texts_of(one), body_text(one, "group"), std::nullopt, "", ""});
    return order;
}

void decide(Order& order, const Record& record, Order::Approval decision) {
    order.approval = decision;
    order.decided_by = record.actor;
    order.decided_at = record.at;
    order.reason = body_text(record.body, "reason");
}

void finish_step(Order& order, const Record& record) {
    for (OrderStep& step : order.steps) {
        if (step.id != body_text(record.body, "step")) continue;
        step.done_at = record.at;
        step.actor = record.actor;
        step.note = body_text(record.body, "note");
    }
}

}  // namespace

const CatalogueForm* RequestCatalogue::find(std::string_view id) const {
    for (const CatalogueForm& form : forms)
        if (form.id == id) return &form;
    return nullptr;
}

Result<RequestCatalogue> parse_catalogue(std::string_view toml, std::string_view name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, name));
    KL_CHECK(file.only_keys(file.root(), {"form"}));
    RequestCatalogue catalogue;
    KL_TRY(const auto forms, TableReader(file, file.root()).tables("form"));
    for (const toml::table* one : forms) {
        KL_TRY(CatalogueForm form, read_form(file, *one));
        if (catalogue.find(form.id) != nullptr)
            return file.fault(*one, "id", "servicedesk.settings.twice", {{"name", form.id}});
        catalogue.forms.push_back(std::move(form));
    }
    return catalogue;
}

Result<RequestCatalogue> load_catalogue(Connection& db, UtcSecond now) {
    KL_TRY(const std::string text, setting_text(db, "catalogue", now));
    return parse_catalogue(text, "catalogue");
}

const OrderStep* Order::next() const {
    for (const OrderStep& step : steps)
        if (!step.done_at) return &step;
    return nullptr;
}

std::string_view approval_name(Order::Approval approval) {
    constexpr std::string_view kNames[] = {"none", "waiting", "approved", "rejected"};
    return kNames[static_cast<std::size_t>(approval)];
}

std::optional<Order> replay_order(std::span<const Record> records) {
    std::optional<Order> order;
    for (const Record& record : records) {
        if (record.undone) continue;
        if (record.kind == "ordered") order = begin_order(record);
        if (!order) continue;
        if (record.kind == "order_approved") decide(*order, record, Order::Approval::approved);
        if (record.kind == "order_rejected") decide(*order, record, Order::Approval::rejected);
        if (record.kind == "step_done") finish_step(*order, record);
    }
    return order;
}

}  // namespace klarsyn::servicedesk
