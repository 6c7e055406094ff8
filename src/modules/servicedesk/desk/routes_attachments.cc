// /api/v1/cases/{number}/attachments: sending files, listing and fetching them. Whether somebody may
// have a file is decided by its case each time; a file leaves only to be saved, never to be shown.
#include <algorithm>

#include "core/file_name.h"
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/attaching.h"
#include "store/attachments.h"
#include "web/json_body.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

Error no_case(std::string_view number) {
    return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                      {{"number", std::string(number)}});
}

// The case with its files, as this person may see them: agents all of their organisation's, others
// the public ones of their own cases.
Result<std::vector<CaseAttachment>> visible_files(Context& context, std::string_view number) {
    const bool agent = context.may(Permission::cases);
    KL_TRY(const ReadCase read, read_case(context, number));
    if (!agent && (read.state.caller.account != context.account.name))
        return no_case(number);
    std::vector<CaseAttachment> files = read.state.attachments;
    if (!agent)
        std::erase_if(files, [](const auto& file) { return file.visibility != "public"; });
    return files;
}

NextPiece pieces_from(Attachment file) {
    auto piece = std::make_shared<std::int64_t>(0);  // shared: std::function wants to be copyable
    return [file = std::move(file), piece](WorkerTools& tools) {
        return read_piece(*tools.db, file, ++*piece);
    };
}

}  // namespace

Result<Response> post_attachments(const Request& request, Context& context) {
    const std::string number(request.param("number"));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    KL_TRY([[maybe_unused]] const CaseState* state, entry.find(number));
    KL_TRY(const SentFiles sent, sent_files(request));
    const std::string visibility = sent.visibility.empty() ? "internal" : sent.visibility;
    std::vector<BodyFault> faults;
    if (visibility != "public" && visibility != "internal")
        faults.push_back({"/visibility", "web.body.word", {{"words", "public, internal"}}});
    if (sent.files.empty()) faults.push_back({"/file", "web.body.required", {}});
    if (!faults.empty()) return faults_problem(context, faults);
    KL_CHECK(attach_files(entry, number, sent.files, visibility));
    KL_CHECK(entry.end());
    return case_answer(context, number, 200);
}

Result<Response> get_attachments(const Request& request, Context& context) {
    KL_TRY(const auto files, visible_files(context, request.param("number")));
    json::array items;
    for (const CaseAttachment& file : files) items.push_back(attachment_json(file));
    return json_answer(200, {{"items", std::move(items)}});
}

Result<Response> get_attachment(const Request& request, Context& context) {
    const std::string_view number = request.param("number"), id = request.param("id");
    KL_TRY(const auto files, visible_files(context, number));
    const bool listed = std::any_of(files.begin(), files.end(),
                                    [&](const CaseAttachment& file) { return file.id == id; });
    KL_TRY(const auto found, find_attachment(context.db(), id));
    if (!listed || !found || found->object != number) return web_error(404);
    Response response;
    response.type = "application/octet-stream";
    KL_TRY(response.body, read_piece(context.db(), *found, 0));
    response.headers = {{"Content-Disposition", download_disposition(found->name)},
                        {"Content-Security-Policy", "sandbox; default-src 'none'"},
                        {"X-Content-Type-Options", "nosniff"}};
    if (found->size > static_cast<std::int64_t>(kAttachmentPiece))
        response.next_piece = pieces_from(*found);
    return response;
}

}  // namespace klarsyn::servicedesk
