// The description of the API (OpenAPI 3.1), put together from files: web/openapi/openapi.json and
// what each module carries in modules/NAME/openapi/*.json (paths and components). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string>

#include "core/embedded.h"
#include "core/result.h"

namespace klarsyn {

// invalid_input where a file is no JSON object, holds anything but paths and components, or
// describes again what another file describes; the error names the file and the name. Operations
// of one path may stand in different files.
Result<boost::json::object> merge_description(std::span<const EmbeddedFile> files);

// The text that is served; made once. Aborts where merging fails: the unit tests merge it.
const std::string& description_text(std::span<const EmbeddedFile> files);

}  // namespace klarsyn
