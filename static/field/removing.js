/** Taking back a contact from today's list, with a reason. */
import { voidContact } from "./capture.js";
import { byId, one, words } from "./data.js";
import { whole, why } from "./saying.js";
import { insist } from "./session.js";
import { showSaved, whileSending } from "./strip.js";

/**
 * Asks why, takes it back, and tells.
 * @param {import("./data.js").FieldData["codes"]} codes
 * @param {import("./data.js").ContactRow} row
 * @param {(row: import("./data.js").ContactRow) => void} removed
 */
export function askToRemove(codes, row, removed) {
  const dialog = byId("remove-dialog", HTMLDialogElement);
  const form = one(dialog, "form", HTMLFormElement);
  const fault = byId("remove-fault", HTMLElement);
  let busy = false;
  form.reset();
  fault.textContent = "";
  byId("remove-what", HTMLElement).textContent = whole(codes, row);
  form.onsubmit = async (event) => {
    if (!(event.submitter instanceof HTMLButtonElement) || event.submitter.value === "keep") return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const reason = String(new FormData(form).get("void_reason"));
    const answer = await whileSending(insist(() => voidContact(row, reason))).finally(() => {
      busy = false;
    });
    if (!answer.ok) {
      fault.textContent = why(answer);
      return;
    }
    dialog.close();
    removed({ ...row, ...answer.row, voided_at: answer.row?.voided_at ?? new Date().toISOString() });
    showSaved(words("removed"), whole(codes, row));
    byId("today-title", HTMLElement).focus();
  };
  dialog.showModal();
}
