#include "modules/servicedesk/desk/attaching.h"

#include "core/file_name.h"
#include "core/text.h"
#include "modules/servicedesk/desk/commands.h"
#include "protocols/multipart.h"
#include "store/attachments.h"
#include "store/cpr_vault.h"
#include "store/store.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kFilesMax = 20;  // in one request

// The value of a parameter: filename="a \"b\".txt", or a token.
std::string parameter_value(std::string_view text) {
    std::string value;
    if (!text.starts_with('"')) return std::string(text.substr(0, text.find(';')));
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        value += text[i];
    }
    return value;
}

// RFC 6266: filename* goes before filename.
std::string disposition_name(std::string_view header) {
    const std::string lower = fold(header);  // same length for the ASCII that matters
    constexpr std::string_view kExtended = "filename*=";
    constexpr std::string_view kUtf8 = "utf-8'";
    constexpr std::string_view kPlain = "filename=";
    if (const auto at = lower.find(kExtended); at != lower.npos && lower.size() == header.size()) {
        const std::string value = parameter_value(header.substr(at + kExtended.size()));
        const auto language = value.find('\'', kUtf8.size());
        if (fold(value).starts_with(kUtf8) && language != value.npos) {
            if (auto name = url_decode(std::string_view(value).substr(language + 1), false))
                return std::move(*name);
        }
    }
    if (const auto at = header.find(kPlain); at != header.npos)
        return parameter_value(header.substr(at + kPlain.size()));
    return {};
}

Result<SentFiles> files_of_form(const Request& request) {
    KL_TRY(const std::string boundary, multipart_boundary(request.header("content-type")));
    KL_TRY(const auto fields, parse_multipart(request.body, boundary));
    SentFiles sent;
    for (const MultipartField& field : fields) {
        const bool unused = field.file_name.empty() && field.bytes.empty();
        if (field.is_file && !unused) sent.files.push_back({field.file_name, field.bytes});
        else if (field.name == "visibility") sent.visibility = std::string(field.bytes);
    }
    return sent;
}

Result<void> attach_one(DeskEntry& entry, const std::string& number, const SentFile& sent,
                        std::string_view visibility) {
    CleanFileName clean = clean_file_name(sent.name);
    NewAttachment file;
    file.seq = entry.seq();
    file.object = number;
    file.name = clean.name;
    file.visibility = visibility;
    file.bytes = sent.bytes;
    auto kept = add_attachment(entry.turn().db, file);
    if (!kept.ok()) {
        Error error = kept.error();
        if (error.code == ErrorCode::refused) error.code = ErrorCode::conflict;
        return error;
    }
    const std::int64_t n = entry.state(number).version + 1;
    KL_CHECK(CprVault(entry.turn().key)
                 .keep(entry.turn().db, entry.seq(), number, std::to_string(n) + "/name",
                       clean.numbers));
    return entry.record(number, "attached",
                        {{"file", kept->token},
                         {"name", kept->name},
                         {"size", kept->size},
                         {"type", kept->type},
                         {"visibility", visibility},
                         {"sha256", kept->sha256}});
}

}  // namespace

Result<SentFiles> sent_files(const Request& request) {
    SentFiles sent;
    if (fold(request.header("content-type")).starts_with("multipart/form-data")) {
        KL_TRY(sent, files_of_form(request));
    } else {
        sent.files = {{disposition_name(request.header("content-disposition")), request.body}};
    }
    if (const auto said = request.header("x-visibility"); !said.empty()) sent.visibility = said;
    return sent;
}

Result<void> attach_files(DeskEntry& entry, std::string_view number,
                          std::span<const SentFile> files, std::string_view visibility) {
    const std::string name(number);
    if (!entry.state(name).open()) return state_conflict(entry.state(name), "attach");
    if (files.size() > kFilesMax)
        return make_error(ErrorCode::invalid_input, "servicedesk.desk.too_many_files",
                          {{"most", std::to_string(kFilesMax)}});
    for (const SentFile& file : files) KL_CHECK(attach_one(entry, name, file, visibility));
    return {};
}

Result<std::int64_t> count_attachment_faults(Store& store) {
    KL_TRY(const auto damaged, verify_attachments(store.writer()));
    return static_cast<std::int64_t>(damaged.size());
}

}  // namespace klarsyn::servicedesk
