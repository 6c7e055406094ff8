// Orders from the request catalogue: placing one, reading one, and its commands. For the routes and
// the pages of the catalogue.
#pragma once

#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/practice/catalogue.h"
#include "modules/servicedesk/practice/practice_routes.h"

namespace klarsyn::servicedesk {

// A case of type request with the answers as its text, and the order's own record; its number.
Result<std::string> place_order(Context& context, PracticeWork& work, const CatalogueForm& form,
                                JsonBody& body);

struct ReadOrder {
    CaseState state;
    Order order;
    std::vector<Record> records;
};
// Of the person who ordered, and of agents who may see the case; not_found for everybody else.
Result<ReadOrder> read_order(Context& context, std::string_view number);

// approve {reason?}, reject {reason}, step {step, note?}. Null for another word.
using OrderVerb = Result<void> (*)(Context& context, PracticeWork& work, const ReadOrder& read,
                                   JsonBody& body);
OrderVerb find_order_verb(std::string_view verb);
Result<void> run_order_verb(Context& context, OrderVerb verb, const ReadOrder& read,
                            JsonBody& body);

// Who may decide on an order that waits: whoever may manage, but not who ordered.
bool may_decide(const Context& context, const Order& order);

}  // namespace klarsyn::servicedesk
