// Forms of pages that work without script: what was typed stays when something is wrong with it,
// and every fault stands at its field and in a summary on top. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/context.h"
#include "web/http.h"
#include "web/json_body.h"

namespace klarsyn {

// What stands in the fields, and what is wrong with them.
struct FormState {
    Pairs values;
    std::vector<BodyFault> faults;
    std::string message;  // of a refusal that is no field's

    std::string value(std::string_view name) const;  // empty where there is none
    bool refused() const { return !faults.empty() || !message.empty(); }
    int status() const { return refused() ? 400 : 200; }
};

// The parts of one form as HTML. Texts: PREFIX.field.NAME is a field's label, PREFIX.hint.NAME its
// hint where there is one, PREFIX.form.faults the summary's heading. Borrows what it is given.
class FormHtml {
public:
    using Options = std::vector<std::pair<std::string, std::string>>;  // value, title

    // `ids` tells the fields of several forms on one page apart.
    FormHtml(const Context& context, const FormState& state, std::string prefix,
             std::string ids = "")
        : context_(context), state_(state), prefix_(std::move(prefix)), ids_(std::move(ids)) {}

    std::string summary() const;  // empty where nothing is wrong
    std::string input(std::string_view name, std::string_view type) const;
    std::string area(std::string_view name, int rows = 4) const;
    std::string select(std::string_view name, const Options& options) const;
    std::string radios(std::string_view name, const Options& options) const;

private:
    std::string label(std::string_view name) const;
    std::string notes(std::string_view name) const;       // hint and faults
    std::string attributes(std::string_view name) const;  // id, name, what describes it
    const BodyFault* fault(std::string_view name) const;

    const Context& context_;
    const FormState& state_;
    const std::string prefix_, ids_;
};

}  // namespace klarsyn
