#include "modules/servicedesk/practice/page_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "modules/servicedesk/practice/object.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string field_id(const FormSpec& spec, std::string_view name) {
    return fmt::format("{}-{}", spec.verb, name);
}

std::string field_key(std::string_view name) {
    return "servicedesk.practice.field." + std::string(name);
}

// A form's own hint for the field, else the one for the field in any form.
std::string hint_key(const Context& context, const FormSpec& spec, std::string_view name) {
    const std::string own = fmt::format("servicedesk.practice.hint.{}_{}", spec.verb, name);
    return has_text(context.language, own) ? own
                                           : "servicedesk.practice.hint." + std::string(name);
}

std::string described(const Context& context, const FormSpec& spec, std::string_view name) {
    return has_text(context.language, hint_key(context, spec, name))
               ? fmt::format(" aria-describedby=\"h-{}\"", field_id(spec, name))
               : "";
}

std::string fault_html(const Context& context, const SentForm& state, std::string_view name) {
    std::string html;
    for (const BodyFault& fault : state.faults)
        if (fault.pointer.substr(1) == name)
            html += fmt::format("<p class=\"k-fault\">{}</p>",
                                escape_html(context.text(fault.key, fault.args)));
    return html;
}

std::string hint_html(const Context& context, const FormSpec& spec, std::string_view name) {
    const std::string key = hint_key(context, spec, name);
    if (!has_text(context.language, key)) return "";
    return fmt::format("<p class=\"k-hint\" id=\"h-{}\">{}</p>", field_id(spec, name),
                       escape_html(context.text(key)));
}

std::string title_of(const Context& context, const FormField& field) {
    const std::string title = context.text(field_key(field.name));
    return field.must ? title : title + " " + context.text("servicedesk.practice.page.optional");
}

std::string box_html(const SentForm& values, std::string_view id, std::string_view name,
                     std::string_view value, std::string_view title) {
    return fmt::format(
        "<label class=\"k-choice\" for=\"{0}\"><input id=\"{0}\" type=\"checkbox\""
        " name=\"{1}\" value=\"{2}\"{3}>{4}</label>",
        id, name, escape_html(value), values.ticked(name, value) ? " checked" : "",
        escape_html(title));
}

std::string choices_html(const Context& context, const FormSpec& spec, const FormField& field,
                         const SentForm& state, const SentForm& values, const Choices& choices) {
    std::string boxes;
    std::size_t count = 0;
    for (const auto& [id, title] : choices) {
        const std::string box =
            field_id(spec, field.name) + (count == 0 ? "" : std::to_string(count));
        boxes += box_html(values, box, field.name, id, title);
        ++count;
    }
    return fmt::format("<fieldset><legend>{}</legend>{}{}{}</fieldset>",
                       escape_html(title_of(context, field)), hint_html(context, spec, field.name),
                       fault_html(context, state, field.name), boxes);
}

std::string select_html(const Context& context, const FormSpec& spec, const FormField& field,
                        const SentForm& values, std::string_view group) {
    std::string html = fmt::format("<select id=\"{}\" name=\"{}\"{}>", field_id(spec, field.name),
                                   field.name, described(context, spec, field.name));
    for (const std::string_view word : field.words)
        html += fmt::format(
            "<option value=\"{}\"{}>{}</option>", word,
            word == values.value(field.name) ? " selected" : "",
            escape_html(named_word(context, group.empty() ? field.name : field.name, word)));
    return html + "</select>";
}

std::string input_html(const Context& context, const FormSpec& spec, const FormField& field,
                       const SentForm& values) {
    const std::string id = field_id(spec, field.name);
    const std::string value = escape_html(values.value(field.name));
    const std::string about = described(context, spec, field.name);
    if (field.kind == FieldKind::area || field.kind == FieldKind::lines)
        return fmt::format("<textarea id=\"{}\" name=\"{}\" rows=\"4\"{}>\n{}</textarea>", id,
                           field.name, about, value);
    return fmt::format("<input id=\"{}\" name=\"{}\" type=\"{}\" value=\"{}\"{}>", id, field.name,
                       field.kind == FieldKind::time ? "datetime-local" : "text", value, about);
}

std::string field_html(const Context& context, const FormSpec& spec, const FormField& field,
                       const SentForm& state, const SentForm& values, const FormPlace& place) {
    if (field.kind == FieldKind::choices)
        return choices_html(context, spec, field, state, values, place.choices);
    if (field.kind == FieldKind::flag)
        return box_html(values, field_id(spec, field.name), field.name, "yes",
                        context.text(field_key(field.name))) +
               fault_html(context, state, field.name);
    const bool select = field.kind == FieldKind::word || field.kind == FieldKind::number;
    return fmt::format("<label for=\"{}\">{}</label>{}{}{}", field_id(spec, field.name),
                       escape_html(title_of(context, field)), hint_html(context, spec, field.name),
                       fault_html(context, state, field.name),
                       select ? select_html(context, spec, field, values, place.group)
                              : input_html(context, spec, field, values));
}

std::string verb_key(std::string_view group, std::string_view verb) {
    return fmt::format("servicedesk.practice.verb.{}_{}", group, verb);
}

// Of Copenhagen, as browsers send it; other texts as they are, for the command to refuse.
json::value time_value(const std::string& text) {
    const auto day = parse_iso_date(text.substr(0, 10));
    if (!day.ok() || text.size() < 16 || text[10] != 'T') return json::value(text);
    const int hour = std::atoi(text.substr(11, 2).c_str());
    const int minute = std::atoi(text.substr(14, 2).c_str());
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return json::value(text);
    return json::value(iso_utc(Zone::copenhagen().to_utc({*day, hour * 3600 + minute * 60}).utc));
}

std::string trimmed(std::string text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

json::array parts_of(const std::string& text, char separator) {
    json::array parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(separator, at), text.size());
        if (std::string part = trimmed(text.substr(at, end - at)); !part.empty())
            parts.emplace_back(std::move(part));
        at = end + 1;
    }
    return parts;
}

void put_field(json::object& body, const FormField& field, const Pairs& form, Empty empty) {
    json::array chosen;
    std::string text;
    for (const auto& [name, value] : form) {
        if (name != field.name) continue;
        chosen.emplace_back(value);
        text = value;
    }
    if (field.kind == FieldKind::choices) {
        if (!chosen.empty() || empty == Empty::sent) body[field.name] = std::move(chosen);
        return;
    }
    if (field.kind == FieldKind::flag) {
        body[field.name] = text == "yes";
        return;
    }
    if (trimmed(text).empty()) {
        if (empty == Empty::left_out || field.kind == FieldKind::time) return;
    }
    switch (field.kind) {
        case FieldKind::list: body[field.name] = parts_of(text, ','); break;
        case FieldKind::lines: body[field.name] = parts_of(text, '\n'); break;
        case FieldKind::time: body[field.name] = time_value(trimmed(text)); break;
        case FieldKind::number: body[field.name] = std::atoi(text.c_str()); break;
        default: body[field.name] = text;
    }
}

}  // namespace

std::string SentForm::value(std::string_view name) const {
    for (const auto& [key, text] : values)
        if (key == name) return text;
    return "";
}

bool SentForm::ticked(std::string_view name, std::string_view value) const {
    return std::any_of(values.begin(), values.end(), [&](const auto& pair) {
        return pair.first == name && pair.second == value;
    });
}

std::string form_html(const Context& context, const FormSpec& spec, const SentForm& state,
                      const FormPlace& place) {
    const bool sent = state.verb == spec.verb;
    const SentForm faults = sent ? state : SentForm{};
    const SentForm values = sent ? state : SentForm{"", place.standing, {}, ""};
    std::string fields;
    for (const FormField& field : spec.fields)
        fields += field_html(context, spec, field, faults, values, place);
    if (place.version > 0)
        fields +=
            fmt::format("<input type=\"hidden\" name=\"version\" value=\"{}\">", place.version);
    return fmt::format(
        "<form class=\"k-form k-roomy\" method=\"post\" action=\"{}\">{}"
        "<input type=\"hidden\" name=\"do\" value=\"{}\">{}"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        escape_html(place.action), csrf_field(context), spec.verb, fields,
        escape_html(context.text(verb_key(place.group, spec.verb))));
}

std::string folded_form(const Context& context, const FormSpec& spec, const SentForm& state,
                        const FormPlace& place) {
    return fmt::format("<details{}><summary>{}</summary>{}</details>",
                       state.verb == spec.verb ? " open" : "",
                       escape_html(context.text(verb_key(place.group, spec.verb))),
                       form_html(context, spec, state, place));
}

std::string faults_html(const Context& context, const SentForm& state) {
    if (state.clean()) return "";
    std::string items;
    for (const BodyFault& fault : state.faults) {
        const std::string name = fault.pointer.substr(1);
        const std::string key = field_key(name);
        items += fmt::format(
            "<li><a href=\"#{}-{}\">{}: {}</a></li>", escape_html(state.verb), escape_html(name),
            escape_html(has_text(context.language, key) ? context.text(key) : name),
            escape_html(context.text(fault.key, fault.args)));
    }
    if (!state.message.empty()) items += "<li>" + escape_html(state.message) + "</li>";
    return fmt::format("<div class=\"k-faults\" role=\"alert\"><h2>{}</h2><ul>{}</ul></div>",
                       escape_html(context.text("servicedesk.practice.page.faults")), items);
}

JsonBody body_of(const FormSpec& spec, const Pairs& form, Empty empty) {
    json::object body;
    for (const FormField& field : spec.fields) put_field(body, field, form, empty);
    return JsonBody::of(std::move(body));
}

std::string local_field(const std::optional<UtcSecond>& at) {
    return at ? iso_local(*at).substr(0, 16) : std::string();
}

std::string joined_list(const std::vector<std::string>& list, std::string_view separator) {
    std::string all;
    for (const std::string& one : list)
        all += (all.empty() ? std::string() : std::string(separator)) + one;
    return all;
}

Result<std::optional<Response>> run_form(const Request& request, Context& context,
                                         const ObjectCommands& commands, const FormSpec& spec,
                                         std::string_view number, SentForm& state) {
    const ObjectKind& kind = object_kind_of_letter(commands.letter);
    state.verb = spec.verb;
    state.values = request.form;
    const bool changes = spec.verb == "change";
    const bool opens = number.empty();
    JsonBody body = body_of(spec, request.form, changes ? Empty::sent : Empty::left_out);
    std::string target(number);
    const ObjectCommand* command = opens || changes ? nullptr : commands.find(spec.verb);
    auto done =
        run_practice(context, kind.word, body, [&](PracticeWork& work) -> Result<void> {
            if (opens) {
                KL_TRY(target, commands.open(work, body));
                return {};
            }
            KL_TRY(const std::vector<Record>* records, work.entry.find_other(number));
            if (changes && request.field("version") != std::to_string(records->back().n))
                return make_error(ErrorCode::conflict, "servicedesk.practice.changed_meanwhile");
            if (changes) return commands.change(work, number, body);
            return command->run(work, number, body);
        });
    if (body.ok() && done.ok() && command != nullptr && command->after != nullptr)
        done = command->after(*context.turn, context.account.name, number, body);
    state.faults = body.faults();
    if (done.ok())
        return std::optional<Response>(redirect(fmt::format("/{}s/{}", kind.word, target)));
    if (body.ok() && status_of(done.error()) >= 500) return done.error();
    if (body.ok()) state.message = describe(done.error(), context.language);
    return std::optional<Response>();
}

}  // namespace klarsyn::servicedesk
