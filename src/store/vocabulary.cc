#include "store/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>

#include "store/search_words.h"

namespace klarsyn {

namespace {

std::uint64_t letters_of(std::string_view word) {
    std::uint64_t letters = 0;
    for (char c : word) {
        if (c >= 'a' && c <= 'z')
            letters |= std::uint64_t{1} << (c - 'a');
        else if (c >= '0' && c <= '9')
            letters |= std::uint64_t{1} << (26 + (c - '0'));
        else
            letters |= std::uint64_t{1} << (36 + (static_cast<unsigned char>(c) % 27));
    }
    return letters;
}

}  // namespace

Result<void> Vocabulary::refresh(Connection& db) {
    std::int64_t last = 0;
    {
        std::shared_lock reading(mutex_);
        last = last_id_;
    }
    KL_TRY(auto rows, db.query("SELECT id, word FROM core_search_word WHERE id > :last ORDER BY id",
                               {{":last", last}}));
    std::vector<std::string> words;
    std::int64_t newest = last;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        newest = rows->i64(0);
        if (!rows->is_null(1)) words.emplace_back(rows->text(1));
    }
    if (newest == last) return {};
    std::unique_lock writing(mutex_);
    if (last_id_ != last) return {};  // another thread was quicker
    last_id_ = newest;
    for (const std::string& word : words) append(word);
    return {};
}

void Vocabulary::add(std::string_view word) {
    std::unique_lock writing(mutex_);
    append(word);
}

void Vocabulary::append(std::string_view word) {
    entries_.push_back({static_cast<std::uint32_t>(text_.size()),
                        static_cast<std::uint32_t>(word.size()), letters_of(word)});
    text_ += word;
    text_ += '\n';
}

std::size_t Vocabulary::size() const {
    std::shared_lock reading(mutex_);
    return entries_.size();
}

std::string_view Vocabulary::word(const Entry& entry) const {
    return std::string_view(text_).substr(entry.begin, entry.length);
}

std::size_t Vocabulary::entry_at(std::size_t offset) const {
    auto after =
        std::upper_bound(entries_.begin(), entries_.end(), offset,
                         [](std::size_t place, const Entry& entry) { return place < entry.begin; });
    return static_cast<std::size_t>(after - entries_.begin()) - 1;
}

// The words in whose text `pattern` stands ("\nnet" stands where a word begins with net).
void Vocabulary::collect(std::string_view pattern, std::size_t most,
                         std::vector<std::string>& into) const {
    const char* end = text_.data() + text_.size();
    const char* at = text_.data();
    while (into.size() < most) {
        at = static_cast<const char*>(
            memmem(at, static_cast<std::size_t>(end - at), pattern.data(), pattern.size()));
        if (at == nullptr) return;
        const std::size_t offset = static_cast<std::size_t>(at - text_.data());
        const Entry& found = entries_[entry_at(pattern.front() == '\n' ? offset + 1 : offset)];
        std::string text(word(found));
        if (std::find(into.begin(), into.end(), text) == into.end()) into.push_back(text);
        at = text_.data() + found.begin + found.length;
    }
}

std::vector<std::string> Vocabulary::beginning(std::string_view part, std::size_t most) const {
    std::shared_lock reading(mutex_);
    std::vector<std::string> found;
    collect("\n" + std::string(part), most, found);
    return found;
}

std::vector<std::string> Vocabulary::containing(std::string_view part, std::size_t most) const {
    std::shared_lock reading(mutex_);
    std::vector<std::string> found;
    collect("\n" + std::string(part), most, found);
    if (found.size() < most) collect(part, most, found);
    return found;
}

std::vector<std::string> Vocabulary::near(std::string_view wanted, int edits,
                                          std::size_t most) const {
    std::shared_lock reading(mutex_);
    const EditDistance distance(wanted);
    const std::uint64_t letters = letters_of(wanted);
    // Whole words one letter away, then two, then longer words that begin nearly so.
    std::vector<std::vector<std::string>> by_distance(static_cast<std::size_t>(edits) + 1);
    for (const Entry& entry : entries_) {
        // Letters that are wanted and missing are edits; letters too many may belong to the rest of
        // a longer word.
        if (entry.length + static_cast<std::size_t>(edits) < wanted.size() ||
            std::popcount(letters & ~entry.letters) > edits) {
            continue;
        }
        const EditDistance::To to = distance(word(entry));
        if (to.beginning > edits || to.whole == 0) continue;
        auto& rank = by_distance[static_cast<std::size_t>(std::min(to.whole - 1, edits))];
        if (rank.size() < most) rank.emplace_back(word(entry));
    }
    std::vector<std::string> found;
    for (auto& words : by_distance) {
        for (auto& text : words) {
            if (found.size() < most) found.push_back(std::move(text));
        }
    }
    return found;
}

}  // namespace klarsyn
