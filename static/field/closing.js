/** Closing the shift where there is no network; with one, the server's own page asks for more. */
import { closeShift } from "./capture.js";
import { byId, one, words } from "./data.js";
import { standingNow } from "./draining.js";
import { why } from "./saying.js";
import { clock, instantOf, localDate, withOffset } from "./time.js";

/** @typedef {import("./data.js").Shift} Shift */

/**
 * Lets the link to the closing page ask here instead while the server cannot be reached.
 * @param {{shift: () => Shift | null, counted: () => number, closed: () => void}} wishes
 */
export function closeWithoutNetwork({ shift, counted, closed }) {
  const link = one(document, '[data-shift-link$="/stang"]', HTMLAnchorElement);
  const dialog = byId("close-dialog", HTMLDialogElement);
  const form = one(dialog, "form", HTMLFormElement);
  const time = byId("close-time", HTMLInputElement);
  const fault = byId("close-fault", HTMLElement);
  let busy = false;
  link.addEventListener("click", (event) => {
    const running = shift();
    if (!running || standingNow().trouble !== "unreachable") return;
    event.preventDefault();
    byId("close-text", HTMLElement).textContent = words("closeText", { place: running.site_label, count: counted() });
    time.value = clock(new Date());
    fault.textContent = "";
    dialog.showModal();
  });
  form.addEventListener("submit", async (event) => {
    if (event.submitter instanceof HTMLButtonElement && event.submitter.value === "keep") return;
    event.preventDefault();
    const running = shift();
    const now = new Date();
    const at = instantOf({ kind: "clock", date: localDate(now), time: time.value }, now);
    if (!running || busy) return;
    if (!at || at > now || at <= new Date(running.started_at ?? running.starts_at)) {
      fault.textContent = words("closeTime");
      time.focus();
      return;
    }
    busy = true;
    const answer = await closeShift(running.id, withOffset(at)).finally(() => {
      busy = false;
    });
    if (!answer.ok) {
      fault.textContent = why(answer);
      return;
    }
    dialog.close();
    closed();
  });
}
