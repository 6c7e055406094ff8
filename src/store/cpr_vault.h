// The originals of masked civil registration numbers, enciphered (XSalsa20-Poly1305) with a key
// that is derived from the journal's key: a copy of the database alone does not reveal them. Each
// number is bound to its object and field: rows moved elsewhere in the database do not open.
//
// Who may reveal, and that it is journalled with its reason, is the caller's business. Neither the
// numbers nor their number in plain text may reach a log or the journal. One thread per connection.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/database.h"

namespace klarsyn {

struct RevealedCpr {
    std::int64_t seq = 0;      // the journal entry that brought it
    std::int64_t ordinal = 0;  // 1 = the first mask of the field at that entry
    std::string field;
    std::string number;  // "ddmmyy-nnnn"
};

class CprVault {
public:
    explicit CprVault(std::string_view journal_key);
    ~CprVault();  // wipes the key
    CprVault(const CprVault&) = delete;
    CprVault& operator=(const CprVault&) = delete;

    // Masks `text` and stores the numbers found in it, in the caller's write transaction. The text
    // comes back unchanged, and nothing is written, where it holds none.
    Result<std::string> protect(Connection& db, std::int64_t seq, std::string_view object,
                                std::string_view field, std::string_view text) const;
    // Stores numbers that mask_cprs found, for the caller who masked before the object had a name.
    Result<void> keep(Connection& db, std::int64_t seq, std::string_view object,
                      std::string_view field, const std::vector<std::string>& numbers) const;
    // All numbers of one field, or of the object where `field` is empty: oldest entry first. Empty
    // where there is none. refused (store.cpr_unreadable) where the key is another or a row was
    // altered.
    Result<std::vector<RevealedCpr>> reveal(Connection& db, std::string_view object,
                                            std::string_view field = {}) const;
    // Forgets them, in the caller's write transaction; returns how many.
    static Result<std::int64_t> forget(Connection& db, std::string_view object);

private:
    std::string encipher(std::string_view object, std::string_view field,
                         std::string_view number) const;

    std::array<unsigned char, 32> key_{};
};

// True where a number is kept for the object; does not open any.
Result<bool> has_cprs(Connection& db, std::string_view object);

}  // namespace klarsyn
