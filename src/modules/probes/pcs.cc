#include "modules/probes/pcs.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "core/years.h"
#include "modules/probes/measurements.h"

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kEnd = std::numeric_limits<UtcSecond>::max();

PcRegister& pc_register() {
    static PcRegister kept;
    return kept;
}

const ToldPc* told_at(const std::vector<ToldPc>& told, UtcSecond at) {
    const auto after =
        std::upper_bound(told.begin(), told.end(), at,
                         [](UtcSecond moment, const ToldPc& one) { return moment < one.from; });
    return after == told.begin() ? nullptr : &*std::prev(after);
}

const PcSpan* span_on(const std::vector<PcSpan>& spans, Day day) {
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
        if (span->from <= day && (!span->to || day < *span->to)) return &*span;
    }
    return nullptr;
}

// The seat of a moment.
class Seat {
public:
    Seat(const std::string& name, const std::vector<ToldPc>& told, const PcBook& book,
         std::string (*code)(std::string_view), const AgeNames& ages)
        : told_(told), book_(book), code_(code), ages_(ages) {
        add_spans(name, named_);
        for (const ToldPc& one : told) {
            auto& found = said_.emplace_back();
            add_spans(one.agent, found);
            add_spans(one.serial, found);
        }
    }

    // Every moment at which something may change.
    std::vector<UtcSecond> edges() const {
        std::vector<UtcSecond> edges;
        const auto add_all = [&](const std::vector<const std::vector<PcSpan>*>& books) {
            for (const auto* spans : books) {
                for (const PcSpan& span : *spans) {
                    edges.push_back(day_start(span.from));
                    if (span.to) edges.push_back(day_start(*span.to));
                }
            }
        };
        add_all(named_);
        for (const auto& books : said_) add_all(books);
        for (const ToldPc& one : told_) {
            edges.push_back(one.from);
            for (int years = 0; one.bios && years <= kOldestAge; ++years)
                edges.push_back(day_start(add_years(*one.bios, years)));
        }
        std::sort(edges.begin(), edges.end());
        edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
        return edges;
    }

    PcStretch at(UtcSecond moment) const {
        const Day day = Zone::copenhagen().to_local(moment).day;
        const ToldPc* told = told_at(told_, moment);
        const PcSpan* span = nullptr;
        if (told) span = first_span(said_[static_cast<std::size_t>(told - told_.data())], day);
        if (!span) span = first_span(named_, day);
        PcStretch stretch;
        if (span) stretch = {0, span->model, span->age};
        if (!told || told->agent.empty()) return stretch;
        if (stretch.model == 0) stretch.model = told->model;
        if (stretch.age == 0 && told->bios) {
            const int years = whole_years(*told->bios, day);
            if (years >= 0) stretch.age = ages_[static_cast<std::size_t>(years)];
        }
        return stretch;
    }

private:
    void add_spans(const std::string& name, std::vector<const std::vector<PcSpan>*>& into) const {
        if (name.empty() || !code_) return;
        const auto found = book_.find(code_(name));
        if (found != book_.end() && !found->second.empty()) into.push_back(&found->second);
    }
    static const PcSpan* first_span(const std::vector<const std::vector<PcSpan>*>& books, Day day) {
        for (const auto* spans : books) {
            if (const PcSpan* span = span_on(*spans, day)) return span;
        }
        return nullptr;
    }

    const std::vector<ToldPc>& told_;
    const PcBook& book_;
    std::string (*code_)(std::string_view);
    const AgeNames& ages_;
    std::vector<const std::vector<PcSpan>*> named_;              // by the seat's own name
    std::vector<std::vector<const std::vector<PcSpan>*>> said_;  // as told_
};

Result<AgeNames> age_names(Connection& db) {
    Names names(db);
    AgeNames ids{};
    for (std::size_t years = 0; years < ids.size(); ++years) {
        KL_TRY(const auto id, names.find(age_word(static_cast<int>(years))));
        ids[years] = id.value_or(0);
    }
    return ids;
}

struct NamedSeat {
    std::int64_t source = 0, site = 0, seat = 0;
    std::string name;
};

Result<std::vector<NamedSeat>> named_seats(Connection& db) {
    std::vector<NamedSeat> seats;
    Names names(db);
    KL_TRY(const auto tab, names.find(result_series().name));
    if (!tab) return seats;
    KL_TRY(auto rows,
           db.stream("SELECT DISTINCT s.d5, s.d3, s.d4, n.text FROM core_series AS s JOIN "
                     "core_name AS n ON n.id = s.d4 WHERE s.tab = :tab AND s.d4 <> 0",
                     {{":tab", Value(*tab)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return seats;
        seats.push_back({rows->i64(0), rows->i64(1), rows->i64(2), std::string(rows->text(3))});
    }
}

using Told = std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::vector<ToldPc>>;

// A later word about an earlier time takes the place of what was said of it before.
void take_told(ToldPc one, std::vector<ToldPc>& told) {
    while (!told.empty() && told.back().from >= one.from) told.pop_back();
    told.push_back(std::move(one));
}

Result<Told> told_pcs(Connection& db, std::int64_t as_of) {
    Told told;
    KL_TRY(auto rows, db.query("SELECT source, site, seat, agent, serial, model, from_at, bios_day "
                               "FROM probes_pc WHERE seq <= :as_of ORDER BY id",
                               {{":as_of", Value(as_of)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return told;
        ToldPc one;
        one.agent = rows->text(3);
        one.serial = rows->text(4);
        one.model = rows->i64(5);
        one.from = rows->i64(6);
        if (!rows->is_null(7)) one.bios = static_cast<Day>(rows->i64(7));
        take_told(std::move(one), told[{rows->i64(0), rows->i64(1), rows->i64(2)}]);
    }
}

Result<PcBook> book_of(Connection& db, std::int64_t as_of, const std::vector<NamedSeat>& seats,
                       const Told& told) {
    const PcRegister& known = pc_register();
    PcBook book;
    if (!known.fill) return book;
    const auto want = [&](const std::string& name) {
        if (std::string code = known.code(name); !code.empty()) book.try_emplace(std::move(code));
    };
    for (const NamedSeat& seat : seats) want(seat.name);
    for (const auto& [seat, list] : told) {
        for (const ToldPc& one : list) {
            want(one.agent);
            want(one.serial);
        }
    }
    KL_CHECK(known.fill(db, as_of, book));
    return book;
}

}  // namespace

void set_pc_register(const PcRegister& given) { pc_register() = given; }

std::vector<PcStretch> pc_stretches(const std::string& seat, const std::vector<ToldPc>& told,
                                    const PcBook& book, std::string (*code)(std::string_view),
                                    const AgeNames& ages) {
    const Seat known(seat, told, book, code, ages);
    std::vector<UtcSecond> edges = known.edges();
    edges.push_back(kEnd);
    std::vector<PcStretch> stretches;
    UtcSecond from = 0;  // nothing was measured before
    for (const UtcSecond edge : edges) {
        if (edge <= from) continue;
        PcStretch next = known.at(from);
        next.to = edge;
        const bool same = !stretches.empty() && stretches.back().model == next.model &&
                          stretches.back().age == next.age;
        if (same)
            stretches.back().to = edge;
        else
            stretches.push_back(next);
        from = edge;
    }
    return stretches;
}

std::vector<PcStretch> Pcs::of(const SeriesDims& dims, UtcSecond from, UtcSecond to) const {
    const auto found = seats_.find({dims[kSourceDim], dims[kSiteDim], dims[kSeatDim]});
    if (found == seats_.end()) return {{to, 0, 0}};
    const auto& all = found->second;
    auto next = std::upper_bound(
        all.begin(), all.end(), from,
        [](UtcSecond moment, const PcStretch& stretch) { return moment < stretch.to; });
    std::vector<PcStretch> part;
    for (; next != all.end(); ++next) {
        part.push_back(*next);
        if (next->to >= to) break;
    }
    part.back().to = to;
    return part;
}

Result<std::shared_ptr<const Pcs>> put_pcs_together(Connection& db, std::int64_t as_of) {
    auto pcs = std::make_shared<Pcs>();
    KL_TRY(const auto seats, named_seats(db));
    KL_TRY(const auto told, told_pcs(db, as_of));
    KL_TRY(const auto book, book_of(db, as_of, seats, told));
    KL_TRY(const AgeNames ages, age_names(db));
    static const std::vector<ToldPc> kNothing;
    for (const NamedSeat& seat : seats) {
        const auto known = told.find({seat.source, seat.site, seat.seat});
        auto stretches = pc_stretches(seat.name, known == told.end() ? kNothing : known->second,
                                      book, pc_register().code, ages);
        if (stretches.size() > 1 || stretches.front().model != 0 || stretches.front().age != 0)
            pcs->seats_[{seat.source, seat.site, seat.seat}] = std::move(stretches);
    }
    return std::shared_ptr<const Pcs>(std::move(pcs));
}

namespace {

// What was put together last, by what it follows from. The hash of an entry is another one in every
// database; that of the head finds what was asked for before, without looking what changed.
class Kept {
public:
    std::shared_ptr<const Pcs> of_entry(const std::string& hash) {
        const std::lock_guard lock(mutex_);
        for (const One& one : kept_) {
            if (one.entry == hash) return one.pcs;
        }
        return nullptr;
    }
    // From now on by this entry, too.
    std::shared_ptr<const Pcs> of_basis(const std::string& basis, const std::string& entry) {
        const std::lock_guard lock(mutex_);
        for (One& one : kept_) {
            if (one.basis != basis) continue;
            one.entry = entry;
            return one.pcs;
        }
        return nullptr;
    }
    void keep(std::string entry, std::string basis, std::shared_ptr<const Pcs> pcs) {
        const std::lock_guard lock(mutex_);
        next_ = (next_ + 1) % kept_.size();
        kept_[next_] = {std::move(entry), std::move(basis), std::move(pcs)};
    }

private:
    struct One {
        std::string entry, basis;
        std::shared_ptr<const Pcs> pcs;  // shared: in use
    };
    std::mutex mutex_;
    std::array<One, 2> kept_;
    std::size_t next_ = 0;
};

// The last series: all others are older.
Result<std::string> last_series(Connection& db) {
    Names names(db);
    KL_TRY(const auto tab, names.find(result_series().name));
    if (!tab) return std::string();
    KL_TRY(auto rows, db.query("SELECT id, d3, d4, d5 FROM core_series WHERE tab = :tab "
                               "ORDER BY id DESC LIMIT 1",
                               {{":tab", Value(*tab)}}));
    std::string text;
    KL_TRY(const bool found, rows->next());
    for (int column = 0; found && column < 4; ++column)
        text += ' ' + std::to_string(rows->i64(column));
    return text;
}

// All that they follow from: the entry that last told something of PCs, and the seats that there are.
Result<std::string> basis_of(Connection& db, std::int64_t as_of) {
    KL_TRY(std::int64_t last,
           query_i64(db, "SELECT MAX(seq) FROM probes_pc WHERE seq <= :as_of",
                     {{":as_of", Value(as_of)}}));
    if (pc_register().changed) {
        KL_TRY(const std::int64_t registered, pc_register().changed(db, as_of));
        last = std::max(last, registered);
    }
    KL_TRY(const auto told_at, entry(db, std::max<std::int64_t>(last, 1)));
    KL_TRY(const std::string series, last_series(db));
    return told_at ? told_at->hash + series : std::string();
}

}  // namespace

Result<std::shared_ptr<const Pcs>> load_pcs(Connection& db, std::int64_t as_of) {
    static Kept kept;
    KL_TRY(const auto known_at, entry(db, as_of));
    if (!known_at) return put_pcs_together(db, as_of);
    if (auto pcs = kept.of_entry(known_at->hash)) return pcs;
    KL_TRY(std::string basis, basis_of(db, as_of));
    if (auto pcs = kept.of_basis(basis, known_at->hash)) return pcs;
    KL_TRY(auto pcs, put_pcs_together(db, as_of));
    kept.keep(known_at->hash, std::move(basis), pcs);
    return pcs;
}

}  // namespace klarsyn::probes
