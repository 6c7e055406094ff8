// What alerts say to people: titles, values with their limits, and the text of a case with the
// picture of the measurements. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "modules/alerts/engine.h"

namespace klarsyn::alerts {

// "EPM3, HER"; the text for everything where the group names nothing.
std::string group_words(const Group& group, Language language);
// The rule's title; of a storm, that many fired at once. A rule that is gone goes by its name.
std::string title_of(const AlertRules& rules, const Episode& episode, Language language);

// What was judged, as records keep it; empty for null.
boost::json::object picture_json(const Judged* judged);
// "62,5 % af 16 målinger (alarm under 90 %, ophører ved 95 %)"; empty without a picture.
std::string value_words(const boost::json::object& picture, Language language);
std::vector<Point> points_of(const boost::json::object& picture);

// A table of the measurements in plain text with one bar for each step.
std::string picture_text(const boost::json::object& picture, Language language);
// The same as SVG with its table, for pages; empty without points.
std::string picture_html(const boost::json::object& picture, Language language);

// Where the measurements of the episode's day are shown; empty where it is about no system.
std::string measurements_href(const Episode& episode);
std::string episode_href(const Episode& episode);

}  // namespace klarsyn::alerts
