#include "modules/servicedesk/mail/seal.h"

#include <sodium.h>

#include <array>

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kPurpose = "klarsyn.mail.kept.1";

using Key = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Key key_of(std::string_view journal_key) {
    KL_ASSERT(sodium_init() >= 0);
    std::string material(kPurpose);
    material += '\0';
    material += journal_key;
    Key key{};
    crypto_generichash(key.data(), key.size(), bytes_of(material), material.size(), nullptr, 0);
    sodium_memzero(material.data(), material.size());
    return key;
}

}  // namespace

std::string seal_letter(std::string_view journal_key, std::string_view message) {
    const Key key = key_of(journal_key);
    std::string sealed(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + message.size(), '\0');
    auto* out = reinterpret_cast<unsigned char*>(sealed.data());
    randombytes_buf(out, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(out + crypto_secretbox_NONCEBYTES, bytes_of(message), message.size(), out, key.data());
    return sealed;
}

Result<std::string> unseal_letter(std::string_view journal_key, std::string_view sealed) {
    constexpr std::size_t kFrame = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    const auto unreadable = [] { return make_error(ErrorCode::refused, "servicedesk.mail.sealed"); };
    if (sealed.size() < kFrame) return unreadable();
    const Key key = key_of(journal_key);
    std::string message(sealed.size() - kFrame, '\0');
    if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(message.data()),
                                   bytes_of(sealed) + crypto_secretbox_NONCEBYTES,
                                   sealed.size() - crypto_secretbox_NONCEBYTES, bytes_of(sealed),
                                   key.data()) != 0)
        return unreadable();
    return message;
}

}  // namespace klarsyn::servicedesk
