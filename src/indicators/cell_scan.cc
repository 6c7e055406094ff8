#include "indicators/cell_scan.h"

#include <algorithm>

#include "core/hash.h"
#include "indicators/series_program.h"

namespace klarsyn {
namespace {

ScanKind kind_of(const Indicator& indicator) {
    if (indicator.of_balance) return ScanKind::stock_values;
    switch (indicator.aggregate) {
        case Aggregate::balance: return ScanKind::stock;
        case Aggregate::percentile:
        case Aggregate::distinct: return ScanKind::values;
        default: return ScanKind::sums;
    }
}

const char* kind_name(ScanKind kind) {
    switch (kind) {
        case ScanKind::sums: return "sums";
        case ScanKind::values: return "values";
        case ScanKind::stock: return "stock";
        case ScanKind::stock_values: return "stock_values";
    }
    return "";
}

struct Piece {
    Scan scan;
    ScanPart part;
};

// Measurements: what a part says stands in its program; the texts tell parts apart.
Piece series_piece(const Indicator& indicator) {
    Piece piece;
    const SeriesText& text = *indicator.series_text;
    piece.scan.table = indicator.table;
    piece.scan.from = "measurements";
    for (const auto& dim : indicator.dims) piece.scan.dims.push_back({dim, dim});
    piece.part.condition = text.predicate;
    for (const auto& need : text.needs) piece.part.condition += " needs " + need;
    piece.part.num = text.num.empty() ? "1" : text.num;
    piece.part.den = text.den;
    piece.part.may_lack = true;
    piece.part.indicators.push_back(indicator.id);
    return piece;
}

Piece piece_of(const Indicator& indicator) {
    if (indicator.series) return series_piece(indicator);
    Piece piece;
    const auto select = parse_select(indicator.sql).value();
    piece.scan.kind = kind_of(indicator);
    piece.scan.table = indicator.table;
    piece.scan.from = select.from;
    piece.scan.sample_sql = indicator.sql;
    for (const auto& dim : indicator.dims) piece.scan.dims.push_back({dim, *select.column(dim)});
    for (const auto& conjunct : split_conjuncts(select.where)) {
        if (conjunct.find(":from") != std::string::npos) {
            piece.scan.period = conjunct;
            continue;
        }
        piece.part.condition += (piece.part.condition.empty() ? "" : " AND ") + conjunct;
    }
    if (const auto* num = select.column("num")) piece.part.num = *num;
    if (const auto* den = select.column("den")) piece.part.den = *den;
    if (!indicator.has_den) piece.part.den.clear();
    piece.part.may_lack = may_be_null(piece.part.num);
    if (indicator.aggregate == Aggregate::min || indicator.aggregate == Aggregate::max) {
        piece.part.extremes = ScanPart::Extremes::kept;
    }
    piece.part.indicators.push_back(indicator.id);
    return piece;
}

// Of measurements: lists of all their values would weigh as much as the measurements themselves.
bool adds_up(const Catalogue& catalogue, const Indicator& indicator) {
    if (indicator.least > 0) return false;  // nobody can add up how many different things there are
    switch (indicator.aggregate) {
        case Aggregate::count:
        case Aggregate::sum:
        case Aggregate::mean:
        case Aggregate::ratio: break;
        default: return false;
    }
    return std::any_of(catalogue.cuts().begin(), catalogue.cuts().end(),
                       [&](const Cut& cut) { return cut.table == indicator.table; });
}

// A marked day tells which rows of one table changed. Where an indicator reads more than that, or
// its day is not the row's own, no day could be known to be clean: it is answered from the records.
bool keeps_cells(const Catalogue& catalogue, const Indicator& indicator) {
    if (indicator.aggregate == Aggregate::latest) return false;
    if (indicator.series_text) return indicator.series && adds_up(catalogue, indicator);
    if (!indicator.model.empty()) return false;
    const auto select = parse_select(indicator.sql).value();
    if (select.from != indicator.table) return false;
    if (select.where.find("SELECT") != std::string::npos) return false;
    for (const char* name : {"day", "from_day", "to_day", "cls"}) {
        const auto* column = select.column(name);
        if (column && *column != name) return false;
    }
    return true;
}

// Values and stocks are one list per scan; sums take any number of parts.
bool fits(const Scan& scan, const Piece& piece) {
    if (scan.kind != piece.scan.kind || scan.from != piece.scan.from ||
        scan.period != piece.scan.period || scan.table != piece.scan.table) {
        return false;
    }
    for (const auto& dim : piece.scan.dims) {
        for (const auto& known : scan.dims) {
            if (known.name == dim.name && known.expression != dim.expression) return false;
        }
    }
    if (scan.kind == ScanKind::sums) return true;
    return scan.parts.front().condition == piece.part.condition &&
           scan.parts.front().num == piece.part.num;
}

int add_part(Scan& scan, const Piece& piece) {
    for (const auto& dim : piece.scan.dims) {
        const bool known = std::any_of(scan.dims.begin(), scan.dims.end(),
                                       [&](const SelectColumn& d) { return d.name == dim.name; });
        if (!known) scan.dims.push_back(dim);
    }
    for (std::size_t i = 0; i < scan.parts.size(); ++i) {
        ScanPart& part = scan.parts[i];
        if (part.condition != piece.part.condition || part.num != piece.part.num ||
            part.den != piece.part.den || part.extremes != piece.part.extremes) {
            continue;
        }
        part.indicators.push_back(piece.part.indicators.front());
        return static_cast<int>(i);
    }
    scan.parts.push_back(piece.part);
    return static_cast<int>(scan.parts.size()) - 1;
}

void add_cuts(const Catalogue& catalogue, Scan& scan) {
    const bool lists = scan.kind == ScanKind::values || scan.kind == ScanKind::stock_values;
    for (const auto& cut : catalogue.cuts()) {
        // Value lists of pairs would outweigh all other cells; pairs go to the records.
        if (cut.table != scan.table || cut.dims.size() > (lists ? 1U : 2U)) continue;
        std::vector<int> positions;
        for (const auto& name : cut.dims) {
            for (std::size_t d = 0; d < scan.dims.size(); ++d) {
                if (scan.dims[d].name == name) positions.push_back(static_cast<int>(d));
            }
        }
        if (positions.size() == cut.dims.size()) scan.cuts.push_back(std::move(positions));
    }
}

std::string definition_of(const Scan& scan) {
    std::string text = std::string(kind_name(scan.kind)) + "|" + scan.from + "|" + scan.period;
    for (const auto& dim : scan.dims) text += "|" + dim.name + "=" + dim.expression;
    for (const auto& part : scan.parts) {
        text += "|" + part.condition + ";" + part.num + ";" + part.den +
                (part.extremes == ScanPart::Extremes::kept ? ";x" : "") +
                (part.may_lack ? ";lack" : "");
    }
    for (const auto& cut : scan.cuts) {
        text += "|cut";
        for (const int position : cut) text += " " + std::to_string(position);
    }
    return sha256_hex(text).substr(0, 16);
}

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, std::int64_t value) {
    put_varint(out, (static_cast<std::uint64_t>(value) << 1) ^
                        static_cast<std::uint64_t>(value >> 63));
}

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    bool done() const { return at_ == bytes_.size(); }
    std::size_t left() const { return bytes_.size() - at_; }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at_ >= bytes_.size()) break;
            const auto byte = static_cast<unsigned char>(bytes_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (!(byte & 0x80)) return value;
        }
        ok_ = false;
        return 0;
    }
    std::int64_t signed_value() {
        const std::uint64_t raw = varint();
        return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

bool keeps_values(const Scan& scan) {
    return scan.kind == ScanKind::values || scan.kind == ScanKind::stock_values;
}

void put_part(std::string& out, const Scan& scan, const ScanPart& part, const Components& value) {
    if (keeps_values(scan)) {
        if (part.may_lack) put_varint(out, static_cast<std::uint64_t>(value.gap));
        put_varint(out, value.values.size());
        std::int64_t previous = 0;
        for (const auto& [number, count] : value.values) {
            put_signed(out, number - previous);
            put_varint(out, static_cast<std::uint64_t>(count));
            previous = number;
        }
        return;
    }
    put_varint(out, static_cast<std::uint64_t>(value.n));
    if (scan.kind == ScanKind::stock) {
        put_varint(out, static_cast<std::uint64_t>(value.num));
        return;
    }
    if (part.may_lack) put_varint(out, static_cast<std::uint64_t>(value.gap));
    if (value.n == 0) return;
    put_signed(out, value.num);
    if (!part.den.empty()) put_signed(out, value.den);
    if (part.extremes == ScanPart::Extremes::kept) {
        put_signed(out, value.min);
        put_signed(out, value.max);
    }
}

Components take_part(Reader& in, const Scan& scan, const ScanPart& part) {
    Components value;
    if (keeps_values(scan)) {
        if (part.may_lack) value.gap = static_cast<std::int64_t>(in.varint());
        const std::uint64_t size = in.varint();
        value.values.reserve(std::min<std::uint64_t>(size, in.left()));  // a damaged size is no memory
        std::int64_t number = 0;
        for (std::uint64_t i = 0; i < size && in.ok(); ++i) {
            number += in.signed_value();
            const auto count = static_cast<std::int64_t>(in.varint());
            value.values.add(number, count);
            value.n += count;
        }
        return value;
    }
    value.n = static_cast<std::int64_t>(in.varint());
    if (scan.kind == ScanKind::stock) {
        value.num = static_cast<std::int64_t>(in.varint());
        return value;
    }
    if (part.may_lack) value.gap = static_cast<std::int64_t>(in.varint());
    if (value.n == 0) return value;
    value.num = in.signed_value();
    if (!part.den.empty()) value.den = in.signed_value();
    if (part.extremes == ScanPart::Extremes::kept) {
        value.min = in.signed_value();
        value.max = in.signed_value();
    }
    return value;
}

}  // namespace

ScanSet make_scans(const Catalogue& catalogue) {
    ScanSet set;
    for (const auto& indicator : catalogue.indicators()) {
        if (!keeps_cells(catalogue, indicator)) continue;
        const Piece piece = piece_of(indicator);
        int chosen = -1;
        for (std::size_t s = 0; s < set.scans.size() && chosen < 0; ++s) {
            if (fits(set.scans[s], piece)) chosen = static_cast<int>(s);
        }
        if (chosen < 0) {
            chosen = static_cast<int>(set.scans.size());
            set.scans.push_back(piece.scan);
            set.scans.back().dims.clear();
        }
        Scan& scan = set.scans[static_cast<std::size_t>(chosen)];
        set.places[indicator.id] = {chosen, add_part(scan, piece)};
        if (indicator.series && scan.programs.size() < scan.parts.size())
            scan.programs.push_back(indicator.series);
    }
    int number = 0;
    for (auto& scan : set.scans) {
        add_cuts(catalogue, scan);
        scan.name = scan.table + " " + kind_name(scan.kind) + " " + std::to_string(++number);
        scan.definition = definition_of(scan);
    }
    return set;
}

std::optional<int> find_cut(const Scan& scan, const std::vector<std::string>& dims) {
    for (std::size_t c = 0; c < scan.cuts.size(); ++c) {
        if (scan.cuts[c].size() != dims.size()) continue;
        const bool all = std::all_of(scan.cuts[c].begin(), scan.cuts[c].end(), [&](int position) {
            const auto& name = scan.dims[static_cast<std::size_t>(position)].name;
            return std::find(dims.begin(), dims.end(), name) != dims.end();
        });
        if (all) return static_cast<int>(c);
    }
    return std::nullopt;
}

std::int64_t make_combo(std::int64_t first, std::int64_t second) {
    return (first << 32) | (second & 0xffffffff);
}

std::int64_t combo_value(std::int64_t combo, std::size_t dims_in_cut, std::size_t position) {
    if (dims_in_cut == 1) return combo;
    return position == 0 ? combo >> 32 : combo & 0xffffffff;
}

std::string encode_cell(const Scan& scan, const Cell& cell) {
    std::string bytes;
    for (std::size_t p = 0; p < scan.parts.size(); ++p) put_part(bytes, scan, scan.parts[p], cell[p]);
    return bytes;
}

Result<Cell> decode_cell(const Scan& scan, std::string_view bytes) {
    Reader in(bytes);
    Cell cell;
    cell.reserve(scan.parts.size());
    for (const auto& part : scan.parts) cell.push_back(take_part(in, scan, part));
    if (!in.ok() || !in.done()) return make_error(ErrorCode::internal, "indicators.cell_damaged");
    return cell;
}

Result<Components> decode_part(const Scan& scan, std::string_view bytes, int part) {
    Reader in(bytes);
    for (int p = 0; p < part; ++p) {
        [[maybe_unused]] const auto passed = take_part(in, scan, scan.parts[static_cast<std::size_t>(p)]);
    }
    auto value = take_part(in, scan, scan.parts[static_cast<std::size_t>(part)]);
    if (!in.ok()) return make_error(ErrorCode::internal, "indicators.cell_damaged");
    return value;
}

bool empty_cell(const Cell& cell) {
    return std::all_of(cell.begin(), cell.end(), [](const Components& part) {
        return part.n == 0 && part.num == 0 && part.gap == 0 && part.values.empty();
    });
}

std::int64_t month_of(Day day) {
    const Date date = date_of(day);
    return std::int64_t{date.year} * 12 + date.month - 1;
}

Day month_first(std::int64_t month) {
    return day_of({static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, 1});
}

Day month_last(std::int64_t month) { return month_first(month + 1) - 1; }

}  // namespace klarsyn
