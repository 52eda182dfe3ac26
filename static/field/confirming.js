/** What was saved under lock is its author's when they say so: asked at once, and found again when they said "Senare". */
import { confirmContact, voidContact } from "./capture.js";
import { byId, one, words } from "./data.js";
import { rowsOf } from "./day.js";
import { showUnconfirmed } from "./tending.js";
import { clock } from "./time.js";
import { readerNow } from "./watch.js";

/**
 * @typedef {import("./data.js").ContactRow} ContactRow
 *
 * @typedef {object} Asking
 * @property {import("./watch.js").Reader} reader
 * @property {(row: ContactRow) => string} say a contact in words
 * @property {(row: ContactRow) => void} stands it stands differently now
 */

/** @param {Asking} asking */
export async function askToConfirm(asking) {
  const found = await unconfirmedOf(asking.reader);
  if (!found.length || readerNow() !== asking.reader) return;
  const dialog = byId("confirm-dialog", HTMLDialogElement);
  const form = one(dialog, "form", HTMLFormElement);
  const left = new Map(found.map((row) => [row.id, row]));
  byId("confirm-title", HTMLElement).textContent = words(found.length === 1 ? "confirmOne" : "confirmMany", { count: found.length });
  byId("confirm-fault", HTMLElement).textContent = "";
  byId("confirm-list", HTMLUListElement).replaceChildren(...found.map((row) => confirmRow(row, left, asking)));
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  form.reset();
  if (dialog.returnValue === "yes") {
    for (const row of left.values()) {
      const answer = await confirmContact(row);
      if (answer.ok) asking.stands(answer.row);
    }
  }
  await tellOfUnconfirmed(asking);
}

/** Leaves a way back to the question, for as long as it has no answer. @param {Asking} asking */
async function tellOfUnconfirmed(asking) {
  const found = await unconfirmedOf(asking.reader);
  if (readerNow() !== asking.reader) return;
  showUnconfirmed(found.length, () => void askToConfirm(asking));
}

/** @param {import("./watch.js").Reader} reader */
async function unconfirmedOf(reader) {
  const found = await rowsOf(reader);
  return found.filter(({ entry, row }) => entry.unconfirmed && !row.voided_at).map(({ row }) => row);
}

/** @param {ContactRow} row @param {Map<string, ContactRow>} left @param {Asking} asking */
function confirmRow(row, left, asking) {
  const item = one(document.importNode(byId("confirm-row", HTMLTemplateElement).content, true), "li", HTMLLIElement);
  const what = `${clock(new Date(row.occurred_at))} ${asking.say(row)}`;
  one(item, ".confirm__what", HTMLElement).textContent = what;
  one(item, ".confirm__which", HTMLElement).textContent = what;
  const button = one(item, "button", HTMLButtonElement);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await voidContact(row, "mistap");
    button.disabled = false;
    if (!answer.ok) {
      byId("confirm-fault", HTMLElement).textContent = words(answer.problem.words ?? "refusedByServer");
      return;
    }
    left.delete(row.id);
    asking.stands(answer.row);
    item.remove();
    byId("confirm-title", HTMLElement).focus();
  });
  return item;
}
