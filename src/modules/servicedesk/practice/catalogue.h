// The request catalogue: forms from the setting `catalogue`, and what became of an order. An order
// is a case of type request; its approval and steps are records of the case. Pure apart from
// loading.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/record.h"
#include "modules/servicedesk/practice/practice_rules.h"

namespace klarsyn::servicedesk {

enum class OrderField { line, area, word, date, number, flag };
struct CatalogueField {
    std::string name;
    TwoTexts title;
    OrderField kind = OrderField::line;
    std::vector<std::string> words;
    bool must = false;
};
struct CatalogueStep {
    std::string id;
    TwoTexts title;
    std::string group;
};
struct CatalogueForm {
    std::string id;
    TwoTexts title, text;
    std::string category, system;
    bool approval = false;
    std::vector<CatalogueField> fields;
    std::vector<CatalogueStep> steps;
};
struct RequestCatalogue {
    std::vector<CatalogueForm> forms;
    const CatalogueForm* find(std::string_view id) const;
};

// invalid_input with file, line and field.
Result<RequestCatalogue> parse_catalogue(std::string_view toml, std::string_view file);
Result<RequestCatalogue> load_catalogue(Connection& db, UtcSecond now);

struct OrderStep {
    std::string id;
    TwoTexts title;
    std::string group;
    std::optional<UtcSecond> done_at;
    std::string actor, note;
};
struct OrderAnswer {
    std::string name, title, value;
};
struct Order {
    std::string form;
    TwoTexts title;
    std::string account;  // who ordered
    enum class Approval { none, waiting, approved, rejected } approval = Approval::none;
    std::string decided_by, reason;
    std::optional<UtcSecond> decided_at;
    std::vector<OrderAnswer> answers;
    std::vector<OrderStep> steps;

    const OrderStep* next() const;  // null when all are done
};
std::string_view approval_name(Order::Approval approval);  // "none", "waiting", ...

// None where the case was not ordered.
std::optional<Order> replay_order(std::span<const Record> records);

}  // namespace klarsyn::servicedesk
