#include "core/large_memory.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstdint>

namespace klarsyn {

#ifdef __linux__
void prefer_large_pages(void* begin, std::size_t bytes) {
    constexpr std::uintptr_t kPage = 4096;
    constexpr std::size_t kWorth = std::size_t{4} << 20;
    if (bytes < kWorth) return;
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    const std::uintptr_t from = (address + kPage - 1) / kPage * kPage;
    const std::uintptr_t to = (address + bytes) / kPage * kPage;
    // A refusal changes nothing but speed.
    static_cast<void>(::madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE));
}
#else
void prefer_large_pages(void*, std::size_t) {}
#endif

}  // namespace klarsyn
