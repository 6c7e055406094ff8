// The entrance for libFuzzer. KLARSYN_FUZZ names the codec (fuzz/targets.h).
#include <cstdio>
#include <cstdlib>

#include "protocols/fuzz/targets.h"

namespace {

const klarsyn::FuzzTarget* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* name = std::getenv("KLARSYN_FUZZ");
    for (const auto& target : klarsyn::fuzz_targets())
        if (name != nullptr && target.name == name) chosen = &target;
    if (chosen != nullptr) return 0;
    std::fputs("KLARSYN_FUZZ must name one of:", stderr);
    for (const auto& target : klarsyn::fuzz_targets())
        std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
    std::fputc('\n', stderr);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
