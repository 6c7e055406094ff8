// See cpr_vault.h. A cipher is the nonce, then the box over "object\0field\0number".
#include "store/cpr_vault.h"

#include <sodium.h>

#include "core/cpr.h"

namespace klarsyn {

namespace {

constexpr std::string_view kPurpose = "klarsyn.cpr.1";

std::string bound(std::string_view object, std::string_view field, std::string_view number) {
    std::string text(object);
    text += '\0';
    text += field;
    text += '\0';
    text += number;
    return text;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error unreadable() { return make_error(ErrorCode::refused, "store.cpr_unreadable"); }

}  // namespace

CprVault::CprVault(std::string_view journal_key) {
    static_assert(crypto_secretbox_KEYBYTES == 32);
    KL_ASSERT(sodium_init() >= 0);
    // The key of the hash may be 64 bytes long at most: the journal's key is hashed as text.
    std::string material(kPurpose);
    material += '\0';
    material += journal_key;
    crypto_generichash(key_.data(), key_.size(), bytes_of(material), material.size(), nullptr, 0);
    sodium_memzero(material.data(), material.size());
}

CprVault::~CprVault() { sodium_memzero(key_.data(), key_.size()); }

std::string CprVault::encipher(std::string_view object, std::string_view field,
                               std::string_view number) const {
    std::string plain = bound(object, field, number);
    std::string cipher(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size(),
                       '\0');
    auto* out = reinterpret_cast<unsigned char*>(cipher.data());
    randombytes_buf(out, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, bytes_of(plain), plain.size(), out,
                          key_.data());
    return cipher;
}

Result<std::string> CprVault::protect(Connection& db, std::int64_t seq, std::string_view object,
                                      std::string_view field, std::string_view text) const {
    MaskedText masked = mask_cprs(text);
    KL_CHECK(keep(db, seq, object, field, masked.numbers));
    return std::move(masked.text);
}

Result<void> CprVault::keep(Connection& db, std::int64_t seq, std::string_view object,
                            std::string_view field, const std::vector<std::string>& numbers) const {
    std::int64_t ordinal = 0;
    for (const std::string& number : numbers) {
        KL_TRY(const auto added,
               db.run("INSERT INTO core_cpr (id, seq, object, field, ordinal, cipher) "
                      "SELECT COALESCE(MAX(id), 0) + 1, :seq, :object, :field, :ordinal, :cipher "
                      "FROM core_cpr",
                      {{":seq", seq},
                       {":object", std::string(object)},
                       {":field", std::string(field)},
                       {":ordinal", ++ordinal},
                       {":cipher", Blob{encipher(object, field, number)}}}));
        KL_ASSERT(added == 1);
    }
    return {};
}

Result<std::vector<RevealedCpr>> CprVault::reveal(Connection& db, std::string_view object,
                                                  std::string_view field) const {
    KL_TRY(auto rows, db.query("SELECT seq, ordinal, field, cipher FROM core_cpr "
                               "WHERE object = :object AND (:field = '' OR field = :field) "
                               "ORDER BY seq, id",
                               {{":object", std::string(object)}, {":field", std::string(field)}}));
    std::vector<RevealedCpr> all;
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return all;
        RevealedCpr one{rows->i64(0), rows->i64(1), std::string(rows->text(2)), {}};
        std::string_view cipher = rows->blob(3);
        constexpr std::size_t kFrame = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
        if (cipher.size() < kFrame) return unreadable();
        std::string plain(cipher.size() - kFrame, '\0');
        const auto* in = bytes_of(cipher);
        if (crypto_secretbox_open_easy(
                reinterpret_cast<unsigned char*>(plain.data()), in + crypto_secretbox_NONCEBYTES,
                cipher.size() - crypto_secretbox_NONCEBYTES, in, key_.data()) != 0) {
            return unreadable();
        }
        std::string prefix = bound(object, one.field, {});
        if (!plain.starts_with(prefix)) return unreadable();
        one.number = plain.substr(prefix.size());
        sodium_memzero(plain.data(), plain.size());
        all.push_back(std::move(one));
    }
}

Result<std::int64_t> CprVault::forget(Connection& db, std::string_view object) {
    return db.run("DELETE FROM core_cpr WHERE object = :object",
                  {{":object", std::string(object)}});
}

Result<bool> has_cprs(Connection& db, std::string_view object) {
    KL_TRY(const auto count, query_i64(db, "SELECT COUNT(*) FROM core_cpr WHERE object = :object",
                                       {{":object", std::string(object)}}));
    return count > 0;
}

}  // namespace klarsyn
