// What measurements of every monitoring protocol have in common: names with labels. Pure values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/utf8.h"

namespace klarsyn {

// Name and value of each label, sorted by name once `check_labels` has accepted them.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Why labels cannot be kept, as a text key; empty where they can. Sorts them. A label without a
// value is as good as none (all protocols say so) and is removed.
std::string check_labels(Labels& labels);

// The value of a label, empty where there is none. `labels` sorted.
std::string_view find_label(const Labels& labels, std::string_view name);


// name{a="b",c="d"}: for people and for telling series apart. `labels` sorted.
std::string series_text(std::string_view name, const Labels& labels);

}  // namespace klarsyn
