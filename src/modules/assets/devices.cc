#include "modules/assets/devices.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace klarsyn::assets {
namespace {

constexpr std::size_t kGtinDigits = 14;

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string after(std::string_view udi, std::string_view mark) {
    const auto at = udi.find(mark);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = udi.substr(at + mark.size());
    return std::string(rest.substr(0, rest.find('(')));
}

bool same_manufacturer(const DeviceRow& a, const DeviceRow& b) {
    const std::string one = fold(a.manufacturer), other = fold(b.manufacturer);
    return one.starts_with(other) || other.starts_with(one);  // also where one is empty
}

bool same_device(const DeviceRow& a, const DeviceRow& b) {
    const std::string one = parse_udi(a.udi).model, other = parse_udi(b.udi).model;
    if (!one.empty() && !other.empty()) return one == other;
    return same_manufacturer(a, b);
}

Day from_of(const DeviceRow& row) { return row.from.value_or(row.purchased.value_or(kAlways)); }

bool only_activity(const DeviceRow& row) {
    return !row.activity.empty() && row.place.empty() && row.owner.empty() && row.status.empty() &&
           row.model.empty() && !row.next_due && !row.last_maintained && !row.purchased;
}

void inherit(DeviceRow& row, const DeviceRow& before) {
    for (std::string DeviceRow::*field :
         {&DeviceRow::udi, &DeviceRow::serial, &DeviceRow::model, &DeviceRow::manufacturer,
          &DeviceRow::kind, &DeviceRow::place, &DeviceRow::owner, &DeviceRow::region,
          &DeviceRow::status}) {
        if ((row.*field).empty()) row.*field = before.*field;
    }
    for (std::optional<Day> DeviceRow::*field : {&DeviceRow::purchased}) {
        if (!(row.*field)) row.*field = before.*field;
    }
    if (!row.price) row.price = before.price;
    if (!row.every_months) row.every_months = before.every_months;
}

// When maintenance is due, as known from a day on.
struct Plan {
    Day from = kAlways;
    std::optional<Day> due;
    bool needed = true;
};

class Device {
public:
    explicit Device(std::vector<DeviceRow> rows) : rows_(std::move(rows)) {}

    DeviceHistory history() {
        std::sort(rows_.begin(), rows_.end(), [](const DeviceRow& a, const DeviceRow& b) {
            return std::pair(from_of(a), a.order) < std::pair(from_of(b), b.order);
        });
        note_faults();
        fold_states();
        make_plans();
        make_spans();
        make_events();
        for (const DeviceRow& state : states_) {
            if (history_.name.empty()) history_.name = state.serial;
        }
        if (history_.name.empty()) history_.name = rows_.front().udi;
        if (history_.name.empty()) history_.name = rows_.front().serial;
        return std::move(history_);
    }

private:
    void find(std::string what, std::string field, std::string value) {
        history_.findings.push_back({std::move(what), std::move(field), std::move(value)});
    }

    void note_faults() {
        std::set<std::string> regions;
        const DeviceRow* first = nullptr;
        for (DeviceRow& row : rows_) {
            for (const Finding& bad : row.bad) history_.findings.push_back(bad);
            check_dates(row);
            if (!row.region.empty()) regions.insert(row.region);
            if (first != nullptr) compare(*first, row);
            if (first == nullptr && !only_activity(row)) first = &row;
        }
        if (regions.size() < 2) return;
        std::string list;
        for (const std::string& region : regions) list += (list.empty() ? "" : " + ") + region;
        const bool by_udi = std::all_of(rows_.begin(), rows_.end(), [](const DeviceRow& row) {
            return !parse_udi(row.udi).model.empty();
        });
        find("merged", by_udi ? "udi" : "serial", list);
    }

    // Dates that cannot be together: the later one is taken for missing.
    void check_dates(DeviceRow& row) {
        const auto drop = [&](std::optional<Day>& day, const std::optional<Day>& not_before,
                              const char* field) {
            if (!day || !not_before || *day >= *not_before) return;
            find("impossible_date", field, iso_date(*day) + " < " + iso_date(*not_before));
            day.reset();
        };
        drop(row.last_maintained, row.purchased, "last_maintained");
        drop(row.next_due, row.purchased, "next_due");
        drop(row.next_due, row.last_maintained, "next_due");
    }

    void compare(const DeviceRow& first, const DeviceRow& row) {
        if (row.region == first.region || only_activity(row)) return;
        const auto differs = [&](const std::string& a, const std::string& b, const char* field) {
            if (!a.empty() && !b.empty() && fold(a) != fold(b))
                find("differs", field, a + " / " + b);
        };
        differs(first.model, row.model, "model");
        differs(first.place, row.place, "place");
        if (first.purchased && row.purchased && *first.purchased != *row.purchased)
            find("differs", "purchased",
                 iso_date(*first.purchased) + " / " + iso_date(*row.purchased));
    }

    void fold_states() {
        for (const DeviceRow& row : rows_) {
            if (only_activity(row)) continue;
            DeviceRow state = row;
            if (!states_.empty()) inherit(state, states_.back());
            const bool same_day = !states_.empty() && from_of(states_.back()) == from_of(row);
            if (same_day && same_file(states_.back(), row) && row.activity.empty())
                find("duplicate", "serial", std::to_string(std::get<2>(row.order)));
            if (same_day)
                states_.back() = std::move(state);
            else
                states_.push_back(std::move(state));
        }
    }

    static bool same_file(const DeviceRow& a, const DeviceRow& b) {
        return std::get<0>(a.order) == std::get<0>(b.order) &&
               std::get<1>(a.order) == std::get<1>(b.order);
    }

    // Maintenance is known from rows of state and from activities. A row that tells another interval
    // alone is reckoned from what was done last, unless a register stated when it is due.
    void make_plans() {
        std::map<Day, std::pair<RowOrder, Plan>> plans;
        std::optional<std::int64_t> every;
        std::optional<Day> last_done;
        bool stated = false;  // when it is due, since it was done last
        for (const DeviceRow& row : rows_) {
            std::optional<Day> done = row.last_maintained;
            if (row.activity == "maintenance" && row.activity_day) done = row.activity_day;
            const bool another = row.every_months && row.every_months != every;
            if (row.every_months)
                every = row.every_months;
            else if (only_activity(row))
                every = interval_on(done.value_or(from_of(row)));
            Plan plan;
            plan.from = done.value_or(from_of(row));
            plan.due = row.next_due;
            plan.needed = !every || *every > 0;
            if (done && (!last_done || *last_done < *done)) {
                last_done = done;
                stated = false;
            }
            stated = stated || row.next_due;
            const auto since = !done && another && !stated ? last_done : done;
            if (!plan.due && since && every && *every > 0)
                plan.due = add_months(*since, static_cast<int>(*every));
            if (!plan.due && plan.needed) continue;
            auto& known = plans[plan.from];
            if (known.first <= row.order) known = {row.order, plan};
        }
        for (const auto& [from, plan] : plans) plans_.push_back(plan.second);
    }

    // As the states tell it: that of the day, before the first state the first.
    std::optional<std::int64_t> interval_on(Day day) const {
        std::optional<std::int64_t> every;
        for (const DeviceRow& state : states_) {
            if (from_of(state) <= day || !every) every = state.every_months;
        }
        return every;
    }

    const Plan* plan_on(Day day) const {
        const Plan* found = nullptr;
        for (const Plan& plan : plans_) {
            if (plan.from <= day) found = &plan;
        }
        return found;
    }

    void make_spans() {
        for (std::size_t i = 0; i < states_.size(); ++i) {
            const DeviceRow& state = states_[i];
            if (state.status == "retired") continue;
            std::optional<Day> end;
            if (state.to) end = *state.to + 1;
            if (i + 1 < states_.size())
                end = std::min(end.value_or(from_of(states_[i + 1])), from_of(states_[i + 1]));
            add_spans(state, from_of(state), end);
        }
    }

    // Cut where a plan begins and on the day after each due date.
    void add_spans(const DeviceRow& state, Day from, std::optional<Day> end) {
        std::set<Day> cuts;
        for (const Plan& plan : plans_) {
            cuts.insert(plan.from);
            if (plan.due) cuts.insert(*plan.due + 1);
        }
        while (!end || from < *end) {
            const auto cut = cuts.upper_bound(from);
            std::optional<Day> to = end;
            if (cut != cuts.end() && (!end || *cut < *end)) to = *cut;
            DeviceSpan span{from, to, "", std::nullopt, state};
            if (const Plan* plan = plan_on(from)) {
                span.due = plan->due;
                if (!plan->needed)
                    span.maintenance = "not_needed";
                else
                    span.maintenance = from > *plan->due ? "overdue" : "in_time";
            }
            push(std::move(span));
            if (!to) return;
            from = *to;
        }
    }

    // Cuts at which nothing changed are none.
    void push(DeviceSpan span) {
        if (!history_.spans.empty()) {
            DeviceSpan& last = history_.spans.back();
            if (last.to == span.from && last.maintenance == span.maintenance &&
                last.due == span.due && last.state.order == span.state.order) {
                last.to = span.to;
                return;
            }
        }
        history_.spans.push_back(std::move(span));
    }

    void make_events() {
        std::map<std::pair<Day, std::string>, DeviceEvent> events;
        for (const DeviceRow& row : rows_) {
            if (row.last_maintained)
                add_event(*row.last_maintained, "maintenance", "", row, events);
            if (!row.activity.empty() && row.activity_day)
                add_event(*row.activity_day, row.activity, row.note, row, events);
        }
        for (auto& [key, event] : events) history_.events.push_back(std::move(event));
    }

    void add_event(Day day, const std::string& activity, const std::string& note,
                   const DeviceRow& row,
                   std::map<std::pair<Day, std::string>, DeviceEvent>& events) {
        DeviceEvent& event = events[{day, activity}];
        event.day = day;
        event.activity = activity;
        if (!note.empty()) event.note = note;
        event.state = row;
        for (const DeviceRow& state : states_) {
            if (from_of(state) <= day || &state == &states_.front()) event.state = state;
        }
        if (activity != "maintenance") return;
        if (const Plan* plan = plan_on(day - 1)) event.due = plan->due;
    }

    std::vector<DeviceRow> rows_, states_;
    std::vector<Plan> plans_;
    DeviceHistory history_;
};

}  // namespace

Udi parse_udi(std::string_view udi) {
    Udi parts;
    parts.model = after(udi, "(01)");
    parts.serial = after(udi, "(21)");
    const bool long_form = udi.size() >= kGtinDigits + 2 && udi.starts_with("01") &&
                           all_digits(udi.substr(0, kGtinDigits + 2));
    if (parts.model.empty() && long_form) {
        parts.model = udi.substr(2, kGtinDigits);
        const std::string_view rest = udi.substr(kGtinDigits + 2);
        if (rest.starts_with("21")) parts.serial = rest.substr(2);
        parts.bare = rest.empty();
    } else if (parts.model.empty() && udi.size() == kGtinDigits && all_digits(udi)) {
        parts.model = udi;
    }
    if (parts.model.size() != kGtinDigits || !all_digits(parts.model)) parts.model.clear();
    if (!parts.model.empty() && parts.serial.empty()) parts.bare = true;
    return parts;
}

std::string device_key(const DeviceRow& row) {
    const Udi udi = parse_udi(row.udi);
    if (const std::string serial = bare_code(row.serial); !serial.empty()) return serial;
    if (const std::string serial = bare_code(udi.serial); !serial.empty()) return serial;
    return udi.bare ? std::string() : bare_code(row.udi);
}

std::string device_activity(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kWords{
        {{"maintenance", "maintenance"},
         {"vedligehold", "maintenance"},
         {"vedligeholdelse", "maintenance"},
         {"eftersyn", "maintenance"},
         {"service", "maintenance"},
         {"quality", "quality"},
         {"kvalitet", "quality"},
         {"kvalitetskontrol", "quality"},
         {"kontrol", "quality"},
         {"recall", "recall"},
         {"tilbagekaldelse", "recall"},
         {"recall_closed", "recall_closed"},
         {"tilbagekaldelse afsluttet", "recall_closed"}}};
    const std::string folded = fold(word);
    for (const auto& [written, meant] : kWords) {
        if (written == folded) return std::string(meant);
    }
    return {};
}

std::vector<DeviceHistory> device_histories(std::vector<DeviceRow> rows) {
    std::sort(rows.begin(), rows.end(),
              [](const DeviceRow& a, const DeviceRow& b) { return a.order < b.order; });
    std::vector<std::vector<DeviceRow>> devices;
    for (DeviceRow& row : rows) {
        const auto mine = std::find_if(devices.begin(), devices.end(), [&](const auto& device) {
            return std::all_of(device.begin(), device.end(),
                               [&](const DeviceRow& known) { return same_device(known, row); });
        });
        if (mine != devices.end())
            mine->push_back(std::move(row));
        else
            devices.push_back({std::move(row)});
    }
    std::vector<DeviceHistory> histories;
    for (auto& device : devices) {
        histories.push_back(Device(std::move(device)).history());
        if (devices.size() > 1)
            histories.back().findings.push_back(
                {"same_serial", "serial", std::to_string(devices.size())});
    }
    return histories;
}

}  // namespace klarsyn::assets
