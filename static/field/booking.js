/** From a contact that was just saved to the page where whoever was met is booked, which takes the network. */
import { isTablet } from "./capture.js";
import { words } from "./data.js";
import { entry } from "./day.js";
import { drain } from "./draining.js";
import { readerNow } from "./watch.js";

/** So long one stands and waits for a server that does not answer. */
const PATIENCE_MS = 8000;

/**
 * Goes there, unless the worker has begun something else meanwhile.
 * @param {string} contact @param {(text: string) => void} tell what is waited for, or how it is done later
 */
export async function goAndBook(contact, tell) {
  const reader = readerNow();
  const isThere = !isTablet() || (await isReceived(contact)) || (await isSent(contact, tell));
  if (readerNow() !== reader || document.body.dataset.view !== "home") return;
  if (isThere) location.assign(`/uppfoljningar/ny?kontakt=${contact}`);
  else tell(words("bookLater"));
}

/** What does not wait in the tablet's line was with the server before it was called saved. @param {string} contact */
const isReceived = async (contact) => !(await entry(contact))?.ops.length;

/** @param {string} contact @param {(text: string) => void} tell */
async function isSent(contact, tell) {
  tell(words("bookSoon"));
  await Promise.race([drain(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  return isReceived(contact);
}
