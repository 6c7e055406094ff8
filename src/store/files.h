// The small files beside the database: the writer's lock and the journal's key. Internal to store/.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn {

// Holds writer.lock as long as it lives; the kernel lets go when the process dies.
class WriterLock {
public:
    // unavailable when another process (or another store of this one) holds it after the wait.
    static Result<WriterLock> take(const std::string& path, int wait_seconds);
    WriterLock() = default;
    WriterLock(WriterLock&& other) noexcept;
    WriterLock& operator=(WriterLock&& other) noexcept;
    ~WriterLock();

private:
    int descriptor_ = -1;
};

// 32 random bytes in hex.
std::string random_key();
// Makes `path` (mode 0600, on disk when this returns) unless it is there, and returns its content.
Result<std::string> make_key_file(const std::string& path);
// Empty where there is no such file or it may not be read.
std::string read_key_file(const std::string& path);

}  // namespace klarsyn
