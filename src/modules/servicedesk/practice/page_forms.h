// The forms of these pages as data: each command is a list of fields. What was typed stays when
// something is wrong with it, and the fault stands at its field. No script is needed.
#pragma once

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/practice/practice_routes.h"
#include "web/context.h"
#include "web/http.h"
#include "web/json_body.h"
#include "web/page.h"

namespace klarsyn::servicedesk {

enum class FieldKind {
    line,     // one line of text
    area,     // several lines
    list,     // one line, parts separated by commas
    lines,    // several lines, one part each
    time,     // a time of Copenhagen
    word,     // one of the words
    number,   // one of the words, which are numbers
    flag,     // a box to tick
    choices,  // boxes to tick, with ids and texts of the page's own
};
struct FormField {
    std::string_view name;
    FieldKind kind = FieldKind::line;
    std::vector<std::string_view> words = {};
    bool must = false;  // marked as such; the command says so too
};
struct FormSpec {
    std::string_view verb;
    std::vector<FormField> fields;
};

// What was sent and what is wrong with it.
struct SentForm {
    std::string verb;  // of the form that was sent; empty: none
    Pairs values;
    std::vector<BodyFault> faults;
    std::string message;  // of a refusal that is no field's

    std::string value(std::string_view name) const;
    bool ticked(std::string_view name, std::string_view value) const;
    bool clean() const { return faults.empty() && message.empty(); }
};

// Ids and texts of a field with choices.
using Choices = std::vector<std::pair<std::string, std::string>>;

// A whole form. `state` is used where it is of this form, else `standing` fills the fields.
struct FormPlace {
    std::string action;
    std::string group;  // of the texts: "major", "problem", "change", "catalogue"
    Choices choices = {};
    Pairs standing = {};
    std::int64_t version = 0;  // sent along; 0: not
};
std::string form_html(const Context& context, const FormSpec& spec, const SentForm& state,
                      const FormPlace& place);
// The same, folded away under its title unless it was the one that was sent.
std::string folded_form(const Context& context, const FormSpec& spec, const SentForm& state,
                        const FormPlace& place);
// The faults of a sent form, above all.
std::string faults_html(const Context& context, const SentForm& state);

// The form's values as the command's body. Empty fields are left out where `spec` says nothing of
// changing; `keep_empty` sends them, for changes.
enum class Empty { left_out, sent };
JsonBody body_of(const FormSpec& spec, const Pairs& form, Empty empty);

// "2026-11-21T14:05" of Copenhagen for a field.
std::string local_field(const std::optional<UtcSecond>& at);
std::string joined_list(const std::vector<std::string>& list, std::string_view separator = ", ");

// Parts of pages.
std::string paragraph(std::string_view text, std::string_view kind = "");
std::string heading(int level, std::string_view text);
std::string when_html(UtcSecond at, Language language);
std::string when_html(const std::optional<UtcSecond>& at, Language language);
struct Fact {
    std::string_view key;  // under servicedesk.practice.field
    std::string html;      // empty: left out
};
std::string facts_html(const Context& context, std::span<const Fact> facts);
struct TableSpec {
    std::string id, caption;
    std::vector<std::string> heads;
};
std::string table_html(const TableSpec& spec, const std::string& rows);
// The link to an object of the desk: a case, a problem, a change, a major incident.
std::string object_link(std::string_view number);
std::string object_links(const std::vector<std::string>& numbers);
std::string named_word(const Context& context, std::string_view group, std::string_view word);
// What was done, newest first.
std::string timeline_html(const Context& context, std::span<const Record> records,
                          std::string_view group);

// Runs the form's command on an object, for a POST of a page. Redirects to the page where it
// worked; otherwise `state` says what did not.
Result<std::optional<Response>> run_form(const Request& request, Context& context,
                                         const ObjectCommands& commands, const FormSpec& spec,
                                         std::string_view number, SentForm& state);

}  // namespace klarsyn::servicedesk
