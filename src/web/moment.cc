#include "web/moment.h"

#include <fmt/format.h>

namespace klarsyn {

std::string moment_text(Language language, UtcSecond at, UtcSecond now) {
    const LocalTime local = Zone::copenhagen().to_local(at);
    const Day today = Zone::copenhagen().to_local(now).day;
    const int minute = local.second % 3600 / 60;
    const std::string clock = language == Language::da
                                  ? fmt::format("{}.{:02}", local.hour(), minute)
                                  : fmt::format("{}:{:02}", local.hour(), minute);
    const TextArgs at_clock = {{"clock", clock}};
    if (local.day == today) return text(language, "web.moment.today", at_clock);
    if (local.day == today - 1) return text(language, "web.moment.yesterday", at_clock);
    if (local.day == today + 1) return text(language, "web.moment.tomorrow", at_clock);
    const Date date = date_of(local.day);
    return text(language, date.year == date_of(today).year ? "web.moment.day" : "web.moment.date",
                {{"day", std::to_string(date.day)},
                 {"month", text(language, fmt::format("web.moment.m{}", date.month))},
                 {"year", std::to_string(date.year)},
                 {"clock", clock}});
}

std::string moment_html(Language language, UtcSecond at, UtcSecond now) {
    return fmt::format("<time datetime=\"{}\">{}</time>", iso_utc(at),
                       escape_html(moment_text(language, at, now)));
}

}  // namespace klarsyn
