/**
 * The form that is being written, kept while it is: sealed to its author, and offered to nobody else. A saved one takes
 * its draft with it in the same transaction (outbox.js).
 *
 * @typedef {{contact: import("./contact.js").Contact, row: import("./data.js").ContactRow | null}} Draft
 */
import { open, seal } from "./sealing.js";
import { keep, look } from "./store.js";
import { personHere } from "./watch.js";

const about = (/** @type {string} */ author) => `outreach-draft|${author}`;
/** What was written is on the disk at the latest so long after it was. */
const WITHIN_MS = 1_500;

/** @type {{author: string, draft: Draft} | null} */
let latest = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Keeps the draft before long, and at once when the page may go away. @param {string} author @param {Draft} draft */
export function note(author, draft) {
  latest = { author, draft };
  timer ??= setTimeout(() => void flush(), WITHIN_MS);
}

/** Writes what was noted and is not on the disk yet. */
export async function flush() {
  clearTimeout(timer);
  timer = undefined;
  if (!latest) return;
  const { author, draft } = latest;
  latest = null;
  const person = await personHere(author);
  // With whom it was is chosen with the network, and never kept here.
  if (!person || draft.contact.participant_id) return;
  const sealed = await seal(person.public, about(author), draft);
  await keep((transaction) => transaction.objectStore("drafts").put({ author, contact: draft.contact.id, sealed }));
}

/** @param {{id: string, key: CryptoKey | null}} reader @returns {Promise<Draft | null>} */
export async function draftOf({ id, key }) {
  const kept = await look((transaction) => transaction.objectStore("drafts").get(id));
  if (!kept || !key) return null;
  try {
    return await open(key, about(id), kept.sealed);
  } catch (error) {
    if (error instanceof Error) return null; // under a plattkod that was changed since
    throw error;
  }
}

/** @param {string} author */
export function drop(author) {
  clearTimeout(timer);
  timer = undefined;
  latest = null;
  return keep((transaction) => transaction.objectStore("drafts").delete(author));
}

addEventListener("pagehide", () => void flush());
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void flush());
