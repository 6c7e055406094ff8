// What ties a letter to its case: "k12-" and 32 hex digits that only this installation can make
// (keyed with the journal's key). Stands in the Message-ID of every letter that leaves, and where the
// mail server delivers them, in the address that answers go to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klarsyn::servicedesk {

// "k12-6f1e..." for "K12".
std::string thread_token(const std::string& journal_key, std::string_view number);

// The case of the first token in the text that is genuine: "K12". Upper and lower case are alike,
// since mail servers do not keep it.
std::optional<std::string> find_thread(const std::string& journal_key, std::string_view text);

}  // namespace klarsyn::servicedesk
