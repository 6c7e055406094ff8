// What is half written, one tab each.
import { useCell } from "./cell.ts";
import { useDesk } from "./context.ts";
import { t } from "./text.ts";
import type { OwnDraft } from "./drafts.ts";

function titleOf(draft: OwnDraft): string {
  if (draft.kind === "case") return draft.body.title || draft.body.caller_name || t("new.title");
  const number = draft.case ?? "";
  if (draft.kind === "resolve") return t("draft.resolve", { number });
  return t(draft.body.visibility === "internal" ? "draft.note" : "draft.reply", { number });
}

export function DraftTabs() {
  const desk = useDesk();
  const drafts = useCell(desk.drafts.all);
  const panel = useCell(desk.panel);
  const open = useCell(desk.open);
  const action = useCell(desk.action);
  const current = (draft: OwnDraft) =>
    draft.kind === "case"
      ? panel.kind === "draft" && panel.id === draft.id
      : panel.kind === "case" &&
        open === draft.case &&
        action !== null &&
        action.startsWith(
          draft.kind === "resolve"
            ? "resolve"
            : draft.body.visibility === "internal"
              ? "note"
              : "reply",
        );
  return (
    <nav class="k-drafts" aria-label={t("draft.label")}>
      <button type="button" class="k-button k-quiet k-new-button" onClick={() => desk.newCase()}>
        + {t("new.title")}
      </button>
      <ul>
        {drafts.map((draft) => (
          <li key={draft.id}>
            <button
              type="button"
              class="k-draft"
              aria-current={current(draft) ? "true" : undefined}
              onClick={() => desk.showDraft(draft.id)}
            >
              {draft.body.call && <span class="k-draft-call">{t("draft.call")} </span>}
              {titleOf(draft)}
              {draft.saved === "failed" && <span class="k-state-red"> {t("draft.failed")}</span>}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
