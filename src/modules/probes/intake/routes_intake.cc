// Where other systems deliver measurements: Prometheus remote-write, OTLP metrics, and agents. An
// answer below 400 means that everything kept is on disk. Each route reads its request on a thread
// of its own (prepare_...) and leaves to the writer what is looked up already.
#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

#include "modules/probes/intake/agents.h"
#include "modules/probes/intake/keep.h"
#include "modules/probes/intake/register.h"
#include "modules/probes/intake/samples.h"
#include "modules/probes/intake/told_pc.h"
#include "modules/probes/intake/write_rows.h"
#include "modules/probes/rows.h"
#include "protocols/packed.h"
#include "web/json_body.h"
#include "web/problem.h"

namespace klarsyn::probes {
namespace {

namespace json = boost::json;

constexpr UtcSecond kAhead_s = 24 * 3600;  // a clock may be wrong, not absurd
constexpr std::size_t kUnpackedMost = std::size_t{64} << 20;
constexpr std::int64_t kListMost = 1000;
constexpr int kInvalidArgument = 3;  // google.rpc.Code

// The media type without parameters, in lower case.
std::string media_type(const Request& request) {
    std::string_view type = request.header("content-type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    return fold(type);
}

Response plain(int status, std::string text) {
    Response response;
    response.status = status;
    response.type = "text/plain; charset=utf-8";
    response.body = std::move(text) + "\n";
    return response;
}

UtcSecond latest_at(const Context& context) { return context.site.clock.now() + kAhead_s; }

template <typename Work>
const Work& work_of(const Context& context) {
    return *static_cast<const Work*>(context.prepared.get());
}

// What answers once all is on disk, whatever was sent.
struct SamplesWork {
    LiveRows rows;
    UnmappedCounts unmapped;
    Response answer;
};

Prepared later(SamplesWork work) {
    return {std::nullopt, std::make_shared<const SamplesWork>(std::move(work))};
}

}  // namespace

Result<Prepared> prepare_remote_write(const Request& request, Context& context) {
    const std::string_view type = request.header("content-type");
    const bool second = type.find("io.prometheus.write.v2") != std::string_view::npos;
    if (media_type(request) != "application/x-protobuf" || second ||
        fold(request.header("content-encoding")) != "snappy")
        return Prepared{plain(415, context.text("probes.intake.write_type"))};
    KL_TRY(const auto mapping,
           mapping_at(context.db(), context.memory(), context.site.clock.now()));
    KL_TRY(WrittenRows written, read_write(context.db(), context.memory(), context.account.name,
                                           mapping, request.body, latest_at(context)));
    SamplesWork work{std::move(written.rows), std::move(written.unmapped), {}};
    work.answer.status = 204;
    return later(std::move(work));
}

Result<Response> keep_samples(const Request&, Context& context) {
    const auto& work = work_of<SamplesWork>(context);
    const std::string& source = context.account.name;
    KL_TRY([[maybe_unused]] const auto kept,
           keep_measurements(*context.turn, source, work.rows, work.unmapped, source));
    return work.answer;
}

namespace {

Response otlp_response(int status, OtlpEncoding encoding, std::string body) {
    Response response;
    response.status = status;
    response.type = encoding == OtlpEncoding::json ? "application/json" : "application/x-protobuf";
    response.body = std::move(body);
    return response;
}

// What must go back for a request that cannot be taken, in its own encoding.
Response otlp_refusal(OtlpEncoding encoding, const Error& error) {
    const int status = error.code == ErrorCode::refused ? 413 : 400;
    return otlp_response(status, encoding,
                         otlp_status(encoding, kInvalidArgument, describe(error, Language::en)));
}

Result<std::string> otlp_body(const Request& request) {
    if (request.header("content-encoding").empty()) return request.body;
    return unpack_gzip(request.body, kUnpackedMost);
}

// What the answer tells of samples that are not kept here.
std::string left_out_text(const UnmappedCounts& unmapped) {
    std::string text;
    for (const auto& [what, count] : unmapped) {
        if (text.size() > 500) return text + ", ...";
        text += fmt::format("{}{} ({}): {}", text.empty() ? "not kept: " : ", ", what.metric,
                            what.why, count.samples);
    }
    return text;
}

}  // namespace

Result<Prepared> prepare_otlp(const Request& request, Context& context) {
    const std::string type = media_type(request);
    const std::string packing = fold(request.header("content-encoding"));
    if ((type != "application/x-protobuf" && type != "application/json") ||
        (!packing.empty() && packing != "gzip"))
        return Prepared{plain(415, context.text("probes.intake.otlp_type"))};
    const auto encoding = type == "application/json" ? OtlpEncoding::json : OtlpEncoding::protobuf;
    const auto body = otlp_body(request);
    if (!body.ok()) return Prepared{otlp_refusal(encoding, body.error())};
    const auto otlp = parse_otlp(*body, encoding);
    if (!otlp.ok()) return Prepared{otlp_refusal(encoding, otlp.error())};
    KL_TRY(const auto mapping,
           mapping_at(context.db(), context.memory(), context.site.clock.now()));
    MappedSamples samples = mapping->map(samples_of(*otlp), latest_at(context));
    SamplesWork work;
    KL_TRY(work.rows, live_rows(context.db(), context.memory(), context.account.name,
                                samples.measurements, std::move(samples.lone_failures)));
    std::int64_t rejected = otlp->rejected;
    for (const auto& [what, count] : samples.unmapped) rejected += count.samples;
    std::string why = otlp->why;
    if (const auto more = left_out_text(samples.unmapped); !more.empty())
        why += (why.empty() ? "" : "; ") + more;
    work.unmapped = std::move(samples.unmapped);
    work.answer = otlp_response(200, encoding, otlp_answer(encoding, rejected, why));
    return later(std::move(work));
}

namespace {

Response json_response(int status, const json::object& object) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(object) + "\n";
    return response;
}

json::object batch_answer(const Context& context, const AgentBatch& batch, bool known,
                          std::int64_t next) {
    json::array rejected;
    for (const AgentFault& fault : batch.faults)
        rejected.push_back({{"result", fault.result},
                            {"field", fault.field},
                            {"detail", context.text(fault.key)}});
    return {{"known", known},
            {"next", next},
            {"accepted", batch.measurements.size()},
            {"rejected", std::move(rejected)}};
}

struct AgentWork {
    AgentBatch batch;
    LiveRows rows;
    UnmappedCounts damaged;
    bool tells = false;  // something of its machine that was not known
};

// The answer to a batch that came before; none for a new one.
Result<std::optional<Response>> known_answer(const Context& context, const AgentBatch& batch,
                                             const AgentState& before) {
    if (before.gap) return std::optional<Response>();
    const auto known = came_before(before.batches, batch.number, batch.digest);
    if (!known.ok()) return refuse_batch(context, known.error());
    if (!*known) return std::optional<Response>();
    return std::optional(
        json_response(200, batch_answer(context, batch, true, before.batches.last + 1)));
}

}  // namespace

Result<Prepared> prepare_agent_batch(const Request& request, Context& context) {
    if (media_type(request) != "application/json")
        return Prepared{plain(415, context.text("probes.intake.agent_type"))};
    AgentWork work;
    KL_TRY(work.batch, read_batch(request.body, latest_at(context)));
    const auto named = check_agent_name(context.db(), work.batch.agent, context.account.name);
    if (!named.ok()) return refuse_batch(context, named.error());
    KL_TRY(const AgentState before, agent_state(context.db(), work.batch));
    KL_TRY(auto known, known_answer(context, work.batch, before));
    if (known) return Prepared{std::move(known)};
    for (const AgentFault& fault : work.batch.faults)
        ++work.damaged[{"agent: " + fault.field, "damaged"}].samples;
    KL_TRY(work.rows, live_rows(context.db(), context.memory(), context.account.name,
                                work.batch.measurements));
    // A batch that comes late tells of the machine as it was then: newer ones have told more.
    if (work.batch.number > before.batches.last) {
        KL_TRY(const auto told, newly_told(context.db(), context.memory().names,
                                           context.account.name, work.batch));
        work.tells = !told.empty();
    }
    return Prepared{std::nullopt, std::make_shared<const AgentWork>(std::move(work))};
}

Result<Response> keep_agent_batch(const Request&, Context& context) {
    const auto& [batch, rows, damaged, tells] = work_of<AgentWork>(context);
    // Again: the same batch may have come over two connections, the name by two accounts.
    const auto named =
        claim_agent_name(context.db(), batch.agent, context.account.name, context.turn->now);
    if (!named.ok()) return refuse_batch(context, named.error());
    KL_TRY(const AgentState before, agent_state(context.db(), batch));
    KL_TRY(auto known, known_answer(context, batch, before));
    if (known) return std::move(*known);
    KL_CHECK(note_batch(context.db(), batch, before, context.turn->now));
    const std::string note = fmt::format("agent {} batch {}", batch.agent, batch.number);
    WriteTurn& turn = *context.turn;
    const std::string& source = context.account.name;
    KL_TRY(const auto kept, keep_measurements(turn, source, rows, damaged, source, note));
    if (tells && batch.number > before.batches.last) {
        // Again: another batch of its seats may have come meanwhile.
        KL_TRY(const auto told, newly_told(turn.db, turn.names, source, batch));
        KL_CHECK(keep_told(turn.db, turn.names, kept.seq, source, batch, told));
    }
    return json_response(
        202, batch_answer(context, batch, false, std::max(batch.number, before.batches.last) + 1));
}

Result<Response> post_agent_release(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"agent"});
    const auto agent = body.text("agent", {kNameBytesMax, JsonBody::Need::required});
    if (!body.ok()) return faults_problem(context, body.faults());
    WriteTurn& turn = *context.turn;
    KL_TRY(const auto account, release_agent_name(turn.db, *agent));
    if (!account) return web_error(404);
    KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
    const json::object told = {{"agent", *agent}, {"account", *account}};
    KL_CHECK(turn.end_entry(context.account.name, "agent_release", json::serialize(told)));
    return json_response(200, told);
}

Result<Response> get_intake(const Request&, Context& context) {
    KL_TRY(const auto unmapped, unmapped_rows(context.db(), kListMost));
    KL_TRY(const auto agents, agent_rows(context.db(), kListMost));
    KL_TRY(const auto unable, unable_notes(context.db(), 0, context.site.clock.now() + kAhead_s,
                                           kListMost));
    KL_TRY(const auto seen, latest_readings(context.db(), 0));
    json::array left_out, machines, unmeasured, readings;
    for (const ProbeReading& one : seen)
        if (readings.size() < static_cast<std::size_t>(kListMost))
            readings.push_back({{"kind", one.kind},
                                {"system", one.system},
                                {"action", one.action},
                                {"site", one.site},
                                {"seat", one.seat},
                                {"value", one.value},
                                {"at", iso_utc(one.at)}});
    for (const UnmappedRow& row : unmapped)
        left_out.push_back({{"source", row.source},
                            {"metric", row.metric},
                            {"why", row.why},
                            {"reason", context.text("probes.intake.why." + row.why)},
                            {"labels", row.labels},
                            {"samples", row.samples},
                            {"first_at", iso_utc(row.first_at)},
                            {"last_at", iso_utc(row.last_at)}});
    for (const AgentRow& row : agents)
        machines.push_back({{"agent", row.agent},
                            {"last_batch", row.last},
                            {"missed", row.missed},
                            {"dropped", row.dropped},
                            {"account", row.account},
                            {"model", row.model},
                            {"bios_date", row.bios_date},
                            {"seen_at", iso_utc(row.seen_at)}});
    for (const UnableNote& note : unable)
        unmeasured.push_back({{"agent", note.agent},
                              {"system", note.system},
                              {"action", note.action},
                              {"site", note.site},
                              {"seat", note.seat},
                              {"reason", note.reason},
                              {"times", note.times},
                              {"first_at", iso_utc(note.first_at)},
                              {"last_at", iso_utc(note.last_at)}});
    return json_response(200, {{"unmapped", std::move(left_out)},
                               {"agents", std::move(machines)},
                               {"unable", std::move(unmeasured)},
                               {"readings", std::move(readings)}});
}

}  // namespace klarsyn::probes
