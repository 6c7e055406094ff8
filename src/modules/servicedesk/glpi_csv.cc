// Input format glpi-csv: GLPI's list of tickets, one row per ticket as it was at its last update,
// and GLPI's log, one row per change. docs/guides/glpi-csv.md says which columns are read.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "modules/servicedesk/case_time.h"
#include "modules/servicedesk/change_rows.h"
#include "modules/servicedesk/glpi_words.h"
#include "modules/servicedesk/headings.h"

namespace klarsyn::servicedesk {
namespace {

enum ListColumn : std::size_t {
    kId,
    kStatus,
    kOpened,
    kUpdated,
    kSolved,
    kClosed,
    kGroup,
    kPriority,
    kType,
    kCategory,
    kSource,
    kTitle,
    kContent,
    kRequester,
};
enum LogColumn : std::size_t { kTicket, kDate, kField, kOld, kNew, kLine, kAction };

const std::vector<Heading>& list_headings() {
    static const std::vector<Heading> kHeadings{
        {{"ID", "id"}, true},
        {{"Status", "Statut"}, true},
        {{"Opening date", "Date d'ouverture", "Åbnings dato", "Åbningsdato", "date"}, true},
        {{"Last update", "Dernière modification", "Sidst opdateret", "Seneste opdatering",
          "date_mod"},
         true},
        {{"Resolution date", "Date de résolution", "Date of solving", "Dato for løsning",
          "Løsnings dato", "Løsningsdato", "solvedate"}},
        {{"Closing date", "Date de clôture", "Lukke dato", "Lukkedato", "closedate"}},
        {{"Assigned to - Technician group", "Attribué à - Groupe de techniciens",
          "Tildelt til - Teknikergruppe", "Tildelt til - Tekniker gruppe", "Technician group",
          "Groupe de techniciens", "Teknikergruppe", "Tekniker gruppe"}},
        {{"Priority", "Priorité", "Prioritet"}},
        {{"Type"}},
        {{"Category", "Catégorie", "Kategori"}},
        {{"Request source", "Source de la demande", "Anmodningskilde", "Kilde"}},
        {{"Title", "Titre", "Titel", "name"}},
        {{"Description", "Beskrivelse", "content"}},
        {{"Requester - Requester", "Demandeur - Demandeur", "Anmoder - Anmoder", "Requester",
          "Demandeur", "Anmoder"}},
    };
    return kHeadings;
}

const std::vector<Heading>& log_headings() {
    static const std::vector<Heading> kHeadings{
        {{"items_id", "Ticket ID", "Ticket", "Sag", "Sags-ID"}, true},
        {{"date_mod", "Date", "Dato"}, true},
        {{"id_search_option", "Field", "Champ", "Felt"}, true},
        {{"old_value", "Old value", "Ancienne valeur", "Gammel værdi"}, true},
        {{"new_value", "New value", "Nouvelle valeur", "Ny værdi"}, true},
        {{"id", "ID"}},
        {{"linked_action"}},
    };
    return kHeadings;
}

struct GlpiContext : ChangeContext {
    bool log = false;
};

using Fields = std::vector<std::string_view>;

// GLPI groups the digits of numbers, with spaces that are none: "5 732 943". Empty where anything
// else stands in it.
std::string_view plain_number(std::string_view text, KeptTexts& kept) {
    std::string digits;
    for (const char c : text) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (c != ' ' && static_cast<unsigned char>(c) < 0x80)
            return {};
    }
    return digits.size() == text.size() ? text : std::string_view(kept.emplace_back(digits));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

// The first of several groups, one per line, without the entities of the page it was shown on.
std::string_view plain_name(std::string_view text, KeptTexts& kept) {
    text = trimmed(text.substr(0, text.find('\n')));
    if (text.find('&') == std::string_view::npos) return text;
    std::string& plain = kept.emplace_back(text);
    replace_all(plain, "&gt;", ">");
    replace_all(plain, "&#62;", ">");
    replace_all(plain, "&amp;", "&");
    replace_all(plain, "&#38;", "&");
    return plain;
}

// The log writes a linked thing as "Network (12)".
std::string_view without_id(std::string_view text) {
    const std::size_t open = text.rfind(" (");
    if (open == std::string_view::npos || text.back() != ')') return text;
    const std::string_view id = text.substr(open + 2, text.size() - open - 3);
    const bool digits = !id.empty() && id.find_first_not_of("0123456789") == std::string_view::npos;
    return digits ? text.substr(0, open) : text;
}

RowFault read_number(std::string_view text, std::string_view name, KeptTexts& kept,
                     std::string_view& out) {
    if (text.empty()) return missing(name);
    out = plain_number(text, kept);
    if (out.empty()) return {"servicedesk.reject.not_a_count", name, text};
    return {};
}

RowFault read_when(std::string_view text, std::string_view name, const ChangeContext& context,
                   CaseChange& out) {
    std::optional<CaseTime> at;
    if (RowFault fault = read_time(text, name, context.zone, at); !fault.key.empty()) return fault;
    if (!at) return missing(name);
    out.at = *at;
    out.to_the_minute = std::count(text.begin(), text.end(), ':') < 2;
    return {};
}

RowFault read_list(const Fields& fields, const ChangeContext& context, KeptTexts& kept,
                   CaseChange& out) {
    out.whole = true;
    if (RowFault fault = read_number(context.field(fields, kId), "ID", kept, out.number);
        !fault.key.empty())
        return fault;
    if (RowFault fault = read_when(context.field(fields, kUpdated), "Last update", context, out);
        !fault.key.empty())
        return fault;
    struct Dates {
        ListColumn column;
        std::string_view name;
        std::optional<CaseTime>* target;
    };
    for (const Dates& date : {Dates{kOpened, "Opening date", &out.opened},
                              Dates{kSolved, "Resolution date", &out.resolved},
                              Dates{kClosed, "Closing date", &out.closed}}) {
        if (RowFault fault = read_time(context.field(fields, date.column), date.name, context.zone,
                                       *date.target);
            !fault.key.empty())
            return fault;
    }
    if (!out.opened) return missing("Opening date");
    const std::string_view state = context.field(fields, kStatus);
    if (state.empty()) return missing("Status");
    out.is[Told::state] = glpi_state(state);
    if (!out.is[Told::state]) return {"servicedesk.reject.state_unknown", "Status", state};
    out.is[Told::group] = plain_name(context.field(fields, kGroup), kept);
    out.is[Told::category] = plain_name(context.field(fields, kCategory), kept);
    out.is[Told::priority] = glpi_priority(context.field(fields, kPriority));
    out.is[Told::type] = glpi_type(context.field(fields, kType));
    out.is[Told::contact] = glpi_contact(context.field(fields, kSource));
    out.texts = {plain_name(context.field(fields, kTitle), kept),
                 plain_html(context.field(fields, kContent), kept),
                 context.field(fields, kRequester)};
    out.key = hash64("list", static_cast<std::uint64_t>(out.at.at));
    return {};
}

bool is_title(std::string_view name) {
    static const std::vector<std::string_view> kNames{"1", "Title", "Titre", "Titel"};
    return find_heading(kNames, {std::string(name)}).has_value();
}

// Which field a log line tells of: by the number of GLPI's search option or by its name.
std::optional<Told> told_by(std::string_view name) {
    struct Option {
        Told told;
        std::vector<std::string_view> names;
    };
    static const std::vector<Option> kOptions{
        {Told::state, {"12", "Status", "Statut"}},
        {Told::group,
         {"8", "Technician group", "Groupe de techniciens", "Teknikergruppe", "Tekniker gruppe",
          "Assigned to - Technician group", "Attribué à - Groupe de techniciens"}},
        {Told::category, {"7", "Category", "Catégorie", "Kategori"}},
        {Told::priority, {"3", "Priority", "Priorité", "Prioritet"}},
        {Told::type, {"14", "Type"}},
        {Told::contact, {"9", "Request source", "Source de la demande", "Anmodningskilde"}},
    };
    for (const Option& option : kOptions) {
        if (find_heading(option.names, {std::string(name)})) return option.told;
    }
    return std::nullopt;
}

std::optional<std::string_view> told_value(Told what, std::string_view text, KeptTexts& kept) {
    if (what == Told::state) return glpi_state(text);
    text = without_id(plain_name(text, kept));
    switch (what) {
        case Told::priority: return glpi_priority(text);
        case Told::type: return glpi_type(text);
        case Told::contact: return glpi_contact(text);
        default: return text;
    }
}

RowFault read_log(const Fields& fields, const ChangeContext& context, KeptTexts& kept,
                  CaseChange& out) {
    constexpr std::string_view kCreated = "20";  // GLPI's number for the making of an item
    if (RowFault fault = read_number(context.field(fields, kTicket), "items_id", kept, out.number);
        !fault.key.empty())
        return fault;
    if (RowFault fault = read_when(context.field(fields, kDate), "date_mod", context, out);
        !fault.key.empty())
        return fault;
    const std::string_view name = context.field(fields, kField);
    const std::string_view before = context.field(fields, kOld);
    const std::string_view after = context.field(fields, kNew);
    if (context.field(fields, kAction) == kCreated) out.opened = out.at;
    if (const std::optional<Told> what = told_by(name)) {
        out.is[*what] = told_value(*what, after, kept);
        out.was[*what] = told_value(*what, before, kept);
        if (!out.is[*what]) return {"servicedesk.reject.state_unknown", "new_value", after};
        if (out.is[*what] == "Resolved") out.resolved = out.at;
        if (out.is[*what] == "Closed") out.closed = out.at;
    } else if (is_title(name)) {
        out.texts.title = plain_name(after, kept);
    }
    const std::string_view line = context.field(fields, kLine);
    out.key = hash64("log", static_cast<std::uint64_t>(out.at.at));
    if (!line.empty())
        out.key = hash64(line, hash64("log id"));
    else
        for (const std::string_view part : {name, before, after}) out.key = hash64(part, out.key);
    return {};
}

RowFault read_change(const Fields& fields, const ChangeContext& context, KeptTexts& kept,
                     CaseChange& out) {
    return static_cast<const GlpiContext&>(context).log ? read_log(fields, context, kept, out)
                                                        : read_list(fields, context, kept, out);
}

Result<std::shared_ptr<GlpiContext>> make_context(const TableShape& shape, Zone zone) {
    const bool log = find_heading(log_headings()[kField].known, shape.columns) &&
                     find_heading(log_headings()[kNew].known, shape.columns);
    KL_TRY(auto places, find_headings(log ? log_headings() : list_headings(), shape.columns));
    return std::make_shared<GlpiContext>(
        GlpiContext{{shape, std::move(places), std::move(zone)}, log});
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(Zone zone, Zone::find(options.zone));
    KL_TRY(OpenedTable opened, open_case_file(content, options));
    KL_TRY(const auto context, make_context(opened.table.shape(), std::move(zone)));
    if (!context->log) notice_absent(list_headings(), context->places, opened.file);
    return scan_changes(std::move(opened), options, wanted, context, read_change);
}

RowIdentity identify(const GroupRow& row) { return identify_change(row, read_change); }

void derive(const DeriveInput& input, FactSink& sink) {
    derive_changes_of(input, sink, read_change);
}

}  // namespace

Format glpi_csv_format() { return case_format("glpi-csv", scan, identify, derive); }

}  // namespace klarsyn::servicedesk
