// Letters that wait for a person are kept enciphered: they may hold what is masked everywhere else.
// The key is derived from the journal's key. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn::servicedesk {

std::string seal_letter(std::string_view journal_key, std::string_view message);
// refused where the key is another or the bytes were altered.
Result<std::string> unseal_letter(std::string_view journal_key, std::string_view sealed);

}  // namespace klarsyn::servicedesk
