// The fuzzer's corpus, and inputs cut off anywhere, through the same functions as the fuzzer.
#include "protocols/fuzz/targets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace klarsyn {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Fuzz, EveryCodecHasACorpusThatHoldsAlsoWhenCutOrChanged) {
    for (const auto& target : fuzz_targets()) {
        const fs::path folder =
            fs::path(KLARSYN_SOURCE_DIR) / "src/protocols/fuzz/corpus" / std::string(target.name);
        int files = 0;
        ASSERT_TRUE(fs::is_directory(folder)) << folder;
        for (const auto& item : fs::directory_iterator(folder)) {
            ++files;
            SCOPED_TRACE(item.path().string());
            const std::string input = read_file(item.path());
            target.run(input);
            if (input.size() > 1000) continue;  // a bomb once is enough
            for (std::size_t i = 0; i < input.size(); ++i) {
                target.run(std::string_view(input).substr(0, i));
                std::string changed = input;
                changed[i] = static_cast<char>(changed[i] ^ 0x81);
                target.run(changed);
            }
        }
        EXPECT_GT(files, 0) << target.name;
    }
}

}  // namespace
}  // namespace klarsyn
