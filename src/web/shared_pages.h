// What one thread makes for all: values that readers would otherwise each make for themselves, and
// whole pages in the bytes that leave, for those who are not logged in. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "core/text.h"
#include "core/time.h"

namespace klarsyn {

class SharedPages {
public:
    // Answers a request for exactly this target ("/status") until `until`; network threads send it.
    struct Ready {
        std::string target, type, etag, body, packed;  // packed: gzip of body
        UtcSecond until = 0;
    };
    // Nothing where something went out of date since `generation`, which is asked for before the
    // page is made.
    void prepare(Language language, std::shared_ptr<const Ready> page, std::int64_t generation);
    std::int64_t generation() const;
    // What was prepared holds no longer: readers answer until it is prepared anew.
    void outdate();
    // Null where there is none that still holds.
    std::shared_ptr<const Ready> ready(std::string_view target, Language language,
                                       UtcSecond now) const;

    // A module's own, by name; the newest that was put. Null where there is none.
    std::shared_ptr<const void> find(std::string_view name) const;
    void put(std::string name, std::shared_ptr<const void> value);

private:
    using Pages = std::map<std::string, std::shared_ptr<const Ready>, std::less<>>;
    mutable std::mutex mutex_;
    std::array<Pages, 2> pages_;  // by Language
    std::int64_t generation_ = 0;
    std::map<std::string, std::shared_ptr<const void>, std::less<>> values_;
};

}  // namespace klarsyn
