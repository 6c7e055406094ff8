// dicom-echo, dicom-find and dicom-worklist: C-ECHO and C-FIND by DCMTK, whose headers are in this
// file and dicom_connection.h alone.
//
// Settings of all three: host, port (104; 2762 with TLS), called (the service's AE title), calling
// (ours, KLARSYN); tls, server_name, ca_file, certificate_file, key_secret: secure.h.
// dicom-find: patient_id, accession_number or study_uid: whom to look for, a test patient, without
//   wildcards; model ("study" or "patient"); at_least (answers, 1).
// dicom-worklist: station (AE title of the apparatus) or patient_id; modality; date ("today",
//   "any" or YYYYMMDD); at_least (0).
// Steps: connect, tls, associate, and echo or find. Reading: results. What is found is counted,
// never kept.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/diutil.h>
#include <dcmtk/dcmnet/scu.h>

#include <optional>

#include "core/time.h"
#include "protocols/checks/dicom_connection.h"
#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kResultsMax = 10'000;
constexpr std::size_t kTitleMax = 16;  // PS3.5, VR AE
constexpr std::size_t kIdMax = 64;     // VR LO and UI

struct DicomSettings {
    std::string host, called, calling;
    std::optional<TlsWish> tls;
    int port = 104;
    std::string patient_id, accession_number, study_uid;  // find
    std::string station, modality, date;                  // worklist
    bool patient_model = false;
    std::int64_t at_least = 0;
};

DicomSettings read_peer(Fields& fields) {
    DicomSettings peer;
    peer.host = fields.host();
    peer.tls = read_tls_wish(fields, peer.host);
    peer.port = fields.port("port", peer.tls ? 2762 : 104);
    peer.called = fields.text("called");
    peer.calling = fields.text("calling", "KLARSYN");
    if (peer.called.size() > kTitleMax) fields.fault("called", "checks.dicom.long");
    if (peer.calling.size() > kTitleMax) fields.fault("calling", "checks.dicom.long");
    return peer;
}

// A wildcard would fetch what concerns other patients.
std::string read_key(Fields& fields, std::string_view name, std::size_t most) {
    std::string value = fields.text(name, "");
    if (value.size() > most) fields.fault(name, "checks.dicom.long");
    if (value.find_first_of("*?\\") != std::string::npos)
        fields.fault(name, "checks.dicom.wildcard");
    return value;
}

Result<DicomSettings> read_echo(const boost::json::object& settings) {
    Fields fields(settings);
    DicomSettings read = read_peer(fields);
    KL_CHECK(fields.finish());
    return read;
}

Result<DicomSettings> read_find(const boost::json::object& settings) {
    Fields fields(settings);
    DicomSettings read = read_peer(fields);
    read.patient_id = read_key(fields, "patient_id", kIdMax);
    read.accession_number = read_key(fields, "accession_number", 16);
    read.study_uid = read_key(fields, "study_uid", kIdMax);
    read.patient_model = fields.word("model", {"study", "patient"}) == "patient";
    // Patient root asks within one patient.
    const bool other = !read.accession_number.empty() || !read.study_uid.empty();
    if (read.patient_id.empty() && (read.patient_model || !other))
        fields.fault("patient_id", "checks.dicom.whom");
    read.at_least = fields.number("at_least", 0, kResultsMax, 1);
    KL_CHECK(fields.finish());
    return read;
}

Result<DicomSettings> read_worklist(const boost::json::object& settings) {
    Fields fields(settings);
    DicomSettings read = read_peer(fields);
    read.station = read_key(fields, "station", kTitleMax);
    read.patient_id = read_key(fields, "patient_id", kIdMax);
    read.modality = read_key(fields, "modality", 16);
    read.date = fields.text("date", "today");
    const bool digits =
        read.date.size() == 8 && read.date.find_first_not_of("0123456789") == std::string::npos;
    if (read.date != "today" && read.date != "any" && !digits)
        fields.fault("date", "checks.dicom.date");
    if (read.station.empty() && read.patient_id.empty())
        fields.fault("station", "checks.dicom.station");
    read.at_least = fields.number("at_least", 0, kResultsMax, 0);
    KL_CHECK(fields.finish());
    return read;
}

// Counts answers and lets go of them at once.
class CountingScu : public DcmSCU {
public:
    explicit CountingScu(const Deadline& deadline) : deadline_(deadline) {}
    using DcmSCU::useSecureConnection;

    OFCondition handleFINDResponse(const T_ASC_PresentationContextID, QRResponse* response,
                                   OFBool& wait_for_more) override {
        if (response == nullptr) return DIMSE_NULLKEY;
        status_ = response->m_status;
        const bool pending = DICOM_PENDING_STATUS(status_);
        if (pending) ++results_;
        flooded_ = results_ > kResultsMax;
        wait_for_more = pending && !flooded_ && !deadline_.passed();
        return EC_Normal;
    }

    std::int64_t results() const { return results_; }
    Uint16 status() const { return status_; }
    bool flooded() const { return flooded_; }

private:
    const Deadline& deadline_;
    std::int64_t results_ = 0;
    Uint16 status_ = 0xFFFF;
    bool flooded_ = false;
};

struct KnownCondition {
    unsigned short module, code;
    const char* words;
};
constexpr KnownCondition kConditions[] = {
    {OFM_dcmnet, DULC_ASSOCIATIONREJECTED, "association rejected"},
    {OFM_dcmnet, DULC_PEERABORTEDASSOCIATION, "association aborted by the peer"},
    {OFM_dcmnet, DULC_PEERREQUESTEDRELEASE, "association released by the peer"},
    {OFM_dcmnet, DULC_NETWORKCLOSED, "connection closed by the peer"},
    {OFM_dcmnet, DULC_REQUESTASSOCIATIONFAILED, "no association"},
    {OFM_dcmnet, DULC_TCPINITERROR, "no connection"},
    {OFM_dcmnet, DULC_UNKNOWNHOST, "host not found"},
    {OFM_dcmnet, DULC_UNRECOGNIZEDPDUTYPE, "answers another protocol than DICOM"},
    {OFM_dcmnet, DULC_ILLEGALPDU, "malformed PDU"},
    {OFM_dcmnet, DULC_ILLEGALPDULENGTH, "malformed PDU"},
    {OFM_dcmnet, DULC_UNEXPECTEDPDU, "unexpected PDU"},
};

std::string code_of(const OFCondition& condition) {
    char code[16];
    std::snprintf(code, sizeof code, "%04x:%04x", condition.module(), condition.code());
    return code;
}

bool is_timeout(const OFCondition& condition) {
    return condition.module() == OFM_dcmnet &&
           (condition.code() == DULC_READTIMEOUT || condition.code() == DIMSEC_NODATAAVAILABLE);
}

// DCMTK's own texts may quote what the peer sent: the condition's number is told instead.
CheckAnswer answer_for(const OFCondition& condition, const std::string& during,
                       const Deadline& deadline) {
    if (is_timeout(condition) || deadline.passed()) return check_timed_out(during);
    std::string words = "failed";
    if (condition == NET_EC_NoAcceptablePresentationContexts)
        words = "service class or transfer syntax not accepted";
    for (const KnownCondition& known : kConditions)
        if (condition.module() == known.module && condition.code() == known.code)
            words = known.words;
    return check_failed(during + ": " + words + " (" + code_of(condition) + ")");
}

// The connection to the peer, ready for DICOM; or why there is none.
Tried<PeerStream> reach(const CheckTask& task, const DicomSettings& peer, const Deadline& deadline,
                        Steps& steps) {
    auto connected = NetStream::open(peer.host, peer.port, deadline);
    if (!connected.ok()) return connected.fault();
    steps.done("connect");
    PeerStream stream(std::move(*connected));
    if (!peer.tls) return stream;
    const auto shaken = stream.secure(*peer.tls, task, deadline);
    if (!shaken.ok()) return shaken.fault();
    steps.done("tls");
    return stream;
}

void set_up(DcmSCU& scu, const DicomSettings& peer, const Doorway& doorway, const char* sop_class,
            const Deadline& deadline) {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // it would tell of patients
    const int seconds = whole_seconds(deadline);
    scu.setPeerHostName("127.0.0.1");
    scu.setPeerPort(doorway.port());
    scu.setPeerAETitle(peer.called.c_str());
    scu.setAETitle(peer.calling.c_str());
    scu.setConnectionTimeout(seconds);
    scu.setACSETimeout(static_cast<Uint32>(seconds));
    scu.setDIMSETimeout(static_cast<Uint32>(seconds));
    scu.setDIMSEBlockingMode(DIMSE_NONBLOCKING);
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    syntaxes.push_back(UID_LittleEndianImplicitTransferSyntax);
    scu.addPresentationContext(sop_class, syntaxes);
}

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
    item.putAndInsertString(tag, value.c_str());
}

void fill_find(DcmDataset& keys, const DicomSettings& query) {
    put(keys, DCM_QueryRetrieveLevel, "STUDY");
    put(keys, DCM_PatientID, query.patient_id);
    if (!query.accession_number.empty()) put(keys, DCM_AccessionNumber, query.accession_number);
    put(keys, DCM_StudyInstanceUID, query.study_uid);
}

std::string date_key(const std::string& date) {
    if (date == "any") return {};
    if (date != "today") return date;
    std::string today = iso_date(Zone::copenhagen().to_local(SystemClock().now()).day);
    std::erase(today, '-');
    return today;
}

void fill_worklist(DcmDataset& keys, const DicomSettings& query) {
    put(keys, DCM_PatientID, query.patient_id);
    put(keys, DCM_StudyInstanceUID, "");
    DcmItem* step = nullptr;
    keys.findOrCreateSequenceItem(DCM_ScheduledProcedureStepSequence, step, -2);
    if (step == nullptr) return;
    put(*step, DCM_ScheduledStationAETitle, query.station);
    put(*step, DCM_ScheduledProcedureStepStartDate, date_key(query.date));
    put(*step, DCM_Modality, query.modality);
}

// An association, or why there is none.
std::optional<CheckAnswer> refused(CountingScu& scu, DicomLayer& layer, const Deadline& deadline) {
    OFCondition done = scu.initNetwork();
    if (done.good()) done = scu.useSecureConnection(&layer);
    if (done.good()) done = scu.negotiateAssociation();
    if (done.good()) return {};
    return answer_for(done, "associating", deadline);
}

// The peer has answered; how it takes our leave is not measured.
void leave(DcmSCU& scu, bool in_order) {
    if (!scu.isConnected()) return;
    if (in_order)
        scu.releaseAssociation();
    else
        scu.abortAssociation();
}

CheckAnswer judge(const CountingScu& scu, std::int64_t at_least, const Deadline& deadline) {
    if (scu.flooded()) return check_failed("more than " + std::to_string(kResultsMax) + " answers");
    if (deadline.passed()) return check_timed_out("finding");
    if (scu.status() != STATUS_Success) {
        char status[8];
        std::snprintf(status, sizeof status, "%04x", static_cast<unsigned>(scu.status()));
        return check_failed(std::string("finding: status ") + status);
    }
    CheckAnswer answer = answer_ok(deadline);
    if (scu.results() < at_least)
        answer = check_failed(std::to_string(scu.results()) + " answers of at least " +
                              std::to_string(at_least));
    answer.readings.push_back({"results", scu.results()});
    return answer;
}

// An association for the service class, then what `ask` does with it, which says whether it went
// well.
template <typename Ask>
CheckAnswer associated(const CheckTask& task, const DicomSettings& peer, const char* sop_class,
                       Ask ask) {
    dcmDataDict.rdlock();  // loads it, which is none of the service's time
    dcmDataDict.rdunlock();
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    const Doorway doorway;
    if (doorway.port() == 0) return check_unable("no port of the probe's machine is free");
    auto stream = reach(task, peer, deadline, steps);
    if (!stream.ok()) return steps.in(answer_of(stream.fault()), "connecting");
    DicomLayer layer(*stream, deadline);
    CountingScu scu(deadline);
    set_up(scu, peer, doorway, sop_class, deadline);
    if (const auto why = refused(scu, layer, deadline)) return steps.in(*why, "associating");
    steps.done("associate");
    return ask(scu, deadline, steps);
}

CheckAnswer find(const CheckTask& task, const DicomSettings& query, const char* sop_class,
                 void (*fill)(DcmDataset&, const DicomSettings&)) {
    DcmDataset keys;
    fill(keys, query);
    const auto ask = [&](CountingScu& scu, const Deadline& deadline, Steps& steps) {
        const auto context = scu.findPresentationContextID(sop_class, "");
        const OFCondition done = scu.sendFINDRequest(context, &keys, nullptr);
        const CheckAnswer answer = done.bad() ? answer_for(done, "finding", deadline)
                                              : judge(scu, query.at_least, deadline);
        if (done.good()) steps.done("find");
        leave(scu, done.good() && scu.status() == STATUS_Success);
        return steps.in(answer, "finding");
    };
    return associated(task, query, sop_class, ask);
}

CheckAnswer run_echo(const CheckTask& task) {
    const auto peer = read_echo(task.settings);
    if (!peer.ok()) return check_unable(peer.error());
    const auto ask = [](CountingScu& scu, const Deadline& deadline, Steps& steps) {
        const OFCondition done = scu.sendECHORequest(0);
        if (done.good()) steps.done("echo");
        const CheckAnswer answer =
            done.good() ? answer_ok(deadline) : answer_for(done, "echoing", deadline);
        leave(scu, done.good());
        return steps.in(answer, "echoing");
    };
    return associated(task, *peer, UID_VerificationSOPClass, ask);
}

CheckAnswer run_find(const CheckTask& task) {
    const auto query = read_find(task.settings);
    if (!query.ok()) return check_unable(query.error());
    return find(task, *query,
                query->patient_model ? UID_FINDPatientRootQueryRetrieveInformationModel
                                     : UID_FINDStudyRootQueryRetrieveInformationModel,
                fill_find);
}

CheckAnswer run_worklist(const CheckTask& task) {
    const auto query = read_worklist(task.settings);
    if (!query.ok()) return check_unable(query.error());
    return find(task, *query, UID_FINDModalityWorklistInformationModel, fill_worklist);
}

template <Result<DicomSettings> (*read)(const boost::json::object&)>
Result<void> complete(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto query, read(settings));
    return {};
}

}  // namespace

const CheckProtocol kDicomEchoCheck{"dicom-echo", complete<read_echo>, run_echo};
const CheckProtocol kDicomFindCheck{"dicom-find", complete<read_find>, run_find};
const CheckProtocol kDicomWorklistCheck{"dicom-worklist", complete<read_worklist>, run_worklist};

}  // namespace klarsyn
