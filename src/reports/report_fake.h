// For tests: a small catalogue and a figure source with made-up figures, so that documents can be
// tested without a database. Deterministic.
#pragma once

#include <map>
#include <string>

#include "reports/build.h"

namespace klarsyn {

// Figures by "id|where|bucket", e.g. "telephony.offered|queue=servicedesk|2013-04".
class FakeFigures {
public:
    struct Value {
        std::int64_t num = 0;
        std::optional<std::int64_t> den;
        std::vector<Day> gap;
        std::int64_t gap_records = 0;
    };
    FakeFigures();
    void set(const std::string& key, Value value) { values_[key] = std::move(value); }
    void erase(const std::string& key) { values_.erase(key); }
    void as_of(std::int64_t seq) { as_of_ = seq; }
    int questions() const { return questions_; }
    Result<FigureAnswer> answer(const FigureQuestion& question);
    FigureSource source() {
        return [this](const FigureQuestion& question) { return answer(question); };
    }

private:
    void set_values();
    void set_weeks();
    void set_probes();
    void set_registers();
    void fill(FigureRow& row, const FigureQuestion& question, const std::string& key) const;
    void add_values(const FigureQuestion& question, FigureAnswer& answer) const;

    std::map<std::string, Value> values_;
    std::int64_t as_of_ = 7;
    int questions_ = 0;
};

// The indicators that both shipped plans use; one may be held back for a test.
Catalogue fake_catalogue(const std::string& held = {},
                         IndicatorStatus status = IndicatorStatus::withheld,
                         const std::string& caveat = "");
// The shipped plans and sections.
const ReportLibrary& shipped_library();
Document fake_document(const std::string& plan, Period period, FakeFigures& figures);

}  // namespace klarsyn
