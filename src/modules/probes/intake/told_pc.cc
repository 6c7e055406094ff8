#include "modules/probes/intake/told_pc.h"

#include <array>
#include <map>
#include <optional>

#include "core/years.h"

namespace klarsyn::probes {
namespace {

struct Row {
    std::string agent, serial, model;
    std::string bios_date;  // ISO; empty: not said
};

// What was said of a seat, first to last.
Result<std::vector<Row>> rows_of(Connection& db, Names& names, const std::string& source,
                                 const std::string& site, const std::string& seat) {
    std::vector<Row> list;
    Params params;
    const std::array<std::pair<std::string_view, const std::string*>, 3> words{
        {{":source", &source}, {":site", &site}, {":seat", &seat}}};
    for (const auto& [name, word] : words) {
        KL_TRY(const auto id, names.find(*word));
        if (!id) return list;
        params.emplace_back(name, Value(*id));
    }
    KL_TRY(auto rows, db.query("SELECT agent, serial, model, bios_day FROM probes_pc WHERE "
                               "seat = :seat AND site = :site AND source = :source ORDER BY id",
                               params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        Row& row = list.emplace_back();
        row.agent = rows->text(0);
        row.serial = rows->text(1);
        if (rows->i64(2) != 0) {
            KL_TRY(row.model, names.text(rows->i64(2)));
        }
        if (!rows->is_null(3)) row.bios_date = iso_date(static_cast<Day>(rows->i64(3)));
    }
}

// A machine that has nothing to say but the seat's own name needs no row.
bool says_nothing(const AgentBatch& batch, const std::string& seat) {
    return batch.agent == seat && batch.model.empty() && batch.bios_date.empty() &&
           batch.serial.empty();
}

enum class News { none, told, shared };

News news_of(const std::vector<Row>& known, const AgentBatch& batch, const std::string& seat) {
    if (known.empty()) return says_nothing(batch, seat) ? News::none : News::told;
    const Row& last = known.back();
    if (last.agent.empty()) return News::none;
    if (last.agent != batch.agent) {
        for (const Row& row : known) {
            if (row.agent == batch.agent) return News::shared;
        }
        return News::told;
    }
    const bool same = last.serial == batch.serial && last.model == batch.model &&
                      last.bios_date == batch.bios_date;
    return same ? News::none : News::told;
}

}  // namespace

Result<std::vector<NewlyTold>> newly_told(Connection& db, Names& names, const std::string& source,
                                          const AgentBatch& batch) {
    std::map<std::pair<std::string, std::string>, UtcSecond> seats;
    for (const KeptMeasurement& one : batch.measurements) {
        if (one.seat.empty()) continue;
        const auto [seat, first] = seats.try_emplace({one.site, one.seat}, one.at);
        seat->second = std::min(seat->second, one.at);
    }
    std::vector<NewlyTold> told;
    for (const auto& [seat, from] : seats) {
        KL_TRY(const auto known, rows_of(db, names, source, seat.first, seat.second));
        const News news = news_of(known, batch, seat.second);
        if (news != News::none)
            told.push_back({seat.first, seat.second, from, news == News::shared});
    }
    return told;
}

Result<void> keep_told(Connection& db, Names& names, std::int64_t seq, const std::string& source,
                       const AgentBatch& batch, const std::vector<NewlyTold>& told) {
    if (told.empty()) return {};
    // By which ages are counted from then on.
    for (int years = 0; years <= kOldestAge; ++years) {
        KL_TRY([[maybe_unused]] const auto id, names.intern(age_word(years)));
    }
    KL_TRY(const auto source_id, names.intern(source));
    KL_TRY(const auto model, names.intern(batch.model));
    for (const NewlyTold& one : told) {
        KL_TRY(const auto site, names.intern(one.site));
        KL_TRY(const auto seat, names.intern(one.seat));
        Value bios;
        if (const auto day = parse_iso_date(batch.bios_date); day.ok() && !one.shared)
            bios = Value(std::int64_t{*day});
        KL_TRY([[maybe_unused]] const auto kept,
               db.run("INSERT INTO probes_pc (seq, source, site, seat, agent, serial, model, "
                      "bios_day, from_at) VALUES (:seq, :source, :site, :seat, :agent, :serial, "
                      ":model, :bios, :from)",
                      {{":seq", Value(seq)},
                       {":source", Value(source_id)},
                       {":site", Value(site)},
                       {":seat", Value(seat)},
                       {":agent", Value(one.shared ? std::string() : batch.agent)},
                       {":serial", Value(one.shared ? std::string() : batch.serial)},
                       {":model", Value(one.shared ? std::int64_t{0} : model)},
                       {":bios", bios},
                       {":from", Value(one.from)}}));
    }
    return {};
}

}  // namespace klarsyn::probes
