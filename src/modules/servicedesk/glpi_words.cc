#include "modules/servicedesk/glpi_words.h"

#include <array>
#include <span>
#include <string>

#include "core/text.h"

namespace klarsyn::servicedesk {
namespace {

struct Word {
    std::string_view written;  // folded
    std::string_view means;
};

std::optional<std::string_view> find(std::span<const Word> words, std::string_view text) {
    const std::string folded = fold(text);
    for (const Word& word : words) {
        if (folded == word.written) return word.means;
    }
    return std::nullopt;
}

constexpr std::array kStates{
    Word{"1", "New"},
    Word{"new", "New"},
    Word{"nouveau", "New"},
    Word{"ny", "New"},
    Word{"2", "Active"},
    Word{"processing (assigned)", "Active"},
    Word{"in progress (assigned)", "Active"},
    Word{"en cours (attribue)", "Active"},
    Word{"behandler (tildelt)", "Active"},
    Word{"bearbejder (tildelt)", "Active"},
    Word{"under behandling (tildelt)", "Active"},
    Word{"3", "Active"},
    Word{"processing (planned)", "Active"},
    Word{"in progress (planned)", "Active"},
    Word{"en cours (planifie)", "Active"},
    Word{"behandler (planlagt)", "Active"},
    Word{"bearbejder (planlagt)", "Active"},
    Word{"under behandling (planlagt)", "Active"},
    Word{"4", "Pending"},
    Word{"pending", "Pending"},
    Word{"en attente", "Pending"},
    Word{"afventer", "Pending"},
    Word{"10", "Pending"},
    Word{"approval", "Pending"},
    Word{"validation", "Pending"},
    Word{"godkendelse", "Pending"},
    Word{"5", "Resolved"},
    Word{"solved", "Resolved"},
    Word{"resolu", "Resolved"},
    Word{"loest", "Resolved"},
    Word{"6", "Closed"},
    Word{"closed", "Closed"},
    Word{"clos", "Closed"},
    Word{"lukket", "Closed"},
};

constexpr std::array kGlpiPriorities{
    Word{"6", "1"},          Word{"major", "1"},      Word{"majeure", "1"},
    Word{"vigtig", "1"},     Word{"5", "1"},          Word{"very high", "1"},
    Word{"tres haute", "1"}, Word{"meget hoej", "1"}, Word{"4", "2"},
    Word{"high", "2"},       Word{"haute", "2"},      Word{"hoej", "2"},
    Word{"3", "3"},          Word{"medium", "3"},     Word{"moyenne", "3"},
    Word{"mellem", "3"},     Word{"middel", "3"},     Word{"2", "4"},
    Word{"low", "4"},        Word{"basse", "4"},      Word{"lav", "4"},
    Word{"1", "4"},          Word{"very low", "4"},   Word{"tres basse", "4"},
    Word{"meget lav", "4"},
};

constexpr std::array kTypes{
    Word{"1", "incident"},         Word{"incident", "incident"},
    Word{"haendelse", "incident"}, Word{"2", "request"},
    Word{"request", "request"},    Word{"service request", "request"},
    Word{"demande", "request"},    Word{"demande de service", "request"},
    Word{"anmodning", "request"},  Word{"forespoergsel", "request"},
};

constexpr std::array kContacts{
    Word{"helpdesk", "self_service"}, Word{"formcreator", "self_service"},
    Word{"e-mail", "mail"},           Word{"email", "mail"},
    Word{"courriel", "mail"},         Word{"phone", "phone"},
    Word{"telephone", "phone"},       Word{"telefon", "phone"},
    Word{"direct", "in_person"},      Word{"directe", "in_person"},
    Word{"direkte", "in_person"},
};

}  // namespace

std::optional<std::string_view> glpi_state(std::string_view text) {
    // Some releases write the place of the icon before the word: "__ New".
    const std::size_t begin = text.find_first_not_of("_ ");
    return begin == std::string_view::npos ? std::nullopt : find(kStates, text.substr(begin));
}

std::string_view glpi_priority(std::string_view text) {
    return find(kGlpiPriorities, text).value_or(text);
}

std::string_view glpi_type(std::string_view text) { return find(kTypes, text).value_or(text); }

std::string_view glpi_contact(std::string_view text) {
    return find(kContacts, text).value_or(text);
}

}  // namespace klarsyn::servicedesk
