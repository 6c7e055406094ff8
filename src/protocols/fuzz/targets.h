// What the fuzzer runs, codec by codec, and what must hold for every input: nothing is read beyond
// its bounds, and what was understood reads back the same once written. Unit tests run the corpus
// through the same functions.
#pragma once

#include <span>
#include <string_view>

namespace klarsyn {

struct FuzzTarget {
    std::string_view name;  // "snappy", and its corpus: fuzz/corpus/NAME
    void (*run)(std::string_view input);
};

std::span<const FuzzTarget> fuzz_targets();

}  // namespace klarsyn
