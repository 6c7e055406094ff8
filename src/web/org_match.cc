#include "web/org_match.h"

#include <algorithm>
#include <numeric>

#include "core/cpr.h"
#include "core/text.h"
#include "web/org_scope.h"

namespace klarsyn {
namespace {

constexpr std::size_t kNearMost = 3;
constexpr std::size_t kShownCharacters = 60;

// How many letters must be put in, taken out or changed.
std::size_t edits_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
            corner = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

// 0 is nearest; a spelling that holds the other counts as one edit.
std::size_t distance(const std::string& wanted, const std::string& spelling) {
    const bool holds = wanted.size() >= 3 && spelling.find(wanted) != spelling.npos;
    return holds ? 1 : edits_between(wanted, spelling);
}

struct Spelling {
    std::string code, name, folded;
};

Result<std::vector<Spelling>> spellings(Connection& db, Day day) {
    KL_TRY(const auto rows,
           db.query("SELECT o.code, o.name, a.folded FROM core_org o JOIN core_org_alias a"
                    " ON a.code = o.code AND a.retracted_seq IS NULL AND a.valid_from <= :day"
                    " AND (a.valid_to IS NULL OR a.valid_to >= :day)"
                    " WHERE o.retracted_seq IS NULL AND o.valid_from <= :day"
                    " AND (o.valid_to IS NULL OR o.valid_to >= :day) ORDER BY o.code, a.folded",
                    {{":day", std::int64_t{day}}}));
    std::vector<Spelling> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back(
            {std::string(rows->text(0)), std::string(rows->text(1)), std::string(rows->text(2))});
    }
}

std::vector<std::string> nearest(const std::vector<Spelling>& known, const std::string& wanted) {
    struct Found {
        std::size_t edits = 0;
        const Spelling* spelling = nullptr;
    };
    std::vector<Found> found;
    const std::size_t most = std::max<std::size_t>(1, wanted.size() / 3);
    for (const Spelling& one : known) {
        const std::size_t edits = distance(wanted, one.folded);
        if (edits > most) continue;
        const auto same = std::find_if(found.begin(), found.end(), [&](const Found& other) {
            return other.spelling->code == one.code;
        });
        if (same == found.end())
            found.push_back({edits, &one});
        else
            same->edits = std::min(same->edits, edits);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.edits < b.edits; });
    std::vector<std::string> near;
    for (const Found& one : found) {
        if (near.size() == kNearMost) break;
        const Spelling& org = *one.spelling;
        near.push_back(org.name == org.code ? org.code : org.code + " (" + org.name + ")");
    }
    return near;
}

std::string shown(std::string_view text) {
    std::string part = mask_cprs(text).text;
    if (part.size() <= kShownCharacters) return part;
    std::size_t end = kShownCharacters;
    while (end > 0 && (static_cast<unsigned char>(part[end]) & 0xC0) == 0x80) --end;
    return part.substr(0, end) + "…";
}

}  // namespace

Result<OrgMatch> match_org(Connection& db, std::string_view text, Day day) {
    OrgMatch match;
    KL_TRY(match.code, resolve_org(db, text, day));
    KL_TRY(const auto there,
           query_i64(db,
                     "SELECT COUNT(*) FROM core_org WHERE code = :code AND retracted_seq IS NULL"
                     " AND valid_from <= :day AND (valid_to IS NULL OR valid_to >= :day)",
                     {{":code", match.code}, {":day", std::int64_t{day}}}));
    match.known = text.empty() || there > 0;
    if (match.known) return match;
    KL_TRY(const auto known, spellings(db, day));
    match.known = known.empty();
    match.near = nearest(known, fold(text));
    return match;
}

Result<std::string> take_org_code(Connection& db, JsonBody& body, std::string_view field,
                                  std::string_view text, Day day, std::string_view standing) {
    if (!standing.empty() && text == standing) return std::string(text);
    KL_TRY(OrgMatch match, match_org(db, text, day));
    if (match.known) return match.code;
    if (match.near.empty()) {
        body.fault(field, "web.org.unknown", {{"value", shown(text)}});
        return match.code;
    }
    std::string near;
    for (const std::string& one : match.near) near += (near.empty() ? "" : "; ") + one;
    body.fault(field, "web.org.unknown_near", {{"value", shown(text)}, {"near", near}});
    return match.code;
}

}  // namespace klarsyn
