/**
 * One's own contacts of today as the tablet keeps them: sealed to oneself, so that they can be written while the
 * screen is locked and are there again, after a lock, a reload or a crash, for whoever has the plattkod.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./store.js").DayEntry} DayEntry
 */
import { open, seal } from "./sealing.js";
import { keep, look, waitsUnseen } from "./store.js";
import { localDate } from "./time.js";

const about = (/** @type {string} */ id) => `outreach-day|${id}`;

/**
 * The entry of a contact as it now stands, with what was written of it.
 * @param {ContactRow} row @param {import("./store.js").PersonHere} person
 * @param {{ops?: string[], rev?: number | null, unconfirmed?: boolean}} [state]
 * @returns {Promise<DayEntry>}
 */
export async function entryOf(row, person, { ops = [], rev = null, unconfirmed = false } = {}) {
  const day = localDate(new Date(row.occurred_at));
  return { id: row.id, author: person.id, day, rev, ops, unconfirmed, sealed: await seal(person.public, about(row.id), row) };
}

/** @param {string} id @returns {Promise<DayEntry | undefined>} */
export function entry(id) {
  return look((transaction) => transaction.objectStore("day").get(id));
}

/** @param {string} author @returns {Promise<DayEntry[]>} */
export async function entriesOf(author) {
  const all = await look((transaction) => transaction.objectStore("day").getAll());
  return all.filter((each) => each.author === author);
}

/**
 * Today's contacts of whoever reads. One that this code does not open (the code was changed since) is not shown: the
 * server has it, or gets it.
 * @param {{id: string, key: CryptoKey | null}} reader
 * @returns {Promise<{row: ContactRow, entry: DayEntry}[]>}
 */
export async function rowsOf({ id, key }) {
  if (!key) return [];
  const today = localDate(new Date());
  const mine = (await entriesOf(id)).filter(({ day }) => day === today);
  const opened = await Promise.all(mine.map(async (each) => ({ entry: each, row: await opening(key, each) })));
  return opened.flatMap(({ entry: each, row }) => (row ? [{ entry: each, row }] : []));
}

/** @param {CryptoKey} key @param {DayEntry} each @returns {Promise<ContactRow | null>} */
async function opening(key, each) {
  try {
    return await open(key, about(each.id), each.sealed);
  } catch (error) {
    if (error instanceof Error) return null; // hpke's own kinds of error have no common class that is exported
    throw error;
  }
}

/**
 * Takes in what the server keeps of one's contacts. What was written here since stands over it until it is received:
 * the server's word is then wanted once more, for it may stand after all. Nothing is taken in while something waits that
 * nobody can read here any more.
 * @param {{id: string, gone: boolean, contact?: ContactRow}[]} items
 * @param {import("./store.js").PersonHere} person @param {Set<string>} unconfirmed ids of contacts that wait for their author's word
 * @param {Date} now by the server's clock: the tablet's may be days off, and what is let go is not told again
 */
export async function takeIn(items, person, unconfirmed, now) {
  const made = await Promise.all(
    items.map(async ({ id, contact }) => ({
      id,
      made: contact ? await entryOf(contact, person, { rev: contact.version, unconfirmed: unconfirmed.has(id) }) : null,
    })),
  );
  return keep(async (transaction) => {
    if (await waitsUnseen(transaction, person.id)) return false;
    const shelf = transaction.objectStore("day");
    let isWhole = true;
    for (const { id, made: next } of made) {
      const before = await shelf.get(id);
      if (before?.ops.length) isWhole = false;
      else if (!next) await shelf.delete(id);
      // News of before a change may come after its receipt: the newer version stands.
      else if ((before?.rev ?? 0) <= (next.rev ?? 0)) await shelf.put(next);
    }
    const today = localDate(now);
    // What the server took in today it may yet have to tell of, whatever day the tablet's clock gave it.
    const isOver = (/** @type {DayEntry} */ each) => each.day !== today && each.heard !== today && each.ops.length === 0;
    for (const each of await shelf.getAll()) if (isOver(each)) await shelf.delete(each.id);
    return isWhole;
  });
}
