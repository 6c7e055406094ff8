#include "ingest/files.h"

#include <boost/json.hpp>

#include "ingest/raw.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string options_json(const ImportOptions& options) {
    json::object object;
    object["source"] = options.source;
    object["zone"] = options.zone;
    object["encoding"] = options.encoding;
    object["delimiter"] = options.delimiter;
    object["decimal"] = options.decimal;
    object["mapping"] = options.mapping;
    object["mapping_name"] = options.mapping_name;
    object["groups"] = options.groups;
    object["groups_name"] = options.groups_name;
    if (options.covers) object["covers"] = period_label(*options.covers);
    return json::serialize(object);
}

Result<ImportOptions> options_from_json(std::string_view text) {
    json::error_code failed;
    const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
    if (failed || !value.is_object()) return make_error(ErrorCode::internal, "ingest.options_damaged");
    const auto& object = value.get_object();
    ImportOptions options;
    options.source = text_of(object, "source");
    options.zone = text_of(object, "zone");
    options.encoding = text_of(object, "encoding");
    options.delimiter = text_of(object, "delimiter");
    options.decimal = text_of(object, "decimal");
    options.mapping = text_of(object, "mapping");
    options.mapping_name = text_of(object, "mapping_name");
    options.groups = text_of(object, "groups");
    options.groups_name = text_of(object, "groups_name");
    if (const auto covers = text_of(object, "covers"); !covers.empty()) {
        KL_TRY(options.covers, parse_period(covers));
    }
    return options;
}

std::string pack_sorted(const std::vector<std::int64_t>& values) {
    std::string bytes;
    std::int64_t previous = 0;
    for (const auto value : values) {
        auto delta = static_cast<std::uint64_t>(value - previous);
        previous = value;
        while (delta >= 0x80) {
            bytes.push_back(static_cast<char>(delta | 0x80));
            delta >>= 7;
        }
        bytes.push_back(static_cast<char>(delta));
    }
    std::string packed = std::to_string(bytes.size()) + ":";
    return packed + compress(bytes);
}

Result<std::vector<std::int64_t>> unpack_sorted(std::string_view packed) {
    const auto colon = packed.find(':');
    if (colon == std::string_view::npos) return make_error(ErrorCode::internal, "ingest.raw_damaged");
    const std::size_t size = std::stoull(std::string(packed.substr(0, colon)));
    KL_TRY(const auto bytes, decompress(packed.substr(colon + 1), size));
    std::vector<std::int64_t> values;
    std::int64_t previous = 0;
    std::uint64_t delta = 0;
    int shift = 0;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        delta |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80) continue;
        previous += static_cast<std::int64_t>(delta);
        values.push_back(previous);
        delta = 0;
        shift = 0;
    }
    return values;
}

Result<void> write_file(Connection& db, const KnownFile& file,
                        const std::vector<std::int64_t>& groups) {
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_file (seq, ordinal, name, sha256, size, min_group, max_group, "
                  "start_time, row_groups) "
                  "VALUES (:seq, :ordinal, :name, :sha, :size, :min, :max, :start, :groups)",
                  {{":seq", Value(file.batch)},
                   {":ordinal", Value(file.ordinal)},
                   {":name", Value(file.name)},
                   {":sha", Value(file.sha256)},
                   {":size", Value(file.size)},
                   {":min", groups.empty() ? Value() : Value(groups.front())},
                   {":max", groups.empty() ? Value() : Value(groups.back())},
                   {":start", Value(file.start)},
                   {":groups", Value(Blob{pack_sorted(groups)})}}));
    return {};
}

Result<void> regroup_file(Connection& db, const KnownFile& file,
                          const std::vector<std::int64_t>& groups) {
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("UPDATE core_file SET min_group = :min, max_group = :max, row_groups = :groups "
                  "WHERE seq = :seq AND ordinal = :ordinal",
                  {{":seq", Value(file.batch)},
                   {":ordinal", Value(file.ordinal)},
                   {":min", groups.empty() ? Value() : Value(groups.front())},
                   {":max", groups.empty() ? Value() : Value(groups.back())},
                   {":groups", Value(Blob{pack_sorted(groups)})}}));
    return {};
}

Result<std::vector<std::int64_t>> file_groups(Connection& db, const KnownFile& file) {
    KL_TRY(auto rows, db.query("SELECT row_groups FROM core_file WHERE seq = :s AND ordinal = :o",
                               {{":s", Value(file.batch)}, {":o", Value(file.ordinal)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return make_error(ErrorCode::internal, "ingest.raw_missing");
    return unpack_sorted(rows->blob(0));
}

Result<std::vector<KnownFile>> live_files(Connection& db, std::string_view format,
                                          std::string_view source, GroupRange range) {
    KL_TRY(auto rows,
           db.query("SELECT f.seq, f.ordinal, f.name, f.sha256, f.size, f.min_group, f.max_group, "
                    "b.options, f.start_time FROM core_file AS f JOIN core_batch AS b ON b.seq = f.seq "
                    "WHERE b.format = :format AND b.source = :source AND b.state = 'applied' "
                    "AND f.max_group >= :first AND f.min_group <= :last "
                    "ORDER BY f.seq, f.ordinal",
                    {{":format", Value(std::string(format))},
                     {":source", Value(std::string(source))},
                     {":first", Value(range.first)},
                     {":last", Value(range.last)}}));
    std::vector<KnownFile> files;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return files;
        KnownFile file;
        file.batch = rows->i64(0);
        file.ordinal = rows->i64(1);
        file.name = std::string(rows->text(2));
        file.sha256 = std::string(rows->text(3));
        file.size = rows->i64(4);
        if (!rows->is_null(5)) {
            file.min_group = rows->i64(5);
            file.max_group = rows->i64(6);
        }
        KL_TRY(file.options, options_from_json(rows->text(7)));
        file.start = rows->i64(8);
        file.number = static_cast<std::uint32_t>(files.size() + 1);
        files.push_back(std::move(file));
    }
}

Result<std::string> latest_raw(Connection& db, std::string_view format, std::string_view source,
                               std::int64_t below) {
    KL_TRY(auto rows,
           db.query("SELECT f.sha256 FROM core_file AS f JOIN core_batch AS b ON b.seq = f.seq "
                    "WHERE b.format = :format AND b.source = :source AND b.state = 'applied' "
                    "AND f.size > 0 AND f.size < :below ORDER BY f.seq DESC, f.ordinal DESC LIMIT 1",
                    {{":format", Value(std::string(format))},
                     {":source", Value(std::string(source))},
                     {":below", Value(below)}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::string(rows->text(0)) : std::string();
}

}  // namespace klarsyn
