#include "reports/editions.h"

#include <map>

#include "core/hash.h"
#include "reports/edition_rows.h"
#include "reports/json_text.h"
#include "reports/render.h"
#include "store/journal.h"

namespace klarsyn {

namespace {

constexpr int kAttempts = 3;  // an import may come between building and storing

struct Prepared {
    Document document;
    std::vector<StoredFile> files;
    std::vector<std::string> notes;
    std::vector<Blocker> blocked_by;
    std::optional<Edition> stands;
};

std::string edition_name(const ReportPlan& plan, Period period, int number) {
    return plan.id + "-" + period_label(period) + "-" + std::to_string(number);
}

// What must differ for a new edition: the questions, their answers, and the records behind them.
bool same_figures(const std::vector<ReportFigure>& a, const std::vector<ReportFigure>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (figure_key(a[i].question) != figure_key(b[i].question) || a[i].num != b[i].num ||
            a[i].den != b[i].den || a[i].records != b[i].records || a[i].state != b[i].state ||
            a[i].refs_hash != b[i].refs_hash)
            return false;
    return true;
}

// Accepted gaps are printed under every table that has the gap.
Result<void> print_accepted_gaps(PublishContext& context, Document& document) {
    if (!context.accepted_gaps) return {};
    for (ReportSection& section : document.sections)
        for (Block& block : section.blocks) {
            auto* table = std::get_if<Table>(&block.body);
            if (!table) continue;
            std::map<std::string, std::vector<Day>> by_note;
            for (const Series& series : table->series) {
                const Indicator* indicator = context.catalogue.find(series.figure);
                if (!indicator) continue;
                const Period span{table->buckets.front().period.from,
                                  table->buckets.back().period.to};
                KL_TRY(const auto gaps, context.accepted_gaps(indicator->table, span));
                for (const AcceptedGap& gap : gaps) {
                    auto& days = by_note[gap.note];
                    if (days.empty() || days.back() < gap.day) days.push_back(gap.day);
                }
            }
            for (const auto& [note, days] : by_note) {
                LocalText listed;
                for (const Day day : days) {
                    listed.da += (listed.da.empty() ? "" : ", ") + format_date(day, Language::da);
                    listed.en += (listed.en.empty() ? "" : ", ") + format_date(day, Language::en);
                }
                const auto in = [&](Language language) {
                    return text(language, "report.note.accepted_gap",
                                {{"days", listed.in(language)}, {"note", note}});
                };
                table->notes.push_back({"accepted_gap", {in(Language::da), in(Language::en)}});
            }
        }
    return {};
}

Result<void> render_pages(PublishContext& context, Prepared& prepared, Language language) {
    const Document& document = prepared.document;
    const std::string code(language_code(language));
    const std::string page = render_html(document, language, context.library.standalone_style());
    const auto add = [&](const char* format, std::string bytes) {
        prepared.files.push_back({format, code, std::move(bytes)});
    };
    add("html", page);
    add("fragment", render_html_fragment(document, language));
    add("csv", render_csv(document, language));
    add("csv-excel-da", render_csv(document, language, CsvDialect::excel_da));
    KL_TRY(std::string sheet, render_xlsx(document, language));
    add("xlsx", std::move(sheet));
    if (!context.print_pdf) return {};
    auto pdf = context.print_pdf(page);
    if (pdf.ok()) {
        add("pdf", pdf.take());
    } else if (prepared.notes.empty()) {
        // A report is not held back for want of a printer: the edition says that it has no PDF.
        prepared.notes.push_back(pdf.error().key == "report.error.chromium_missing"
                                     ? "report.note.no_pdf"
                                     : "report.note.pdf_failed");
    }
    return {};
}

// Builds, checks and hashes on one snapshot of the reader.
Result<Prepared> prepare_inside(PublishContext& context, const ReportPlan& plan, Period period,
                                const std::string& actor) {
    Prepared prepared;
    KL_TRY(prepared.document,
           build_document(context.library, plan, period, context.catalogue, context.source));
    Document& document = prepared.document;
    KL_TRY(const std::int64_t head, head_seq(context.reader));
    document.as_of = head;
    KL_TRY(prepared.blocked_by, publish_blockers(context, document));
    if (!prepared.blocked_by.empty()) return prepared;
    for (ReportFigure& figure : document.figures)
        if (figure.value && context.refs_hash) {
            KL_TRY(figure.refs_hash, context.refs_hash(figure.question));
        }
    KL_TRY(const auto before, editions_of(context.reader, plan.id, period));
    if (!before.empty()) {
        KL_TRY(const auto frozen, edition_figures(context.reader, before.back()));
        if (same_figures(frozen, document.figures)) {
            prepared.stands = before.back();
            return prepared;
        }
    }
    KL_CHECK(print_accepted_gaps(context, document));
    document.number = static_cast<int>(before.size()) + 1;
    document.edition = edition_name(plan, period, document.number);
    document.published_at = context.clock.now();
    document.published_by = actor;
    return prepared;
}

Result<Prepared> prepare(PublishContext& context, const ReportPlan& plan, Period period,
                         const std::string& actor) {
    KL_CHECK(context.reader.begin_read());
    auto prepared = prepare_inside(context, plan, period, actor);
    context.reader.rollback();  // nothing was written; this only ends the snapshot
    if (!prepared.ok() || prepared->stands || !prepared->blocked_by.empty()) return prepared;
    for (const Language language : {Language::da, Language::en})
        KL_CHECK(render_pages(context, *prepared, language));
    prepared->files.push_back({"json", "", render_json(prepared->document)});
    return prepared;
}

Edition edition_of(const Prepared& prepared, std::int64_t seq) {
    const Document& document = prepared.document;
    Edition edition;
    edition.seq = seq;
    edition.id = document.edition;
    edition.plan = document.plan;
    edition.title = document.title;
    edition.period = document.period;
    edition.number = document.number;
    edition.as_of = document.as_of;
    edition.published_at = document.published_at;
    edition.published_by = document.published_by;
    edition.figures = static_cast<std::int64_t>(document.figures.size());
    edition.notes = prepared.notes;
    return edition;
}

std::string journal_detail(const Edition& edition, const std::vector<StoredFile>& files,
                           const std::vector<ReportFigure>& figures) {
    JsonText json;
    json.begin_object();
    json.key("edition").text(edition.id);
    json.key("plan").text(edition.plan);
    json.key("period").text(period_label(edition.period));
    json.key("as_of").integer(edition.as_of);
    json.key("figures").integer(edition.figures);
    json.key("figures_sha256").text(figures_digest(figures));
    json.key("files_sha256").text(files_digest(files));
    json.end_object();
    return json.take();
}

enum class Stored { done, moved_on };

Result<Stored> store_inside(PublishContext& context, const Prepared& prepared, Edition& edition) {
    KL_TRY(const std::int64_t head, head_seq(context.writer));
    if (head != prepared.document.as_of) return Stored::moved_on;
    KL_TRY(const std::int64_t seq, next_seq(context.writer));
    edition = edition_of(prepared, seq);
    KL_CHECK(insert_edition(context.writer, edition, prepared.document, prepared.files));
    JournalEntry entry;
    entry.seq = seq;
    entry.at = edition.published_at;
    entry.actor = edition.published_by;
    entry.kind = "publish";
    entry.detail = journal_detail(edition, prepared.files, prepared.document.figures);
    KL_CHECK(append_entry(context.writer, context.journal_key, std::move(entry)));
    return Stored::done;
}

Result<Stored> store(PublishContext& context, const Prepared& prepared, Edition& edition) {
    KL_CHECK(context.writer.begin_write());
    auto stored = store_inside(context, prepared, edition);
    if (!stored.ok() || *stored == Stored::moved_on) {
        context.writer.rollback();
        return stored;
    }
    KL_CHECK(context.writer.commit());
    return stored;
}

}  // namespace

Result<PublishOutcome> publish(PublishContext& context, const ReportPlan& plan, Period period,
                               const std::string& actor) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        KL_TRY(Prepared prepared, prepare(context, plan, period, actor));
        PublishOutcome outcome;
        outcome.blocked_by = prepared.blocked_by;
        if (!outcome.blocked_by.empty()) return outcome;
        if (prepared.stands) {
            outcome.edition = prepared.stands;
            outcome.kind = PublishOutcome::Kind::stands;
            return outcome;
        }
        Edition edition;
        KL_TRY(const Stored stored, store(context, prepared, edition));
        if (stored == Stored::done) {
            outcome.edition = std::move(edition);
            return outcome;
        }
    }
    return make_error(ErrorCode::conflict, "report.error.moved_on");
}

}  // namespace klarsyn
