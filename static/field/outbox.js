/**
 * The outbox: what was written here and the server may not have yet. It can be written and not read, and nothing but
 * the server's receipt takes anything out of it: no sign-out, no lock, no colleague, no age.
 *
 * @typedef {import("./store.js").DayEntry} DayEntry
 * @typedef {import("./store.js").Item} Item
 * @typedef {import("./store.js").PersonHere} PersonHere
 *
 * @typedef {"contact.create" | "contact.correct" | "contact.void" | "contact.confirm" | "code.hand_out" |
 *   "link.later" |
 *   "shift.start" | "shift.begin" | "shift.close"} Type
 *
 * @typedef {object} Operation
 * @property {string} op_id made when the form opens, so that a second tap is the same operation
 * @property {Type} type
 * @property {string} entity
 * @property {object} body
 * @property {{rev: number} | {op: string} | null} [base] what it builds on
 * @property {string[]} [after] operations without which it makes no sense
 * @property {boolean} [locked] written while the screen was locked
 */
import { fromBase64url, seal, sha256 } from "./sealing.js";
import { keep, look, meta, setMeta } from "./store.js";
import { withOffset } from "./time.js";

const PROTOCOL = 1;
const FORM = 1;
/** How long a receipt and what it is for are kept: a server that was restored may ask for it again. */
const KEPT_MS = 14 * 86_400_000;

/** This browser is no tablet (any more), or nobody has signed in on it: nothing to seal to, or nobody to be the author. */
export class NotReady extends Error {}

/**
 * Writes operations and what belongs to them, all or nothing. What this returns from is on the disk.
 * @param {string} author who of the staff
 * @param {Operation[]} operations in their order
 * @param {{day?: DayEntry, code?: string, draft?: string}} [beside] the contact as it now stands; a code of the block
 *   that is now out; the contact whose draft is thereby done with
 * @returns {Promise<boolean>} false when they were written before: then nothing is
 */
export async function write(author, operations, beside = {}) {
  const items = await sealed(author, operations);
  const wrote = await keep(async (transaction) => {
    const outbox = transaction.objectStore("outbox");
    if (items[0] && (await outbox.get(items[0].op_id))) return false;
    // Whatever is saved after the last sending would be wiped with the rest.
    if (await meta(transaction, "revoked")) throw new NotReady("the tablet was revoked");
    if (beside.code && !(await transaction.objectStore("codes").get(beside.code))) {
      throw new DOMException("another page has just handed the code out", "ConstraintError");
    }
    for (const item of items) {
      const seq = (await meta(transaction, "next_seq")) ?? 1;
      const epoch = await meta(transaction, "epoch");
      if (!epoch) throw new NotReady("the tablet has no epoch");
      await setMeta(transaction, "next_seq", seq + 1);
      await outbox.add({ ...item, epoch, seq });
    }
    if (beside.day) await keepOfDay(transaction, beside.day, items);
    if (beside.code) {
      await transaction.objectStore("codes").delete(beside.code);
      await setMeta(transaction, "handed_out", [...((await meta(transaction, "handed_out")) ?? []), beside.code]);
    }
    const draft = beside.draft && (await transaction.objectStore("drafts").get(author));
    if (draft && draft.contact === beside.draft) await transaction.objectStore("drafts").delete(author);
    return true;
  });
  document.dispatchEvent(new Event("outreach:written"));
  return wrote;
}

/**
 * Keeps a contact as it now stands. While it was being sealed a receipt may have come: what that settled waits no more,
 * and its version is the one to build on.
 * @param {import("./store.js").Transaction<"readwrite">} transaction @param {DayEntry} entry @param {{op_id: string}[]} items
 */
async function keepOfDay(transaction, entry, items) {
  const shelf = transaction.objectStore("day");
  const before = await shelf.get(entry.id);
  const waits = new Set([...items.map(({ op_id }) => op_id), ...(before?.ops ?? [])]);
  await shelf.put({ ...entry, ops: entry.ops.filter((op) => waits.has(op)), rev: before ? before.rev : entry.rev });
}

/** @param {string} author @param {Operation[]} operations @returns {Promise<Omit<Item, "epoch" | "seq">[]>} */
async function sealed(author, operations) {
  const { device, key, person } = await look(async (transaction) => ({
    device: await meta(transaction, "device"),
    key: await meta(transaction, "key"),
    person: await transaction.objectStore("people").get(author),
  }));
  if (!device || !key || !person) throw new NotReady("nobody can write here yet");
  const now = new Date();
  return Promise.all(
    operations.map(async ({ op_id, type, entity, body, base = null, after = [], locked = false }) => {
      const info = `outreach-sync/${PROTOCOL}|${device.device_id}|${op_id}|${key.id}`;
      const content = { v: FORM, grant: person.grant, type, entity, at: withOffset(now), locked, base, after, body };
      const closed = await seal(fromBase64url(key.public), info, content);
      return { op_id, key_id: key.id, sealed: closed, sha256: await sha256(closed), state: /** @type {const} */ ("queued"), author, at: now.getTime() };
    }),
  );
}

/**
 * How much waits, since when, and whether the server has it all: that is only so when its own count says so.
 * @returns {Promise<{pending: number, oldest: number | null, all: boolean}>}
 */
export function waiting() {
  return look(async (transaction) => {
    const items = await transaction.objectStore("outbox").getAll();
    const queued = items.filter(({ state }) => state === "queued");
    const heard = await meta(transaction, "heard");
    const next = (await meta(transaction, "next_seq")) ?? 1;
    return {
      pending: queued.length,
      oldest: queued.length ? Math.min(...queued.map(({ at }) => at)) : null,
      all: queued.length === 0 && heard?.last_seq === next - 1,
    };
  });
}

/** Lets go of what the server has had for long enough, by the server's own clock: the tablet's may be anywhere. */
export function tidy() {
  return keep(async (transaction) => {
    const heard = await meta(transaction, "heard");
    if (!heard) return;
    for (const item of await transaction.objectStore("outbox").getAll()) {
      if (item.settled !== undefined && item.settled < heard.at - KEPT_MS) await transaction.objectStore("outbox").delete(item.op_id);
    }
  });
}
