// Published monthly figures of Region Hovedstaden's it-support, September 2012 to April 2013, which
// the scenario hovedstaden-2013 meets exactly: registered cases, and of each phone queue the calls,
// the abandoned calls, the mean wait of answered calls and the longest wait (seconds).
#pragma once

#include <array>

#include "modules/telephony/simulate_queue.h"

namespace klarsyn {

struct PublishedRegionMonth {
    int year = 0;
    int month = 0;
    int cases = 0;
    telephony::PublishedMonth servicedesk;
    telephony::PublishedMonth klinisk_programhjaelp;
};

inline constexpr std::array<PublishedRegionMonth, 8> kHovedstaden2013 = {{
    {2012, 9, 22991, {24766, 7998, 248, 3756}, {4446, 397, 69, 1203}},
    {2012, 10, 23781, {25254, 7512, 244, 5650}, {4484, 290, 63, 1068}},
    {2012, 11, 19054, {28276, 7445, 257, 5839}, {3821, 468, 76, 1480}},
    {2012, 12, 13865, {19174, 7844, 227, 7159}, {3094, 419, 85, 1163}},
    {2013, 1, 20925, {32203, 16587, 321, 6617}, {4110, 333, 88, 992}},
    {2013, 2, 20397, {22456, 10476, 351, 6839}, {3665, 393, 88, 1415}},
    {2013, 3, 19372, {21801, 9924, 427, 5349}, {3626, 425, 77, 1168}},
    {2013, 4, 19383, {19829, 7931, 349, 3249}, {3721, 456, 100, 1288}},
}};

}  // namespace klarsyn
