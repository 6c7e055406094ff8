#include "modules/servicedesk/practice/page_major_notices.h"

#include <fmt/format.h>

#include <algorithm>


namespace klarsyn::servicedesk {
namespace {

using K = FieldKind;

constexpr UtcSecond kNextSeconds = 3600;  // until the next message, where nothing was promised
constexpr UtcSecond kRoundSeconds = 300;

const FormSpec kPublish{"publish",
                        {{"systems", K::list},
                         {"severity", K::word, {"unstable", "down"}, true},
                         {"orgs", K::list},
                         {"title", K::line, {}, true},
                         {"text", K::area, {}, true},
                         {"advice", K::area},
                         {"next_at", K::time},
                         {"title_en"},
                         {"text_en", K::area},
                         {"advice_en", K::area}}};

std::string key(std::string_view name) { return "servicedesk.practice.page." + std::string(name); }

// "a, b og c"
std::string joined(const std::vector<std::string>& names, Language language) {
    std::string all;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) all += i + 1 == names.size() ? text(language, key("and")) : ", ";
        all += names[i];
    }
    return all;
}

Result<std::string> system_names(Context& context, const std::vector<std::string>& ids,
                                 Language language) {
    KL_TRY(const auto known, load_systems(context.db(), context.site.clock.now()));
    std::vector<std::string> names;
    for (const std::string& id : ids) {
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const SystemName& one) { return one.id == id; });
        names.push_back(found != known.end() ? found->in(language) : id);
    }
    return joined(names, language);
}

Result<std::string> place_names(Context& context, const std::vector<std::string>& codes,
                                Language language) {
    if (codes.empty()) return text(language, key("everywhere"));
    const Day day = Zone::copenhagen().to_local(context.site.clock.now()).day;
    std::vector<std::string> names;
    for (const std::string& code : codes) {
        KL_TRY(const auto rows,
               context.db().query("SELECT name FROM core_org WHERE code = :code"
                                  " AND retracted_seq IS NULL AND valid_from <= :day"
                                  " AND (valid_to IS NULL OR valid_to >= :day)",
                                  {{":code", code}, {":day", std::int64_t{day}}}));
        KL_TRY(const bool found, rows->next());
        names.push_back(found ? std::string(rows->text(0)) : code);
    }
    return joined(names, language);
}

std::string state_html(const Context& context, const MajorNotice& notice) {
    if (notice.open) return escape_html(context.text(key("notice_open")));
    return escape_html(context.text(key("notice_cleared"))) + " " +
           when_html(notice.cleared_at, context.language);
}

}  // namespace

const FormSpec& publish_spec() { return kPublish; }

std::string notices_html(const Context& context, std::span<const MajorNotice> notices) {
    if (notices.empty()) return paragraph(context.text(key("no_notices")));
    std::string rows;
    for (const MajorNotice& notice : notices)
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td lang=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td>"
            "</tr>",
            link("/notices/" + notice.number, notice.number),
            language_code(notice.title.shown(context.language)),
            escape_html(notice.title.in(context.language)), escape_html(notice.system),
            state_html(context, notice), when_html(notice.next_at, context.language));
    return table_html({"notices",
                       context.text(key("notices_caption")),
                       {context.text(key("number")), context.text(key("title")),
                        context.text(key("system")), context.text(key("state")),
                        context.text(key("next_message"))}},
                      rows);
}

Result<Pairs> publish_standing(Context& context, const MajorState& state) {
    const UtcSecond now = context.site.clock.now();
    UtcSecond next = (now + kNextSeconds + kRoundSeconds - 1) / kRoundSeconds * kRoundSeconds;
    if (state.next_update_at && *state.next_update_at > now) next = *state.next_update_at;
    Pairs standing = {{"systems", joined_list(state.systems)},
                      {"severity", "unstable"},
                      {"orgs", joined_list(state.orgs)},
                      {"next_at", local_field(next)}};
    for (const Language language : {Language::da, Language::en}) {
        const std::string ending = language == Language::en ? "_en" : "";
        std::string system = "{system}";  // one message for each
        if (state.systems.size() == 1) {
            KL_TRY(system, system_names(context, state.systems, language));
        }
        KL_TRY(const std::string places, place_names(context, state.orgs, language));
        const bool named = !state.systems.empty();
        standing.emplace_back("title" + ending,
                              text(language, key(named ? "tell_title" : "tell_title_none"),
                                   {{"system", system}}));
        standing.emplace_back("text" + ending,
                              text(language, key(named ? "tell_text" : "tell_text_none"),
                                   {{"system", system}, {"places", places}}));
        standing.emplace_back("advice" + ending, text(language, key("tell_advice")));
    }
    return standing;
}

Result<Pairs> all_clear_standing(Context& context, const MajorState& state,
                                 std::span<const MajorNotice> notices) {
    const bool any = std::any_of(notices.begin(), notices.end(),
                                 [](const MajorNotice& notice) { return notice.open; });
    if (!any) return Pairs();
    Pairs standing = {{"all_clear", "yes"}, {"to_notices", "yes"}};
    for (const Language language : {Language::da, Language::en}) {
        KL_TRY(const std::string systems, system_names(context, state.systems, language));
        standing.emplace_back(language == Language::en ? "all_clear_text_en" : "all_clear_text",
                              text(language, key(systems.empty() ? "clear_text_none" : "clear_text"),
                                   {{"systems", systems}}));
    }
    return standing;
}

}  // namespace klarsyn::servicedesk
