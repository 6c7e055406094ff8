// Texts in Danish and English from one catalogue (the text/*.toml files, embedded when built), and
// the formatting of numbers, dates and durations for people. Pure; thread-safe after start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace klarsyn {

enum class Language { da, en };
std::string_view language_code(Language language);  // "da", "en"
std::optional<Language> parse_language(std::string_view code);

using TextArgs = std::vector<std::pair<std::string, std::string>>;

// The text of `key` with {name} replaced. Every text/*.toml table `[a.b] c = "..."` gives the key
// "a.b.c". An unknown key is a bug: it aborts in tests and shows the key in release.
std::string text(Language language, std::string_view key, const TextArgs& args = {});
bool has_text(Language language, std::string_view key);

// "file.csv, linje 12, felt opened_at: ..." in the reader's language.
std::string describe(const Error& error, Language language);

// Danish: 1.234.567 and 94,3 % (no-break space); English: 1,234,567 and 94.3%.
std::string format_integer(std::int64_t value, Language language);
std::string format_decimal(double value, int decimals, Language language);
// `fraction` of 1; rounded half up once, from the unreduced counts where they are given.
std::string format_share(std::int64_t num, std::int64_t den, int decimals, Language language);
// h:mm:ss in both languages. num/den rounded half up to whole seconds; den 1 for a plain duration.
std::string format_duration(std::int64_t num, std::int64_t den = 1);
std::string format_date(Day day, Language language);        // 05.04.2018 / 5 April 2018
std::string format_timestamp(UtcSecond utc, Language language);  // Copenhagen: 05.04.2018 kl. 14.05
std::string format_period(Period period, Language language);     // april 2013; uge 13, 2013; ...
std::string format_month(int year, int month, Language language);       // april 2013
std::string format_month_short(int month, Language language);           // apr.

// Folds for search and alias matching: lower case, æ->ae ø->oe å->aa, accents dropped, one space.
std::string fold(std::string_view text);

std::string escape_html(std::string_view text);

}  // namespace klarsyn
