#include "modules/telephony/tail.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <tuple>

#include "core/hash.h"
#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHeadBytes = 256;
constexpr std::size_t kLineBytesMax = std::size_t{1} << 20;  // without LF it is no log

// Where reading stopped.
struct Position {
    std::int64_t head_size = 0;
    std::string head_sha256;
    UtcSecond first_time = 0;
    std::int64_t bytes = 0;
};

// A file that may hold a generation of the log.
struct Generation {
    std::string path;
    std::int64_t size = 0;
    UtcSecond written = 0;
    UtcSecond first_time = 0;  // of its first complete line; 0 where that has none
};

Result<std::optional<Position>> load_position(Connection& db, const TailRequest& request) {
    KL_TRY(auto rows,
           db.query("SELECT head_size, head_sha256, first_time, position "
                    "FROM telephony_tail WHERE source = :source AND path = :path",
                    {{":source", Value(request.source)}, {":path", Value(request.path)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Position>();
    return std::optional<Position>(
        Position{rows->i64(0), std::string(rows->text(1)), rows->i64(2), rows->i64(3)});
}

Result<void> keep_position(Connection& db, std::int64_t seq, const TailRequest& request,
                           const Position& position) {
    KL_TRY(
        [[maybe_unused]] const auto kept,
        db.run("INSERT INTO telephony_tail (source, path, seq, head_size, head_sha256, first_time, "
               "position) VALUES (:source, :path, :seq, :size, :sha, :first, :position) "
               "ON CONFLICT (source, path) DO UPDATE SET seq = :seq, head_size = :size, "
               "head_sha256 = :sha, first_time = :first, position = :position",
               {{":source", Value(request.source)},
                {":path", Value(request.path)},
                {":seq", Value(seq)},
                {":size", Value(position.head_size)},
                {":sha", Value(position.head_sha256)},
                {":first", Value(position.first_time)},
                {":position", Value(position.bytes)}}));
    return {};
}

// Up to `size` bytes from `from`; fewer at the end of the file. not_found where it cannot be read.
Result<std::string> read_part(const std::string& path, std::int64_t from, std::size_t size) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    Error error = make_error(ErrorCode::not_found, "telephony.tail.unreadable");
    error.file = path;
    if (!file || fseeko(file.get(), from, SEEK_SET) != 0) return error;
    std::string bytes(size, '\0');
    bytes.resize(std::fread(bytes.data(), 1, size, file.get()));
    if (std::ferror(file.get()) != 0) return error;
    return bytes;
}

UtcSecond time_of(std::string_view line) {
    UtcSecond time = 0;
    std::from_chars(line.data(), line.data() + std::min(line.find('|'), line.size()), time);
    return time;
}

std::optional<Generation> look_at(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return Generation{path, status.st_size, status.st_mtim.tv_sec, 0};
}

bool is_generation(const Generation& file, const Position& position) {
    if (file.size < position.bytes) return false;
    const auto head = read_part(file.path, 0, static_cast<std::size_t>(position.head_size));
    return head.ok() && sha256_hex(*head) == position.head_sha256;
}

// FILE and what rotation has made of earlier generations, FILE.1 or FILE-20130415, that hold a
// complete first line; by the time of that line.
std::vector<Generation> generations(const std::string& path) {
    std::vector<Generation> found;
    std::error_code failed;
    const fs::path file(path);
    const std::string name = file.filename().string();
    for (const auto& item : fs::directory_iterator(file.parent_path(), failed)) {
        const std::string other = item.path().filename().string();
        const bool rotated = other.starts_with(name + ".") || other.starts_with(name + "-");
        if (other != name && !rotated) continue;
        auto generation = look_at(item.path().string());
        if (!generation) continue;
        const auto head = read_part(generation->path, 0, 64);
        if (!head.ok() || head->find('|') == std::string::npos) continue;
        generation->first_time = time_of(*head);
        if (generation->first_time > 0) found.push_back(*generation);
    }
    std::sort(found.begin(), found.end(), [&](const Generation& a, const Generation& b) {
        return std::tuple(a.first_time, a.path == path, a.path) <
               std::tuple(b.first_time, b.path == path, b.path);
    });
    return found;
}

// What one step reads: a file, from where, and whether that is a generation not begun before.
struct Reading {
    Generation file;
    std::int64_t from = 0;
    std::optional<Position> position;  // of the generation; none for a new one
    std::string bytes;                 // complete lines
};

// Cuts `bytes` to what may be imported now: complete lines, and where the log is being written to
// those of earlier seconds than its last.
void cut(std::string& bytes, bool hold_last_second) {
    bytes.resize(bytes.rfind('\n') + 1);  // npos + 1: nothing
    if (!hold_last_second || bytes.empty()) return;
    const auto begin_of_last = [&](std::size_t size) {
        const auto before = std::string_view(bytes).substr(0, size - 1).rfind('\n');
        return before == std::string::npos ? 0 : before + 1;
    };
    std::size_t keep = begin_of_last(bytes.size());
    const UtcSecond last = time_of(std::string_view(bytes).substr(keep));
    while (keep > 0) {
        const std::size_t line = begin_of_last(keep);
        if (time_of(std::string_view(bytes).substr(line)) != last) break;
        keep = line;
    }
    bytes.resize(keep);
}

class Step {
public:
    Step(Store& store, const Clock& clock, const TailRequest& request)
        : store_(store), clock_(clock), request_(request) {}

    Result<TailStep> run() {
        KL_TRY(const auto position, load_position(store_.writer(), request_));
        const auto file = look_at(request_.path);
        if (!position) {
            if (!file) {
                Error error = make_error(ErrorCode::not_found, "telephony.tail.unreadable");
                error.file = request_.path;
                return error;
            }
            return read(*file, std::nullopt);
        }
        if (file && is_generation(*file, *position)) return read(*file, position);
        return read_rotated(*position);
    }

private:
    // FILE is another generation than the one that was read last: first the rest of that one.
    Result<TailStep> read_rotated(const Position& position) {
        const auto all = generations(request_.path);
        const Generation* old = nullptr;
        for (const auto& generation : all) {
            if (is_generation(generation, position) && (!old || generation.size > old->size)) {
                old = &generation;
            }
        }
        if (old != nullptr) {
            KL_TRY(auto step, read(*old, position));
            if (step.more) return step;
        }
        for (const auto& generation : all) {
            if (old != nullptr ? &generation <= old : generation.first_time < position.first_time) {
                continue;
            }
            if (old != nullptr && is_generation(generation, position)) continue;  // a copy of it
            KL_TRY(auto step, read(generation, std::nullopt));
            if (old == nullptr && step.more) {
                step.notices.push_back(
                    {"telephony.tail.generation_lost", {{"file", request_.path}}});
            }
            return step;
        }
        return TailStep{};
    }

    Result<TailStep> read(const Generation& file, const std::optional<Position>& position) {
        const std::int64_t from = position ? position->bytes : 0;
        KL_TRY(auto bytes, read_part(file.path, from, request_.bytes_max));
        const bool whole = bytes.size() < request_.bytes_max;
        if (bytes.size() > kLineBytesMax && bytes.find('\n') == std::string::npos) {
            Error error = make_error(ErrorCode::invalid_input, "telephony.tail.no_lines");
            error.file = file.path;
            return error;
        }
        const bool current = file.path == request_.path;
        cut(bytes, current && whole && clock_.now() - file.written < request_.quiet_seconds);
        if (bytes.empty()) return TailStep{};
        return import(file, from, position, bytes);
    }

    Result<TailStep> import(const Generation& file, std::int64_t from,
                            const std::optional<Position>& position, const std::string& bytes) {
        static const Format kFormat = queue_log_format();
        Position next = position.value_or(Position{});
        next.bytes = from + static_cast<std::int64_t>(bytes.size());
        if (!position) {
            next.first_time = time_of(bytes);
            next.head_size = std::min<std::int64_t>(kHeadBytes, next.bytes);
            next.head_sha256 =
                sha256_hex(bytes.substr(0, static_cast<std::size_t>(next.head_size)));
        }
        ImportRequest request;
        request.format = &kFormat;
        request.options.source = request_.source;
        request.options.zone = request_.zone;
        request.options.max_rejects_percent = 100;
        // A damaged first line must not pass for the mark of another encoding: an LF stands before
        // it.
        const bool marked = bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff");
        request.files = {{file.path + "@" + std::to_string(from), (marked ? "\n" : "") + bytes}};
        request.actor = request_.actor;
        request.also = [&](Connection& db, std::int64_t seq) {
            return keep_position(db, seq, request_, next);
        };
        TailStep step;
        KL_TRY(step.report, import_batch(store_, clock_, request));
        step.more = true;
        return step;
    }

    Store& store_;
    const Clock& clock_;
    const TailRequest& request_;
};

}  // namespace

Result<TailStep> tail_step(Store& store, const Clock& clock, const TailRequest& request) {
    return Step(store, clock, request).run();
}

}  // namespace klarsyn::telephony
