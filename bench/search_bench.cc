// Measures the search over made-up cases: klarsyn_search_bench DATA CASES BATCH
// [--fill-only|--ask]. Cases have a title of 8 words and a text of 40, drawn by Zipf's law from
// about 150,000 Danish-looking words and compounds, a machine's name and a telephone number. Prints
// one JSON object per measurement.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "modules/module.h"
#include "store/search.h"
#include "store/store.h"

namespace klarsyn {
namespace {

using Seconds = std::chrono::duration<double>;

double wall() { return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr unsigned kVocabularySeed = 2'400'001;  // every run draws from the same words

class Words {
public:
    explicit Words(unsigned seed) : random_(kVocabularySeed) {
        const std::vector<std::string> stems{
            "er",         "ikke",    "kan",    "jeg",      "på",       "til",      "virker",
            "printer",    "netværk", "log",    "skærm",    "kode",     "adgang",   "bruger",
            "mail",       "telefon", "system", "fejl",     "server",   "journal",  "patient",
            "stue",       "afsnit",  "læge",   "plejer",   "Rødovre",  "Århus",    "Hvidovre",
            "Bispebjerg", "drev",    "mappe",  "opkald",   "vagt",     "nøgle",    "kort",
            "billed",     "røntgen", "prøve",  "svar",     "blod",     "medicin",  "recept",
            "bestil",     "lever",   "data",   "base",     "platform", "sundhed",  "kalender",
            "møde",       "lyd",     "mus",    "tastatur", "kabel",    "strøm",    "dør",
            "hjem",       "arbejde", "plads",  "vindue",   "opdater",  "genstart", "langsom"};
        const std::vector<std::string> endings{"", "en", "et", "er", "erne", "s", "ens", "r", "t"};
        std::unordered_set<std::string> seen;
        auto add = [&](std::string word) {
            if (seen.insert(word).second) words_.push_back(std::move(word));
        };
        for (const auto& stem : stems) add(stem);
        while (words_.size() < 150'000) {
            std::string word;
            const auto parts = words_.size() < 300 ? 1 : 1 + below(2) + below(4) / 3;
            for (std::size_t i = 0; i < parts; ++i) word += stems[below(stems.size())];
            if (words_.size() > 30'000) {  // typing errors
                const auto at = below(word.size());
                word[at] = static_cast<char>('a' + below(26));
            }
            add(word + endings[below(endings.size())]);
        }
        double sum = 0;
        for (std::size_t i = 0; i < words_.size(); ++i)
            heights_.push_back(sum += 1 / (static_cast<double>(i) + 2.7));
        random_.seed(seed);
    }

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
    const std::string& word() {
        std::uniform_real_distribution<double> any(0, heights_.back());
        const auto at = std::lower_bound(heights_.begin(), heights_.end(), any(random_));
        return words_[static_cast<std::size_t>(at - heights_.begin())];
    }
    const std::string& at_rank(std::size_t rank) const { return words_[rank]; }
    std::string text() {
        std::string text;
        for (int i = 0; i < 48; ++i) text += word() + (i == 7 ? ". " : " ");
        return text + "RH" + std::to_string(100'000 + below(70'000)) + " tlf " +
               std::to_string(38'000'000 + below(900'000));
    }

private:
    std::mt19937_64 random_;
    std::vector<std::string> words_;
    std::vector<double> heights_;
};

void fail(const Error& error) {
    std::fprintf(stderr, "%s\n", describe(error, Language::en).c_str());
    std::exit(1);
}
template <typename T>
T good(Result<T> result) {
    if (!result.ok()) fail(result.error());
    return result.take();
}
void good(Result<void> result) {
    if (!result.ok()) fail(result.error());
}

void fill(Store& store, Search& search, Words& words, std::int64_t cases, std::int64_t batch) {
    Connection& db = store.writer();
    const std::int64_t first =
        good(query_i64(db, "SELECT MAX(id) + 1 FROM core_search_doc", {}, 1));
    double busy = 0, busy_cpu = 0, longest = 0;
    std::vector<std::string> texts(static_cast<std::size_t>(batch));
    for (std::int64_t at = first; at < first + cases; at += batch) {
        for (auto& text : texts) text = words.text();
        const double start = wall(), start_cpu = cpu();
        good(db.begin_write());
        for (std::int64_t i = 0; i < batch; ++i) {
            good(search.write(db, {"case", "K" + std::to_string(at + i), at + i, 1 + (at + i) % 40,
                                   1 + (at + i) % 20'000, {}, texts[static_cast<std::size_t>(i)]}));
        }
        good(search.settle(db));
        good(db.commit());
        busy += wall() - start;
        busy_cpu += cpu() - start_cpu;
        longest = std::max(longest, wall() - start);
    }
    good(store.checkpoint());
    const double n = static_cast<double>(cases);
    std::printf(
        "{\"cases\": %lld, \"batch\": %lld, \"us_per_document\": %.1f, "
        "\"cpu_us_per_document\": %.1f, \"longest_commit_ms\": %.1f}\n",
        static_cast<long long>(cases), static_cast<long long>(batch), busy / n * 1e6,
        busy_cpu / n * 1e6, longest * 1e3);
}

void measure(Search& search, Connection& db, const char* name, int rounds, bool count,
             const std::function<SearchQuery(int)>& make, std::vector<double>& all) {
    std::vector<double> times;
    std::size_t hits = 0;
    for (int round = 0; round < rounds; ++round) {
        SearchQuery query = make(round);
        if (count) query.count_most = 1000;
        const double start = wall();
        hits += good(search.find(db, query)).hits.size();
        times.push_back((wall() - start) * 1e3);
    }
    all.insert(all.end(), times.begin(), times.end());
    std::sort(times.begin(), times.end());
    auto at = [&](double part) {
        return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
    };
    std::printf(
        "{\"query\": \"%s\", \"p50_ms\": %.2f, \"p95_ms\": %.2f, \"max_ms\": %.2f, "
        "\"hits_per_query\": %.1f}\n",
        name, at(0.5), at(0.95), times.back(),
        static_cast<double>(hits) / static_cast<double>(rounds));
}

void ask(Store& store, Search& search, Words& words) {
    auto db = good(store.reader());
    std::vector<double> all;
    auto text = [](std::string t) {
        SearchQuery query;
        query.text = std::move(t);
        return query;
    };
    const std::int64_t cases = good(query_i64(*db, "SELECT COUNT(*) FROM core_search_doc"));
    const double start = wall();
    good(search.find(*db, text("forbered")));
    std::printf("{\"first_query_ms\": %.0f, \"cases\": %lld}\n", (wall() - start) * 1e3,
                static_cast<long long>(cases));
    auto run = [&](const char* name, const std::function<SearchQuery(int)>& make) {
        measure(search, *db, name, 40, false, make, all);
    };
    run("one usual word", [&](int i) { return text(words.at_rank(static_cast<std::size_t>(i))); });
    run("one rare word", [&](int) { return text(words.at_rank(1000 + words.below(100'000))); });
    run("two words", [&](int) { return text(words.word() + " " + words.word()); });
    run("four words", [&](int) {
        return text(words.word() + " " + words.word() + " " + words.word() + " " + words.word());
    });
    run("part of a word", [&](int) {
        const std::string& word = words.at_rank(600 + words.below(20'000));
        return text(word.substr(word.size() / 2));
    });
    run("three letters", [&](int i) {
        const char* parts[] = {"net", "vær", "kod", "sun", "rod", "pla", "ger", "bil"};
        return text(parts[i % 8]);
    });
    run("misspelt", [&](int) {
        std::string word = words.at_rank(600 + words.below(20'000));
        word[word.size() / 2] = 'q';
        return text(word);
    });
    run("number", [&](int) {
        return text("K" + std::to_string(1 + words.below(static_cast<std::size_t>(cases))));
    });
    run("machine", [&](int) { return text("rh" + std::to_string(100'000 + words.below(70'000))); });
    run("beginning of a machine's name",
        [&](int) { return text("rh10" + std::to_string(words.below(10))); });
    run("usual word, one organisation", [&](int i) {
        SearchQuery query = text(words.at_rank(static_cast<std::size_t>(i)));
        query.scope = {false, {1 + i % 40}, 0};
        return query;
    });
    run("word, one requester", [&](int i) {
        SearchQuery query = text(words.at_rank(static_cast<std::size_t>(i)));
        query.scope = {false, {}, 1 + i * 7};
        return query;
    });
    std::sort(all.begin(), all.end());
    std::printf("{\"all_queries\": %zu, \"p50_ms\": %.2f, \"p95_ms\": %.2f}\n", all.size(),
                all[all.size() / 2], all[all.size() * 95 / 100]);
    std::vector<double> ignored;
    measure(
        search, *db, "usual word, counted to 1,000", 40, true,
        [&](int i) { return text(words.at_rank(static_cast<std::size_t>(i))); }, ignored);
}

int run(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr,
                     "usage: klarsyn_search_bench DATA CASES BATCH [--ask|--merge|--purge]\n");
        return 2;
    }
    const std::string data = argv[1], then = argc > 4 ? argv[4] : "";
    if (!std::filesystem::exists(data)) good(Store::create(data, migrations()));
    auto store = good(Store::open(data, Access::write, migrations()));
    Search search;
    Words words(static_cast<unsigned>(std::atoi(argv[2])) + 1);
    if (std::atoll(argv[2]) > 0)
        fill(*store, search, words, std::atoll(argv[2]), std::atoll(argv[3]));
    if (then == "--merge") {
        int steps = 0;
        double longest = 0;
        const double start = wall();
        for (bool more = true; more; ++steps) {
            const double step = wall();
            more = good(Search::merge(store->writer()));
            longest = std::max(longest, wall() - step);
        }
        std::printf("{\"merge_s\": %.1f, \"steps\": %d, \"longest_step_ms\": %.1f}\n",
                    wall() - start, steps, longest * 1e3);
    }
    if (then == "--purge") {
        const double start = wall();
        good(Search::purge(store->writer()));
        good(store->checkpoint());
        std::printf("{\"purge_s\": %.1f}\n", wall() - start);
    }
    if (then == "--ask") ask(*store, search, words);
    return 0;
}

}  // namespace
}  // namespace klarsyn

int main(int argc, char** argv) { return klarsyn::run(argc, argv); }
