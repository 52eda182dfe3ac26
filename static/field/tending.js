/** "Att ta hand om" on the home: what waits for the worker, counted; it is told when there is any. */
import { byId, every, words } from "./data.js";
import { waitingForLater, waitingToLink } from "./sending.js";

/** Asks, and shows what there is. What cannot be asked now is not told: the page is not here for it. */
export async function showWhatWaits() {
  const [suggested, later] = await Promise.all([waitingToLink(), waitingForLater()]);
  if (!suggested.ok || !later.ok) return;
  tell("tend-link", suggested.row.items.reduce((sum, each) => sum + each.count, later.row.items.length), "toLink");
}

/** @param {number} count how many of one's own entries on the tablet a person must look at */
export function showAttention(count) {
  tell("tend-attention", count, "toCorrect");
}

/** @param {number} count how many were saved under lock, and wait for their author's word @param {() => void} [ask] */
export function showUnconfirmed(count, ask) {
  tell("tend-confirm", count, "toConfirm");
  byId("tend-confirm", HTMLButtonElement).onclick = ask ?? null;
}

/** @param {string} id @param {number} count @param {string} sentence */
function tell(id, count, sentence) {
  const place = byId(id, HTMLElement);
  place.hidden = count === 0;
  place.textContent = words(sentence, { count });
  byId("tend", HTMLElement).hidden = every(byId("tend", HTMLElement), ".action", HTMLElement).every(({ hidden }) => hidden);
}
