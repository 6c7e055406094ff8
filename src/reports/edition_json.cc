#include "reports/edition_json.h"

#include <fmt/format.h>

#include "indicators/figures_json.h"

namespace klarsyn {

std::string edition_json(const Edition& edition) {
    return fmt::format(
        R"({{"edition":{},"plan":{},"title":{{"da":{},"en":{}}},"period":{{"from":{},"to":{}}},)"
        R"("number":{},"as_of":{},"published_at":{},"published_by":{},"figures":{}}})",
        json_string(edition.id), json_string(edition.plan), json_string(edition.title.da),
        json_string(edition.title.en), json_day(edition.period.from), json_day(edition.period.to),
        edition.number, edition.as_of, json_string(iso_utc(edition.published_at)),
        json_string(edition.published_by), edition.figures);
}

std::string editions_json(const std::vector<Edition>& editions) {
    std::string out = "{\"editions\":[";
    for (std::size_t i = 0; i < editions.size(); ++i)
        out += (i > 0 ? "," : "") + edition_json(editions[i]);
    return out + "]}";
}

std::string blockers_json(const std::vector<Blocker>& blockers, Language language) {
    std::string out = "{\"blocked_by\":[";
    for (std::size_t i = 0; i < blockers.size(); ++i)
        out +=
            fmt::format(R"({}{{"code":{},"detail":{}}})", i > 0 ? "," : "",
                        json_string(blockers[i].code), json_string(blockers[i].text.in(language)));
    return out + "]}";
}

}  // namespace klarsyn
