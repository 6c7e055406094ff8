// Who is looking at what right now, so that two people do not answer the same person. Kept in memory
// alone and forgotten after 45 s without a sign of life: no record, no journal. Thread-safe; bounded
// by the number of accounts.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/time.h"

namespace klarsyn {

class Presence {
public:
    enum class Doing { looking, editing };
    struct Person {
        std::string account, shown_name;
        Doing doing = Doing::looking;
        bool operator==(const Person&) const = default;
    };
    static constexpr UtcSecond kLifeSeconds = 45;

    // The person is at `thing` now, and no longer at anything else; at nothing for an empty one.
    void tell(const Person& person, const std::string& thing, UtcSecond now);
    // Everybody at `thing`, by account.
    std::vector<Person> at(const std::string& thing, UtcSecond now);

private:
    struct Sign {
        Person person;
        std::string thing;
        UtcSecond at = 0;
    };
    std::mutex mutex_;
    std::map<std::string, Sign> signs_;  // by account
};

}  // namespace klarsyn
