#include "web/form.h"

#include <fmt/format.h>

namespace klarsyn {
namespace {

std::string_view name_of(const BodyFault& fault) {
    return std::string_view(fault.pointer).substr(fault.pointer.empty() ? 0 : 1);
}

}  // namespace

std::string FormState::value(std::string_view name) const {
    for (const auto& [key, text] : values)
        if (key == name) return text;
    return "";
}

const BodyFault* FormHtml::fault(std::string_view name) const {
    for (const BodyFault& fault : state_.faults)
        if (name_of(fault) == name) return &fault;
    return nullptr;
}

std::string FormHtml::summary() const {
    if (!state_.refused()) return "";
    std::string items;
    for (const BodyFault& fault : state_.faults) {
        const std::string label = prefix_ + ".field." + std::string(name_of(fault));
        items += fmt::format(
            "<li><a href=\"#f-{}{}\">{}{}</a></li>", ids_, escape_html(name_of(fault)),
            has_text(context_.language, label) ? escape_html(context_.text(label)) + ": " : "",
            escape_html(context_.text(fault.key, fault.args)));
    }
    if (!state_.message.empty()) items += "<li>" + escape_html(state_.message) + "</li>";
    return fmt::format("<div class=\"k-faults\" role=\"alert\"><h2>{}</h2><ul>{}</ul></div>",
                       escape_html(context_.text(prefix_ + ".form.faults")), items);
}

std::string FormHtml::label(std::string_view name) const {
    return fmt::format("<label for=\"f-{}{}\">{}</label>", ids_, name,
                       escape_html(context_.text(fmt::format("{}.field.{}", prefix_, name)))) +
           notes(name);
}

std::string FormHtml::notes(std::string_view name) const {
    std::string html;
    const std::string hint = fmt::format("{}.hint.{}", prefix_, name);
    if (has_text(context_.language, hint))
        html += fmt::format("<p class=\"k-hint\" id=\"h-{}{}\">{}</p>", ids_, name,
                            escape_html(context_.text(hint)));
    if (const BodyFault* wrong = fault(name))
        html += fmt::format("<p class=\"k-fault\" id=\"w-{}{}\">{}</p>", ids_, name,
                            escape_html(context_.text(wrong->key, wrong->args)));
    return html;
}

std::string FormHtml::attributes(std::string_view name) const {
    std::string described;
    if (has_text(context_.language, fmt::format("{}.hint.{}", prefix_, name)))
        described = fmt::format("h-{}{}", ids_, name);
    const bool wrong = fault(name) != nullptr;
    if (wrong) described += fmt::format("{}w-{}{}", described.empty() ? "" : " ", ids_, name);
    return fmt::format("id=\"f-{3}{0}\" name=\"{0}\"{1}{2}", name,
                       described.empty() ? "" : " aria-describedby=\"" + described + "\"",
                       wrong ? " aria-invalid=\"true\"" : "", ids_);
}

std::string FormHtml::input(std::string_view name, std::string_view type) const {
    return label(name) + fmt::format("<input {} type=\"{}\" value=\"{}\">", attributes(name), type,
                                     escape_html(state_.value(name)));
}

std::string FormHtml::area(std::string_view name, int rows) const {
    return label(name) + fmt::format("<textarea {} rows=\"{}\">\n{}</textarea>", attributes(name),
                                     rows, escape_html(state_.value(name)));
}

std::string FormHtml::select(std::string_view name, const Options& options) const {
    std::string html = label(name) + fmt::format("<select {}>", attributes(name));
    for (const auto& [value, title] : options)
        html += fmt::format("<option value=\"{}\"{}>{}</option>", escape_html(value),
                            value == state_.value(name) ? " selected" : "", escape_html(title));
    return html + "</select>";
}

std::string FormHtml::radios(std::string_view name, const Options& options) const {
    std::string html;
    for (const auto& [value, title] : options) {
        // The summary's link leads to the first choice.
        const std::string id = html.empty() ? fmt::format(" id=\"f-{}{}\"", ids_, name) : "";
        html += fmt::format(
            "<label class=\"k-choice\"><input type=\"radio\" name=\"{}\" value=\"{}\""
            "{}{}>{}</label>",
            name, escape_html(value), id, value == state_.value(name) ? " checked" : "",
            escape_html(title));
    }
    return fmt::format("<fieldset><legend>{}</legend>{}{}</fieldset>",
                       escape_html(context_.text(fmt::format("{}.field.{}", prefix_, name))),
                       notes(name), html);
}

}  // namespace klarsyn
