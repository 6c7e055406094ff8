// Shares as the pages of response times print them: with colour, number of measurements, interval,
// and the word where the colour is not certain. HTML; one request.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indicators/figures.h"
#include "web/context.h"

namespace klarsyn::probes {

struct Share {
    std::int64_t num = 0, den = 0;
    std::int64_t unjudged = 0;  // measurements without a limit in force
    std::string status;         // "green", "yellow", "red"; empty without measurements
    std::optional<ShareInterval> interval;
};

// A figure of this module for the page's period, split by dimensions; keys in the order of `by`.
using Answer = std::map<std::vector<std::string>, FigureRow>;
Result<Answer> ask(Context& context, std::string_view figure, Period period,
                   std::vector<std::string> by, std::vector<DimFilter> where = {});
Share share_of(const FigureRow& row);

// Worst first, compared by whole numbers; without measurements last.
bool worse(const Share& a, const Share& b);

class ShareHtml {
public:
    ShareHtml(const Context& context, Period period) : context_(context), period_(period) {}

    std::string say(std::string_view key, const TextArgs& args = {}) const;  // escaped
    std::string count(std::int64_t value) const;
    // A link to a figure of the module, or to its records.
    std::string figure(std::string_view id, const std::string& shown,
                       std::vector<DimFilter> where) const;
    std::string records(std::string_view id, const std::string& shown,
                        std::vector<DimFilter> where) const;
    // "94,2 % ▲ gul, 1.440 målinger, 92,9–95,3 %; farven er ikke sikker"; a dash without any.
    std::string share(std::string_view id, const Share& share,
                      const std::vector<DimFilter>& where) const;
    // A whole number of milliseconds that opens its figure; a dash without one.
    std::string ms(std::string_view id, const FigureRow* row, std::vector<DimFilter> where) const;
    std::string number(std::string_view id, const FigureRow* row,
                       std::vector<DimFilter> where) const;
    std::string interval(const Share& share) const;  // "92,9–95,3 %"; empty without measurements
    std::string cell(const std::string& html) const;
    std::string table(std::string_view id, const std::string& caption, const std::string& head,
                      const std::string& rows) const;
    std::string head(const std::vector<std::string>& escaped) const;
    // The month before and after, and a field for any period.
    std::string period_form(std::string_view path, const std::vector<DimFilter>& kept) const;

private:
    std::string dash() const;
    const Context& context_;
    Period period_;
};

}  // namespace klarsyn::probes
