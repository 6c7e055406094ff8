// Somebody who calls, and what the desk knows of them: asked by the module that has the calls,
// answered by the one that has the cases. modules.cc brings the two together, as modules know
// nothing of each other.
#pragma once

#include <boost/json/array.hpp>

#include <string>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct Context;

struct CallerQuestion {
    std::string callid;
    std::string phone;    // as the phone system told it; may be empty
    std::string account;  // whose phone it is; empty where none is known
};

// Empty where nothing is known. Only what the account that asks may see.
struct CallerAnswer {
    boost::json::array cases;  // open ones of the caller, newest first, as in lists of cases
    std::string case_number;   // of the case that was opened during this call
    std::string name, account, mail, org, place;  // as the caller's latest case has them
    std::vector<std::string> equipment;           // latest first
};

using CallerLookup = Result<CallerAnswer> (*)(Context& context, const CallerQuestion& question);

}  // namespace klarsyn
