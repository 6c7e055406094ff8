// Cases opened and followed by the monitoring, in another module than the one that has the cases:
// modules.cc brings the two together, as modules know nothing of each other. Everything is written
// in the name of "system" with the contact "monitoring".
//
// Each write has a journal entry of its own in the turn at hand, so none may be begun. Errors:
// not_found; conflict (the case's state does not allow it); invalid_input for faulty fields.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "core/result.h"
#include "ingest/turn.h"

namespace klarsyn {

struct MonitoredCase {
    bool unsolved = false;    // neither resolved nor closed
    bool touched = false;     // a person has worked on it
    std::string merged_into;  // the case that took its place; empty: none
};

struct CaseWriting {
    // Fields as in POST /api/v1/cases. An organisation that is not known becomes the place.
    Result<std::string> (*open)(WriteTurn& turn, boost::json::object fields) = nullptr;
    Result<MonitoredCase> (*look)(WriteTurn& turn, std::string_view number) = nullptr;
    // A command as in POST /api/v1/cases/{number}/{verb}, or "change" with fields as in PATCH.
    Result<void> (*act)(WriteTurn& turn, std::string_view number, std::string_view verb,
                        boost::json::object body) = nullptr;
};

}  // namespace klarsyn
