#include "store/files.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

namespace klarsyn {
namespace {

Error file_error(const std::string& path, int number) {
    const bool read_only = number == EACCES || number == EROFS || number == EPERM;
    return make_error(read_only ? ErrorCode::refused : ErrorCode::unavailable,
                      read_only ? "store.read_only" : "store.file_failed",
                      {{"data", path}, {"detail", std::strerror(number)}});
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor) == 0;
}

bool sync_directory_of(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced;
}

}  // namespace

Result<WriterLock> WriterLock::take(const std::string& path, int wait_seconds) {
    WriterLock lock;
    lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock.descriptor_ < 0) return file_error(path, errno);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(wait_seconds);
    while (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return file_error(path, errno);
        if (std::chrono::steady_clock::now() >= deadline) {
            return make_error(ErrorCode::unavailable, "store.writer_busy", {{"data", path}});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return lock;
}

WriterLock::WriterLock(WriterLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock& WriterLock::operator=(WriterLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

WriterLock::~WriterLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string random_key() {
    KL_ASSERT(sodium_init() >= 0);
    std::array<unsigned char, 32> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::string hex(bytes.size() * 2 + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
    hex.pop_back();
    return hex;
}

Result<std::string> make_key_file(const std::string& path) {
    const std::string existing = read_key_file(path);
    if (!existing.empty()) return existing;
    const std::string key = random_key();
    // Written beside and renamed: a killed creation leaves no half key.
    const std::string fresh = path + ".new";
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return file_error(path, errno);
    const bool written = write_all(descriptor, key + "\n");
    const int number = errno;
    ::close(descriptor);
    if (!written) return file_error(path, number);
    if (::rename(fresh.c_str(), path.c_str()) != 0 || !sync_directory_of(path)) {
        return file_error(path, errno);
    }
    return key;
}

std::string read_key_file(const std::string& path) {
    std::ifstream file(path);
    std::string key;
    file >> key;
    return key;
}

}  // namespace klarsyn
