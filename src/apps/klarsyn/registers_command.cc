// registers: what is wrong with the registers of equipment and devices, and what was merged and
// why.
#include <boost/json/serialize.hpp>

#include "apps/klarsyn/commands.h"
#include "modules/assets/register_reads.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::int64_t kEverything = 1'000'000'000;

// The catalogue's word where it has one: "impossible_date" -> "Umulig dato".
std::string word(Language language, const std::string& group, const std::string& name) {
    const std::string key = "assets." + group + "." + name;
    return has_text(language, key) ? text(language, key) : name;
}

std::string as_json(const std::vector<assets::FindingCount>& counts,
                    const std::vector<assets::FindingRow>& list) {
    json::array counted, findings;
    for (const auto& count : counts)
        counted.push_back(json::object{{"what", count.what},
                                       {"field", count.field},
                                       {"source", count.source},
                                       {"count", count.count}});
    for (const auto& finding : list)
        findings.push_back(json::object{{"what", finding.what},
                                        {"thing", finding.thing},
                                        {"field", finding.field},
                                        {"value", finding.value},
                                        {"source", finding.source}});
    return json::serialize(
        json::object{{"counts", std::move(counted)}, {"findings", std::move(findings)}});
}

void print(const Invocation& in, Environment& environment,
           const std::vector<assets::FindingCount>& counts,
           const std::vector<assets::FindingRow>& list) {
    const auto say = [&](const std::string& line) { environment.output.out(line + "\n"); };
    if (counts.empty()) say(text(in.language, "assets.page.quality_none"));
    for (const auto& count : counts) {
        const std::string field =
            count.field.empty() ? "" : ", " + word(in.language, "column", count.field);
        say(format_integer(count.count, in.language) + "  " +
            word(in.language, "what", count.what) + field + " (" + count.source + ")");
    }
    if (!list.empty()) say("");
    for (const auto& finding : list) {
        say(finding.thing + ": " +
            text(
                in.language, "assets.finding." + finding.what,
                {{"field", word(in.language, "column", finding.field)}, {"value", finding.value}}) +
            " (" + finding.source + ")");
    }
}

}  // namespace

int run_registers(const Invocation& in, Environment& environment) {
    auto opened = OpenedStore::open(in, environment, Access::read);
    if (!opened.ok()) return fail(in, environment, opened.error());
    auto db = opened->store().reader();
    if (!db.ok()) return fail(in, environment, db.error());
    auto counts = assets::count_findings(**db);
    if (!counts.ok()) return fail(in, environment, counts.error());
    std::vector<assets::FindingCount> shown = counts.take();
    if (!in.id.empty()) {
        std::erase_if(shown, [&](const auto& count) { return count.what != in.id; });
    }
    const auto list =
        assets::list_findings(**db, {in.id, "", "", ""}, 0, in.limit > 0 ? in.limit : kEverything);
    if (!list.ok()) return fail(in, environment, list.error());
    if (in.json)
        environment.output.out(as_json(shown, *list) + "\n");
    else
        print(in, environment, shown, *list);
    return 0;
}

}  // namespace klarsyn
