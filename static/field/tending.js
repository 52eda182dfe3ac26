/** "Att ta hand om" on the home: what waits for the worker, counted; it is told when there is any. */
import { byId, words } from "./data.js";
import { waitingToLink } from "./sending.js";

/** Asks, and shows what there is. What cannot be asked now is not told: the page is not here for it. */
export async function showWhatWaits() {
  const answer = await waitingToLink();
  if (!answer.ok) return;
  const count = answer.row.items.reduce((sum, each) => sum + each.count, 0);
  byId("tend", HTMLElement).hidden = count === 0;
  byId("tend-link", HTMLElement).textContent = words("toLink", { count });
}
