// What stands in front of an indicator's own text: its tables as they were known at an entry, and
// the published views that it reads. Pure. Internal to indicators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indicators/catalogue.h"
#include "store/database.h"

namespace klarsyn {

// "WITH t AS NOT MATERIALIZED (...), pub_x AS ...": every fact table that the query or one of its
// views names, so that it sees the records as they were known at :as_of, then the views, each after
// what it reads. Empty where it names none.
std::string shadow_clause(const Catalogue& catalogue, Dialect dialect, std::string_view sql);

// The views alone, as they are written into the clause. Empty where the query names none.
std::string view_clause(const Catalogue& catalogue, std::string_view sql);

// An indicator reads the fact tables of its own module, core_ tables and published views.
// invalid_input for anything else, and for qualified, quoted or capital names: they would bypass
// the clause and with it as-of.
Result<void> check_relations(const Catalogue& catalogue, const Indicator& indicator);

// The same for views, which it also sorts so that each comes after those that it reads.
Result<void> order_views(const Catalogue& catalogue, std::vector<PubView>& views);

}  // namespace klarsyn
