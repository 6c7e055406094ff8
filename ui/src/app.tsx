// The desk's places: call bar, drafts, views, list, the case or a form, messages and key hints.
import { useEffect } from "preact/hooks";
import { BulkBar, BulkPanel } from "./bulk.tsx";
import { CallBar } from "./call_bar.tsx";
import { CasePanel } from "./case_panel.tsx";
import { useCell } from "./cell.ts";
import { useDesk, useMedia, useNow } from "./context.ts";
import { DraftTabs } from "./draft_tabs.tsx";
import { List, ListStatus, narrowMedia } from "./list.tsx";
import { NewCase } from "./new_case.tsx";
import { Palette } from "./palette.tsx";
import { clockTime, count, t, word } from "./text.ts";
import { FilterBar, Views } from "./views.tsx";
import type { Toast } from "./toasts.ts";

function Banners() {
  const desk = useDesk();
  const stale = useCell(desk.stream.staleSince);
  const out = useCell(desk.loggedOut);
  return (
    <>
      {out && (
        <p class="k-banner k-banner-red" role="alert">
          {t("banner.logged_out")}{" "}
          <a href="/login?next=/desk" target="_blank" rel="noopener">
            {t("banner.log_in")}
          </a>{" "}
          <button
            type="button"
            class="k-link"
            onClick={() => {
              desk.loggedOut.set(false);
              desk.drafts.flush();
              void desk.refresh();
            }}
          >
            {t("banner.again")}
          </button>
        </p>
      )}
      {stale && !out && (
        <p class="k-banner" role="alert">
          {t("banner.stale", { time: clockTime(stale) })}
        </p>
      )}
    </>
  );
}

function ToastLine({ toast }: { toast: Toast }) {
  const desk = useDesk();
  const now = useNow();
  const left = Math.max(0, Math.ceil((toast.until - now) / 1000));
  return (
    <li class={`k-toast k-toast-${toast.kind}`}>
      <span>{toast.text}</span>
      {toast.undo && (
        <button
          type="button"
          class="k-button k-quiet"
          onClick={() => {
            desk.toasts.close(toast.id);
            void toast.undo!();
          }}
        >
          {t("undo.button")}{" "}
          <span aria-hidden="true" class="k-left">
            {left}
          </span>
        </button>
      )}
      <button
        type="button"
        class="k-close"
        aria-label={t("toast.close")}
        onClick={() => desk.toasts.close(toast.id)}
      >
        ×
      </button>
    </li>
  );
}

function ToastList() {
  const toasts = useCell(useDesk().toasts.all);
  return (
    <section class="k-toasts" aria-label={t("toast.label")}>
      <ul aria-live="polite">
        {toasts.map((toast) => (
          <ToastLine key={toast.id} toast={toast} />
        ))}
      </ul>
    </section>
  );
}

function Hints() {
  const desk = useDesk();
  const on = useCell(desk.keysOn);
  const hints: [string, string][] = [
    ["Ctrl K", t("keys.palette")],
    ["↑ ↓", t("keys.move")],
    ["↵", t("keys.open")],
    [t("keys.space"), t("keys.select")],
  ];
  const letters: [string, string][] = [
    ["n", t("new.title")],
    ["t", t("action.take")],
    ["c", t("action.reply")],
    ["i", t("action.note")],
    ["r", t("action.resolve")],
    ["a", t("action.assign")],
    ["m", t("action.move")],
    ["h", t("action.hold")],
    ["/", t("keys.search")],
  ];
  return (
    <footer class="k-hints" aria-label={t("keys.label")}>
      {[...hints, ...(on ? letters : [])].map(([key, what]) => (
        <span key={key}>
          <kbd>{key}</kbd> {what}
        </span>
      ))}
      <button type="button" class="k-link" onClick={() => desk.setKeys(!on)}>
        {t(on ? "keys.turn_off" : "keys.turn_on")}
      </button>
    </footer>
  );
}

function Detail() {
  const desk = useDesk();
  const panel = useCell(desk.panel);
  if (panel.kind === "draft") return <NewCase key={panel.id} id={panel.id} />;
  if (panel.kind === "bulk") return <BulkPanel action={panel.action} />;
  return <CasePanel />;
}

// Only Ctrl K acts everywhere: no other key is taken from the browser or from what is being written.
function useGlobalKey(): void {
  const desk = useDesk();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.altKey ||
        event.shiftKey ||
        event.key.toLowerCase() !== "k"
      )
        return;
      event.preventDefault();
      desk.palette.set(!desk.palette.value);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

export function App() {
  const desk = useDesk();
  const narrow = useMedia(narrowMedia);
  const detail = useCell(desk.detail);
  const asked = useCell(desk.asked);
  const views = useCell(desk.views);
  const fresh = useCell(desk.fresh);
  useGlobalKey();
  const view = views.find((one) => one.id === asked.view);
  const title = asked.view?.startsWith("filter:")
    ? (view?.title ?? "")
    : word("view", asked.view ?? "open");
  return (
    <div class={`k-desk${narrow ? " k-narrow" : ""}${narrow && detail ? " k-detail" : ""}`}>
      {narrow && (
        <h1 id="view-title" class="k-hidden">
          {title}
        </h1>
      )}
      <Banners />
      <CallBar />
      <DraftTabs />
      <div class="k-panes">
        {!(narrow && detail) && <Views narrow={narrow} />}
        {!(narrow && detail) && (
          <section class="k-middle" aria-labelledby="view-title">
            {!narrow && (
              <h1 id="view-title" class="k-view-title">
                {title}
              </h1>
            )}
            <ListStatus />
            <FilterBar />
            <BulkBar />
            {fresh > 0 && (
              <p class="k-fresh" role="status">
                <button type="button" class="k-link" onClick={() => void desk.list(asked)}>
                  {t("list.fresh", { n: count(fresh) })}
                </button>
              </p>
            )}
            <List label={title} />
          </section>
        )}
        {(!narrow || detail) && (
          <section class="k-right" aria-label={t("case.label")} tabIndex={0}>
            {narrow && (
              <button type="button" class="k-link" onClick={() => desk.detail.set(false)}>
                ‹ {t("case.back")}
              </button>
            )}
            <Detail />
          </section>
        )}
      </div>
      <ToastList />
      <Hints />
      <Palette />
    </div>
  );
}
