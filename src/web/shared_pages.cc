#include "web/shared_pages.h"

namespace klarsyn {

void SharedPages::prepare(Language language, std::shared_ptr<const Ready> page,
                          std::int64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) return;
    std::string target = page->target;
    pages_[static_cast<std::size_t>(language)][std::move(target)] = std::move(page);
}

std::int64_t SharedPages::generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
}

void SharedPages::outdate() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    for (Pages& pages : pages_) pages.clear();
}

std::shared_ptr<const SharedPages::Ready> SharedPages::ready(std::string_view target,
                                                             Language language,
                                                             UtcSecond now) const {
    const std::lock_guard lock(mutex_);
    const Pages& pages = pages_[static_cast<std::size_t>(language)];
    const auto found = pages.find(target);
    if (found == pages.end() || found->second->until <= now) return nullptr;
    return found->second;
}

std::shared_ptr<const void> SharedPages::find(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : found->second;
}

void SharedPages::put(std::string name, std::shared_ptr<const void> value) {
    const std::lock_guard lock(mutex_);
    values_[std::move(name)] = std::move(value);
}

}  // namespace klarsyn
