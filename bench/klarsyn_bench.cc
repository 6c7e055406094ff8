// The measured side of `make bench`: reads one JSON command per line, answers one JSON line. It only
// runs and times what it is told; bench.py knows the questions, the rival engines and the targets.
// A failed command ends the program: a measurement with an error in it is none.
#include <sys/resource.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include "indicators/cells.h"
#include "indicators/figures.h"
#include "ingest/import.h"
#include "ingest/manifest.h"
#include "modules/module.h"
#include "reports/build.h"
#include "reports/plan.h"
#include "reports/render.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Stopwatch {
public:
    double wall_s() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    double cpu_s() const { return cpu_seconds() - cpu_; }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double cpu_ = cpu_seconds();
};

std::string text_of(const json::object& command, const char* name) {
    const auto* value = command.if_contains(name);
    return value ? std::string(value->as_string()) : std::string();
}

std::int64_t number_of(const json::object& command, const char* name, std::int64_t otherwise) {
    const auto* value = command.if_contains(name);
    return value ? value->as_int64() : otherwise;
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<FigureQuestion> question_of(const json::object& command) {
    FigureQuestion question;
    question.id = text_of(command, "figure");
    KL_TRY(question.period, parse_period(text_of(command, "period")));
    if (const auto* by = command.if_contains("by")) {
        for (const auto& word : by->as_array()) question.by.emplace_back(word.as_string());
    }
    if (const auto* where = command.if_contains("where")) {
        for (const auto& [dim, value] : where->as_object()) {
            question.where.push_back({std::string(dim), std::string(value.as_string())});
        }
    }
    return question;
}

// What both sides must agree on: a row's key, its integers, and how many records it counts.
json::array rows_json(const FigureAnswer& answer) {
    json::array rows;
    for (const auto& row : answer.rows) {
        json::array out;
        for (const auto& [name, value] : row.key) out.emplace_back(dim_text(value));
        out.emplace_back(row.num ? json::value(*row.num) : json::value(nullptr));
        out.emplace_back(row.den ? json::value(*row.den) : json::value(nullptr));
        out.emplace_back(row.records);
        rows.push_back(std::move(out));
    }
    return rows;
}

// Runs `work` as often as asked; the answer of the last run stays in what it captured.
template <typename Work>
Result<json::object> timed(const json::object& command, Work work) {
    json::array wall;
    const Stopwatch all;
    for (std::int64_t run = number_of(command, "runs", 1); run > 0; --run) {
        const Stopwatch one;
        KL_CHECK(work());
        wall.emplace_back(one.wall_s());
    }
    json::object out;
    out["wall_s"] = std::move(wall);
    out["cpu_s"] = all.cpu_s();
    return out;
}

class Bench {
public:
    Result<json::object> run(const json::object& command) {
        const std::string what = text_of(command, "do");
        if (what == "import") return import(command);
        if (what == "refresh") return refresh(command);
        if (what == "rebuild") return rebuild(command);
        if (what == "day") return next_day(command);
        if (what == "open") return open(command);
        if (what == "ask") return ask(command);
        if (what == "records") return records(command);
        if (what == "sql") return sql(command);
        if (what == "report") return report(command);
        if (what == "indicators") return indicators();
        return make_error(ErrorCode::invalid_input, "bench.command", {{"do", what}});
    }

private:
    // Every line of the manifest with the wanted format, one durable batch each, cells not included.
    Result<json::object> import(const json::object& command) {
        const std::string manifest = text_of(command, "manifest");
        const std::string data = text_of(command, "data");
        if (!std::filesystem::exists(data)) {
            KL_TRY([[maybe_unused]] const auto created, Store::create(data, migrations()));
        }
        KL_TRY(auto store, Store::open(data, Access::write, migrations()));
        KL_TRY(const auto lines, parse_manifest(manifest, file_text(manifest)));
        std::int64_t rows = 0;
        const SystemClock clock;
        double wall = 0, cpu = 0;
        for (const auto& line : lines) {
            if (line.format != text_of(command, "format")) continue;
            KL_TRY(const auto request, request_of(line, std::filesystem::path(manifest).parent_path()));
            const Stopwatch one;
            KL_TRY(const auto report, import_batch(*store, clock, request));
            KL_CHECK(store->checkpoint());
            wall += one.wall_s();
            cpu += one.cpu_s();
            KL_ASSERT(report.state == "applied");
            rows += report.rows_read;
        }
        json::object out;
        out["rows"] = rows;
        out["wall_s"] = wall;
        out["cpu_s"] = cpu;
        return out;
    }

    static Result<ImportRequest> request_of(const ManifestLine& line,
                                            const std::filesystem::path& base) {
        ImportRequest request;
        request.format = find_format(line.format);
        KL_ASSERT(request.format != nullptr);
        request.actor = "bench";
        ImportOptions& options = request.options;
        options.source = line.source;
        for (std::size_t i = 0; i + 1 < line.options.size(); i += 2) {
            const std::string& name = line.options[i];
            const std::string& value = line.options[i + 1];
            if (name == "--covers") {
                KL_TRY(options.covers, parse_period(value));
            } else if (name == "--groups") {
                options.groups = file_text(base / value);
                options.groups_name = value;
            } else if (name == "--encoding") {
                options.encoding = value;
            } else if (name == "--delimiter") {
                options.delimiter = value;
            } else {
                return make_error(ErrorCode::invalid_input, "bench.option", {{"option", name}});
            }
        }
        request.files.push_back({line.file, file_text(base / line.file)});
        return request;
    }

    Result<json::object> refresh(const json::object& command) {
        KL_TRY(auto store, Store::open(text_of(command, "data"), Access::write, migrations()));
        return timed(command, [&] { return refresh_cells(store->writer(), catalogue()); });
    }

    Result<json::object> rebuild(const json::object& command) {
        KL_TRY(auto store, Store::open(text_of(command, "data"), Access::write, migrations()));
        KL_CHECK(store->writer().script(
            "DELETE FROM core_cell_day; DELETE FROM core_cell_month; DELETE FROM core_scan;"));
        KL_CHECK(store->checkpoint());
        return timed(command, [&] { return refresh_cells(store->writer(), catalogue()); });
    }

    // The newest day of every table as a day's import leaves it: changed, its cells out of date.
    Result<json::object> next_day(const json::object& command) {
        KL_TRY(auto store, Store::open(text_of(command, "data"), Access::write, migrations()));
        auto& db = store->writer();
        KL_TRY(const auto newest, query_i64(db, "SELECT MAX(day) FROM telephony_visit"));
        return timed_apart(
            command,
            [&]() -> Result<void> {
                KL_CHECK(db.begin_write());
                for (const char* table :
                     {"telephony_visit", "servicedesk_event", "servicedesk_stay"}) {
                    KL_CHECK(mark_dirty(db, table, {static_cast<Day>(newest)}));
                }
                return db.commit();
            },
            [&] { return refresh_cells(db, catalogue()); });
    }

    template <typename Prepare, typename Work>
    static Result<json::object> timed_apart(const json::object& command, Prepare prepare, Work work) {
        json::array wall;
        double cpu = 0;
        for (std::int64_t run = number_of(command, "runs", 1); run > 0; --run) {
            KL_CHECK(prepare());
            const Stopwatch one;
            KL_CHECK(work());
            wall.emplace_back(one.wall_s());
            cpu += one.cpu_s();
        }
        json::object out;
        out["wall_s"] = std::move(wall);
        out["cpu_s"] = cpu;
        return out;
    }

    Result<json::object> open(const json::object& command) {
        KL_TRY(auto store, Store::open(text_of(command, "data"), Access::read, migrations()));
        const std::string name = text_of(command, "as");
        KL_TRY(connections_[name], store->reader());
        stores_.push_back(std::move(store));
        if (name == "klarsyn") figures_ = std::make_unique<Figures>(*connections_[name], catalogue());
        return json::object{};
    }

    Result<Connection*> connection(const std::string& name) {
        const auto found = connections_.find(name);
        if (found == connections_.end()) {
            return make_error(ErrorCode::invalid_input, "bench.not_open", {{"as", name}});
        }
        return found->second.get();
    }

    // As a worker thread of the server does it: its own connection and Figures, a snapshot for each
    // request.
    Result<json::object> ask(const json::object& command) {
        KL_TRY(const auto question, question_of(command));
        KL_TRY(auto* db, connection("klarsyn"));
        FigureAnswer answer;
        KL_TRY(auto out, timed(command, [&]() -> Result<void> {
            KL_CHECK(db->begin_read());
            KL_TRY(answer, figures_->evaluate(question));
            return db->commit();
        }));
        out["rows"] = rows_json(answer);
        return out;
    }

    Result<json::object> records(const json::object& command) {
        KL_TRY(const auto question, question_of(command));
        KL_TRY(auto* db, connection("klarsyn"));
        RecordPage page;
        KL_TRY(auto out, timed(command, [&]() -> Result<void> {
            KL_CHECK(db->begin_read());
            KL_TRY(page, figures_->records(question, number_of(command, "offset", 0),
                                           number_of(command, "limit", 50)));
            return db->commit();
        }));
        json::array rows;
        for (const auto& item : page.items) {
            rows.push_back(json::array{item.ref.substr(item.ref.find(':') + 1)});
        }
        out["rows"] = std::move(rows);
        out["total"] = page.total;
        return out;
    }

    // `kinds`: one letter per column, i for integers (null stays null), t for texts.
    Result<json::object> sql(const json::object& command) {
        KL_TRY(auto* db, connection(text_of(command, "on")));
        const std::string kinds = text_of(command, "kinds");
        const std::string query = text_of(command, "sql");
        json::array answer;
        KL_TRY(auto out, timed(command, [&]() -> Result<void> {
            answer.clear();
            KL_TRY(auto rows, db->query(query));
            while (true) {
                KL_TRY(const bool more, rows->next());
                if (!more) return {};
                json::array row;
                for (std::size_t c = 0; c < kinds.size(); ++c) {
                    const int column = static_cast<int>(c);
                    if (rows->is_null(column)) row.emplace_back(nullptr);
                    else if (kinds[c] == 'i') row.emplace_back(rows->i64(column));
                    else row.emplace_back(json::string(rows->text(column)));
                }
                answer.push_back(std::move(row));
            }
        }));
        out["rows"] = std::move(answer);
        return out;
    }

    Result<json::object> report(const json::object& command) {
        KL_TRY(auto* db, connection("klarsyn"));
        KL_TRY(const auto* library, report_library());
        KL_TRY(const auto* plan, library->plan(text_of(command, "plan")));
        KL_TRY(const auto period, parse_period(text_of(command, "period")));
        std::size_t bytes = 0;
        KL_TRY(auto out, timed(command, [&]() -> Result<void> {
            KL_CHECK(db->begin_read());
            KL_TRY(const auto document, build_document(*library, *plan, period, catalogue(),
                                                       figure_source(*figures_)));
            bytes = render_html(document, Language::da, library->style()).size();
            return db->commit();
        }));
        out["bytes"] = bytes;
        return out;
    }

    // Which questions "any figure" means: every indicator with its aggregate and dimensions.
    static Result<json::object> indicators() {
        json::array list;
        for (const auto& indicator : catalogue().indicators()) {
            json::array dims(indicator.dims.begin(), indicator.dims.end());
            const bool lists = indicator.aggregate == Aggregate::percentile ||
                               indicator.aggregate == Aggregate::distinct;
            list.push_back({{"id", indicator.id}, {"dims", dims}, {"lists", lists}});
        }
        json::object out;
        out["indicators"] = std::move(list);
        return out;
    }

    std::vector<std::unique_ptr<Store>> stores_;
    std::map<std::string, std::unique_ptr<Connection>> connections_;
    std::unique_ptr<Figures> figures_;  // on the connection "klarsyn"
};

}  // namespace
}  // namespace klarsyn

int main() {
    klarsyn::Bench bench;
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto command = boost::json::parse(line).as_object();
        const auto answer = bench.run(command);
        if (!answer.ok()) {
            std::cerr << line << "\n"
                      << klarsyn::describe(answer.error(), klarsyn::Language::en) << "\n";
            return 1;
        }
        std::cout << boost::json::serialize(answer.value()) << std::endl;
    }
    return 0;
}
