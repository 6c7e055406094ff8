#include "protocols/probe/flow_file.h"

#include <sys/stat.h>

#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/hash.h"
#include "core/utf8.h"
#include "protocols/csv.h"
#include "protocols/hl7_log_line.h"

namespace klarsyn {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::int64_t kHeadBytes = 256;
constexpr std::size_t kBytesAtOnce = std::size_t{4} << 20;
constexpr std::size_t kLinesAtOnce = 5000;

// Up to `size` bytes; none where the file cannot be read.
std::optional<std::string> read_part(const std::string& path, std::int64_t from, std::size_t size) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               &std::fclose);
    if (!file || fseeko(file.get(), from, SEEK_SET) != 0) return std::nullopt;
    std::string bytes(size, '\0');
    bytes.resize(std::fread(bytes.data(), 1, size, file.get()));
    if (std::ferror(file.get()) != 0) return std::nullopt;
    return bytes;
}

struct Found {
    std::string path;
    std::int64_t size = 0;
    std::int64_t written_ns = 0;
};

std::optional<Found> look_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return Found{path, status.st_size,
                 status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

bool is_same(const Found& file, std::int64_t head_size, const std::string& head_sha256,
             std::int64_t bytes) {
    if (file.size < bytes) return false;
    const auto head = read_part(file.path, 0, static_cast<std::size_t>(head_size));
    return head && sha256_hex(*head) == head_sha256;
}

// What rotation made of the log, oldest first.
std::vector<Found> rotated(const std::string& path) {
    std::vector<Found> list;
    std::error_code failed;
    const fs::path file(path);
    const std::string name = file.filename().string();
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    for (const auto& item : fs::directory_iterator(folder, failed)) {
        const std::string other = item.path().filename().string();
        const bool packed = other.ends_with(".gz") || other.ends_with(".xz") ||
                            other.ends_with(".bz2") || other.ends_with(".zst");
        if (packed || (!other.starts_with(name + ".") && !other.starts_with(name + "-"))) continue;
        if (auto found = look_at(item.path().string())) list.push_back(std::move(*found));
    }
    std::sort(list.begin(), list.end(), [](const Found& a, const Found& b) {
        return std::pair(a.written_ns, b.path) < std::pair(b.written_ns, a.path);
    });
    return list;
}

std::string as_utf8(std::string line) {
    if (well_formed_utf8(line)) return line;
    const auto decoded = decode_text(line, "windows-1252");
    return decoded.ok() ? std::string(decoded->text) : std::string("-");
}

}  // namespace

std::string flow_event_json(const std::string& line, const std::string& zone) {
    json::object event{{"line", line}};
    if (!zone.empty()) event["zone"] = zone;
    return json::serialize(event);
}

Result<std::optional<FlowFile::Position>> FlowFile::recall(LocalStore& store) const {
    KL_TRY(const std::string note, store.recall("flow file " + rule_.file));
    boost::system::error_code failed;
    const json::value parsed = json::parse(note, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return std::optional<Position>();
    Position position;
    const auto number = [&](const char* name) {
        const auto* value = object->if_contains(name);
        return value != nullptr && value->is_int64() ? value->get_int64() : std::int64_t{0};
    };
    position.head_size = number("head");
    position.bytes = number("bytes");
    position.skipping = number("skipping") != 0;
    if (const auto* sha = object->if_contains("sha256"); sha != nullptr && sha->is_string())
        position.head_sha256 = sha->get_string();
    return std::optional<Position>(std::move(position));
}

Result<bool> FlowFile::read(LocalStore& store, const std::string& file, Position position,
                            UtcSecond now) {
    auto bytes = read_part(file, position.bytes, kBytesAtOnce);
    if (!bytes || bytes->empty()) return false;
    std::vector<LocalStore::Item> items;
    std::size_t at = 0;
    while (items.size() < kLinesAtOnce) {
        const auto end = bytes->find('\n', at);
        if (end == std::string::npos) {
            // Half a line waits for its rest, unless it is none.
            if (at == 0 && bytes->size() == kBytesAtOnce) {
                position.skipping = true;
                at = bytes->size();
            }
            break;
        }
        const std::string_view line = std::string_view(*bytes).substr(at, end - at);
        at = end + 1;
        const bool rest = std::exchange(position.skipping, false);
        if (rest || line.empty() || line == "\r") continue;
        items.push_back({now, flow_event_json(as_utf8(log_without_patients(line)), rule_.zone)});
    }
    if (at == 0) return false;
    if (position.head_size == 0) {  // a file that was not begun before
        position.head_size = std::min(kHeadBytes, position.bytes + static_cast<std::int64_t>(at));
        position.head_sha256 =
            sha256_hex(bytes->substr(0, static_cast<std::size_t>(position.head_size)));
    }
    position.bytes += static_cast<std::int64_t>(at);
    const json::object note{{"head", position.head_size},
                            {"sha256", position.head_sha256},
                            {"bytes", position.bytes},
                            {"skipping", position.skipping ? 1 : 0}};
    KL_CHECK(store.keep_all(LocalStore::Kind::result, items, "flow file " + rule_.file,
                            json::serialize(note)));
    return true;
}

// The log is another file than the one that was read last: first the rest of that one, then those
// that came after it, the log itself last.
Result<bool> FlowFile::read_rotated(LocalStore& store, const Position& position, UtcSecond now) {
    const auto files = rotated(rule_.file);
    const auto last = std::find_if(files.begin(), files.end(), [&](const Found& file) {
        return is_same(file, position.head_size, position.head_sha256, position.bytes);
    });
    if (last != files.end()) {
        KL_TRY(const bool more, read(store, last->path, position, now));
        if (more) return true;
        for (auto next = std::next(last); next != files.end(); ++next) {
            if (is_same(*next, position.head_size, position.head_sha256, 0)) continue;  // a copy
            KL_TRY(const bool begun, read(store, next->path, {}, now));
            if (begun) return true;
        }
    }
    if (!look_at(rule_.file)) return false;
    return read(store, rule_.file, {}, now);
}

Result<bool> FlowFile::step(LocalStore& store, UtcSecond now) {
    KL_TRY(const auto position, recall(store));
    const auto file = look_at(rule_.file);
    missing_ = !file;
    if (!position) return file ? read(store, rule_.file, {}, now) : Result<bool>(false);
    if (file && is_same(*file, position->head_size, position->head_sha256, position->bytes))
        return read(store, rule_.file, *position, now);
    return read_rotated(store, *position, now);
}

}  // namespace klarsyn
