#include "web/presence.h"

namespace klarsyn {

void Presence::tell(const Person& person, const std::string& thing, UtcSecond now) {
    const std::lock_guard lock(mutex_);
    if (thing.empty()) {
        signs_.erase(person.account);
        return;
    }
    signs_[person.account] = {person, thing, now};
}

std::vector<Presence::Person> Presence::at(const std::string& thing, UtcSecond now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(signs_, [&](const auto& entry) { return entry.second.at + kLifeSeconds < now; });
    std::vector<Person> people;
    for (const auto& [account, sign] : signs_)
        if (sign.thing == thing) people.push_back(sign.person);
    return people;
}

}  // namespace klarsyn
