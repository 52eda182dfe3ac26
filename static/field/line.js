/**
 * The line of operations as the server counts it: what comes next, what to do with its answer, and with its refusals.
 * One transaction each: whatever stops the tablet, the line is as before or as after, and nothing leaves it without
 * the server's own word for it.
 *
 * @typedef {import("./store.js").Item} Item
 * @typedef {import("./store.js").SealingKey} SealingKey
 *
 * @typedef {{seq: number, op_id: string, key_id: number, sealed: string, sealed_sha256: string} | {seq: number, op_id: null, lost: true}} Sent
 *
 * @typedef {object} Batch
 * @property {string} epoch
 * @property {Sent[]} ops
 * @property {number} pending
 * @property {number | null} oldest
 * @property {{last_seq: number, server_generation: number} | null} wipe the tablet was revoked and nothing of it waits
 *   here: it asks to forget all, if the server has all that was ever written here
 *
 * @typedef {object} Result
 * @property {number} seq
 * @property {string | null} op_id
 * @property {string} code
 * @property {string | null} sealed_sha256
 * @property {number | null} entity_rev
 *
 * @typedef {object} Receipt
 * @property {number} proto
 * @property {string} batch_id
 * @property {number} server_generation
 * @property {string} server_now
 * @property {number} last_seq
 * @property {SealingKey} key
 * @property {string[]} codes
 * @property {boolean} revoked
 * @property {boolean} wiped
 * @property {Result[]} results
 */
import { toBase64url } from "./sealing.js";
import { closeBooks, keep, look, meta, setMeta } from "./store.js";
import { localDate } from "./time.js";

export const OPERATIONS_AT_MOST = 50;
/** Of a request, by what is sealed in it; the server takes a million bytes. */
const BYTES_AT_MOST = 700_000;

/** @param {Item} a @param {Item} b */
const inOrder = (a, b) => a.seq - b.seq;

/**
 * What is sent next: from the first that waits, without a gap. A place whose operation the tablet has no more is told
 * as lost.
 * @param {number} atMost @returns {Promise<Batch | null>} null while this browser is no tablet
 */
export function next(atMost = OPERATIONS_AT_MOST) {
  return look(async (transaction) => {
    const epoch = await meta(transaction, "epoch");
    if (!epoch) return null;
    const items = (await transaction.objectStore("outbox").getAll()).filter((item) => item.epoch === epoch);
    const byPlace = new Map(items.map((item) => [item.seq, item]));
    const queued = items.filter(({ state }) => state === "queued").sort(inOrder);
    const first = (await meta(transaction, "resume")) ?? queued[0]?.seq;
    const last = ((await meta(transaction, "next_seq")) ?? 1) - 1;
    /** @type {Sent[]} */
    const ops = [];
    let bytes = 0;
    for (let seq = first ?? last + 1; seq <= last && ops.length < atMost; seq += 1) {
      const item = byPlace.get(seq);
      bytes += item?.sealed.length ?? 0;
      if (ops.length && bytes > BYTES_AT_MOST) break;
      ops.push(item ? sent(item) : { seq, op_id: null, lost: true });
    }
    const over = !ops.length && !queued.length && (await meta(transaction, "revoked"));
    const wipe = over ? { last_seq: last, server_generation: (await meta(transaction, "server_generation")) ?? 0 } : null;
    return { epoch, ops, wipe, pending: queued.length, oldest: queued.length ? Math.min(...queued.map(({ at }) => at)) : null };
  });
}

/** @param {Item} item @returns {Sent} */
function sent({ seq, op_id, key_id, sealed, sha256 }) {
  return { seq, op_id, key_id, sealed: toBase64url(sealed), sealed_sha256: sha256 };
}

/**
 * Whether the answer is a receipt for just this: anything less settles nothing.
 * @param {any} answer @param {string} batchId @param {Sent[]} ops
 * @returns {answer is Receipt}
 */
export function isReceiptFor(answer, batchId, ops) {
  if (answer?.proto !== 1 || answer.batch_id !== batchId || !Array.isArray(answer.results)) return false;
  if (answer.results.length !== ops.length || !Number.isInteger(answer.last_seq) || !Array.isArray(answer.codes)) return false;
  if (!Number.isInteger(answer.key?.id) || typeof answer.key.public !== "string" || Number.isNaN(Date.parse(answer.server_now))) return false;
  return ops.every((op, at) => {
    const result = answer.results[at];
    if (result?.seq !== op.seq || result.op_id !== op.op_id) return false;
    return op.op_id === null || (result.sealed_sha256 === op.sealed_sha256 && typeof result.code === "string");
  });
}

/**
 * Takes the receipt in: what it names is settled, and what it says of the line holds.
 * @param {Receipt} receipt
 * @returns {Promise<"" | "ahead">} ahead: the server has had more of this count than was ever written here
 */
export function settle({ results, last_seq, key, server_generation, server_now, codes, revoked }) {
  const at = Date.parse(server_now);
  return keep(async (transaction) => {
    if (revoked) await closeBooks(transaction);
    const outbox = transaction.objectStore("outbox");
    /** @type {Map<string, number | null>} */
    const received = new Map();
    for (const { op_id, code, entity_rev } of results) {
      const item = op_id ? await outbox.get(op_id) : undefined;
      if (!item) continue;
      await outbox.put({ ...item, state: "received", code, settled: at });
      received.set(item.op_id, entity_rev);
    }
    await confirm(transaction, received, localDate(new Date(at)));
    await setMeta(transaction, "key", key);
    await setMeta(transaction, "heard", { last_seq, at });
    // The server was heard: from here on the tablet's clock is what it is.
    await setMeta(transaction, "latest", Date.now());
    await transaction.objectStore("meta").delete("resume");
    await takeCodes(transaction, codes);
    const before = await meta(transaction, "server_generation");
    await setMeta(transaction, "server_generation", server_generation);
    if (before !== undefined && before !== server_generation) {
      await sendAgain(transaction);
      await forgetVersions(transaction);
    }
    const highest = ((await meta(transaction, "next_seq")) ?? 1) - 1;
    const first = (await waitingFirst(transaction)) ?? highest + 1;
    // A server that knows less than it has confirmed was restored: it gets again what it forgot.
    if (last_seq < first - 1) await resume(transaction, last_seq + 1);
    return last_seq > highest ? "ahead" : "";
  });
}

/** @param {import("./store.js").Transaction<"readwrite">} transaction */
async function waitingFirst(transaction) {
  const epoch = await meta(transaction, "epoch");
  const items = await transaction.objectStore("outbox").getAll();
  const places = items.filter((item) => item.epoch === epoch && item.state === "queued").map(({ seq }) => seq);
  return places.length ? Math.min(...places) : null;
}

/**
 * What the server has is no longer open in the day's contacts, and the latest version that it told holds.
 * @param {import("./store.js").Transaction<"readwrite">} transaction
 * @param {Map<string, number | null>} received operations in their order, and the versions that came of them
 * @param {string} heard the day it is, by the server's clock
 */
async function confirm(transaction, received, heard) {
  const day = transaction.objectStore("day");
  for (const entry of await day.getAll()) {
    const ops = entry.ops.filter((op) => !received.has(op));
    if (ops.length === entry.ops.length) continue;
    const rev = entry.ops.reduce((rev, op) => received.get(op) ?? rev, entry.rev);
    await day.put({ ...entry, ops, rev, heard });
  }
}

/**
 * A server that was put back counts its versions from where it was then: what it says next is the latest, whatever was
 * known before.
 * @param {import("./store.js").Transaction<"readwrite">} transaction
 */
async function forgetVersions(transaction) {
  const day = transaction.objectStore("day");
  for (const entry of await day.getAll()) await day.put({ ...entry, rev: null });
}

/**
 * The tablet's block of codes is what the server says, but for those that are handed out here and not yet told.
 * @param {import("./store.js").Transaction<"readwrite">} transaction @param {string[]} codes
 */
async function takeCodes(transaction, codes) {
  const shelf = transaction.objectStore("codes");
  const out = new Set((await meta(transaction, "handed_out")) ?? []);
  await shelf.clear();
  for (const code of codes) if (!out.has(code)) await shelf.put({ code });
  await setMeta(transaction, "handed_out", [...out].filter((code) => codes.includes(code)));
}

/** The server asks for an earlier place than was sent. @param {number} expected */
export function stepBack(expected) {
  return keep((transaction) => resume(transaction, expected));
}

/**
 * From a place on everything is sent once more.
 * @param {import("./store.js").Transaction<"readwrite">} transaction @param {number} from
 */
async function resume(transaction, from) {
  const epoch = await meta(transaction, "epoch");
  const outbox = transaction.objectStore("outbox");
  for (const item of await outbox.getAll()) {
    if (item.epoch !== epoch || item.seq < from || item.state !== "received") continue;
    const { settled: _settled, code: _code, ...again } = item;
    await outbox.put({ ...again, state: "queued" });
  }
  await setMeta(transaction, "resume", from);
}

/**
 * The database lives another life: what it may have lost of earlier counts is put at the end of this one. What it has
 * all the same it knows by its id.
 * @param {import("./store.js").Transaction<"readwrite">} transaction
 */
async function sendAgain(transaction) {
  const epoch = await meta(transaction, "epoch");
  const outbox = transaction.objectStore("outbox");
  const earlier = (await outbox.getAll()).filter((item) => item.epoch !== epoch && item.state === "received");
  let seq = (await meta(transaction, "next_seq")) ?? 1;
  for (const { settled: _settled, code: _code, ...item } of earlier.sort(inOrder)) {
    await outbox.put({ ...item, epoch: epoch ?? item.epoch, seq, state: "queued" });
    seq += 1;
  }
  await setMeta(transaction, "next_seq", seq);
}

/**
 * The server knows another operation at a place of ours: this storage was put back to an earlier day. Counting begins
 * anew, with all that waits, in its order; nothing needs to be opened for that.
 */
export function countAnew() {
  return keep(async (transaction) => {
    const epoch = crypto.randomUUID();
    const outbox = transaction.objectStore("outbox");
    const queued = (await outbox.getAll()).filter(({ state }) => state === "queued").sort(inOrder);
    let seq = 1;
    for (const item of queued) {
      await outbox.put({ ...item, epoch, seq });
      seq += 1;
    }
    await setMeta(transaction, "epoch", epoch);
    await setMeta(transaction, "next_seq", seq);
    await transaction.objectStore("meta").delete("heard");
    await transaction.objectStore("meta").delete("resume");
    // Which of them are out by now nobody can tell any more; the server gives others.
    await transaction.objectStore("codes").clear();
  });
}
