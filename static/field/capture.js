/**
 * Writing what happened. On a tablet it goes into the outbox, and is saved when the tablet has it; in any other browser
 * it is sent at once. Nothing else on the page knows which. What is about a known person always needs the server.
 *
 * @typedef {import("./contact.js").ContactBody} ContactBody
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./data.js").Shift} Shift
 * @typedef {import("./outbox.js").Operation} Operation
 */
import { entry, entryOf } from "./day.js";
import { NotReady, write } from "./outbox.js";
import * as server from "./sending.js";
import { keep, look } from "./store.js";
import { idAfter, uuid7 } from "./uuid.js";
import { personHere, writer } from "./watch.js";

/**
 * @template T
 * @typedef {import("./sending.js").Answer<T>} Answer
 */

let onTablet = false;

/** From now on what is written goes into the outbox. */
export function writeOnTablet() {
  onTablet = true;
}

export const isTablet = () => onTablet;

/** @param {{recognition_code?: string | null, participant_id?: string | null, identity?: string | undefined}} whose */
const isKnown = ({ participant_id, identity }) => Boolean(participant_id) || (identity !== undefined && identity !== "anonymous");

/**
 * @param {ContactBody} body
 * @param {string} [codeId] its visitor gets a new code; the same id is the same code
 * @param {import("./later.js").Named | null} [named] who it was, to be let be known later: on a tablet alone
 * @returns {Promise<Answer<ContactRow>>}
 */
export async function createContact(body, codeId = "", named = null) {
  if (!onTablet || isKnown(body)) return createAtServer(body, codeId);
  const code = codeId ? await look(async (transaction) => (await transaction.objectStore("codes").getAll())[0]?.code) : "";
  if (code === undefined) return unable("noCodes");
  const said = code ? { ...body, recognition_code: code } : body;
  return written(async (author, locked) => {
    const person = await personHere(author);
    if (!person) throw new NotReady("nobody has settled in here");
    if (named && locked) throw new NotReady("nobody is named while the screen is locked");
    const op = idAfter(body.id);
    const row = { ...asRow(said), ...(named && { to_link: true }) };
    /** @type {Operation[]} */
    const operations = [{ op_id: op, type: "contact.create", entity: body.id, body: said, locked }];
    if (code) operations.unshift({ op_id: codeId, type: "code.hand_out", entity: codeId, body: { code } });
    if (named) operations.push(laterOf(body.id, op, named));
    const day = await entryOf(row, person, { ops: [op], unconfirmed: locked });
    if (await write(author, operations, { day, draft: body.id, ...(code && { code }) })) return row;
    // It was written before, from another page or though it seemed to fail: what it says now corrects that.
    const { id: _id, site: _site, activity: _activity, recognition_code: _code, participant_id: _whose, note: _note, ...facts } = body;
    const there = await correction(author, row, "contact.correct", facts, row);
    return there;
  });
}

/** @param {string} contact @param {string} created the operation that it comes after @param {import("./later.js").Named} named @returns {Operation} */
function laterOf(contact, created, named) {
  const op = idAfter(created);
  return { op_id: op, type: "link.later", entity: idAfter(op), body: { contact_id: contact, ...named }, after: [created] };
}

/** @param {ContactBody} body @param {string} codeId @returns {Promise<Answer<ContactRow>>} */
async function createAtServer(body, codeId) {
  if (!codeId) return server.createContact(body);
  const made = await server.makeCode(codeId);
  return made.ok ? server.createContact({ ...body, recognition_code: made.row.code }) : made;
}

/** A contact as the page shows it, while the server has not shown its own. @param {ContactBody} body @returns {ContactRow} */
function asRow(body) {
  return {
    recognition_code: null,
    ...body,
    signposted_to: body.signposted_to ?? [],
    minutes: body.minutes ?? null,
    version: 1,
    voided_at: null,
    identity: "anonymous",
    waits: true,
  };
}

/**
 * @param {ContactRow} row as it was when the correction began
 * @param {Partial<ContactBody>} changed
 * @returns {Promise<Answer<ContactRow>>}
 */
export function changeContact(row, changed) {
  if (!onTablet || isKnown(row)) return server.changeContact(row.id, row.version, changed);
  if (Object.keys(changed).length === 0) return Promise.resolve({ ok: true, row });
  return onto(row, "contact.correct", changed, { ...row, .../** @type {Partial<ContactRow>} */ (changed) });
}

/** @param {ContactRow} row @param {string} reason @returns {Promise<Answer<ContactRow>>} */
export function voidContact(row, reason) {
  if (!onTablet || isKnown(row)) return server.voidContact(row.id, reason);
  return onto(row, "contact.void", { reason }, { ...row, voided_at: new Date().toISOString() });
}

/** Its author says that what was saved under lock is theirs. @param {ContactRow} row @returns {Promise<Answer<ContactRow>>} */
export function confirmContact(row) {
  return onto(row, "contact.confirm", {}, row);
}

/**
 * Writes an operation on a contact that is there.
 * @param {ContactRow} row @param {"contact.correct" | "contact.void" | "contact.confirm"} type @param {object} body
 * @param {ContactRow} after the contact as it then stands
 * @returns {Promise<Answer<ContactRow>>}
 */
function onto(row, type, body, after) {
  return written(async (author, locked) => {
    // Under lock there is nothing to be seen, and so nothing to be changed.
    if (locked) throw new NotReady("the screen is locked");
    return correction(author, row, type, body, after);
  });
}

/**
 * @param {string} author @param {ContactRow} row @param {"contact.correct" | "contact.void" | "contact.confirm"} type
 * @param {object} body @param {ContactRow} after @returns {Promise<ContactRow>}
 */
async function correction(author, row, type, body, after) {
  const person = await personHere(author);
  const before = await entry(row.id);
  if (!person || (before && before.author !== author)) throw new NotReady("it is somebody else's");
  const op = uuid7();
  const earlier = before?.ops.at(-1);
  const base = earlier ? { op: earlier } : { rev: before?.rev ?? row.version };
  const operation = { op_id: op, type, entity: row.id, body, base, after: earlier ? [earlier] : [] };
  const next = { ...after, waits: true };
  const unconfirmed = type === "contact.correct" && (before?.unconfirmed ?? false);
  const day = await entryOf(next, person, { ops: [...(before?.ops ?? []), op], rev: before?.rev ?? null, unconfirmed });
  await write(author, [operation], { day, draft: row.id });
  return next;
}

/** @param {Pick<Shift, "id" | "site" | "activity"> & Partial<Shift>} shift @returns {Promise<Answer<Partial<Shift>>>} */
export function startShift(shift) {
  if (!onTablet) return server.startShift(shift);
  const { id, site, activity, starts_at } = shift;
  return ofShift(id, idAfter(id), "shift.start", { id, site, activity, starts_at }, { started_at: starts_at ?? null });
}

/** Begins a shift that was planned. @param {string} id @returns {Promise<Answer<Partial<Shift>>>} */
export function beginShift(id) {
  if (!onTablet) return server.beginShift(id);
  return ofShift(id, idAfter(id), "shift.begin", {}, { started_at: new Date().toISOString() });
}

/** Closes the shift that one works in, on a tablet. @param {string} id @param {string} ended_at @returns {Promise<Answer<Partial<Shift>>>} */
export function closeShift(id, ended_at) {
  return ofShift(id, uuid7(), "shift.close", { ended_at }, {});
}

/**
 * @param {string} id @param {string} op @param {"shift.start" | "shift.begin" | "shift.close"} type @param {object} body @param {Partial<Shift>} row
 * @returns {Promise<Answer<Partial<Shift>>>}
 */
function ofShift(id, op, type, body, row) {
  return written(async (author) => {
    await write(author, [{ op_id: op, type, entity: id, body }]);
    return row;
  });
}

/** Remembers which shift runs, so that it does so after a reload too. @param {string} author @param {Shift | null} shift */
export function rememberShift(author, shift) {
  return keep(async (transaction) => {
    const person = await transaction.objectStore("people").get(author);
    if (!person?.own) return;
    const planned = person.own.planned_shifts.filter(({ id }) => id !== shift?.id);
    await transaction.objectStore("people").put({ ...person, own: { ...person.own, shift, planned_shifts: planned } });
  });
}

/**
 * @template T
 * @param {(author: string, locked: boolean) => Promise<T>} work
 * @returns {Promise<Answer<T>>}
 */
async function written(work) {
  const who = await writer();
  if (!who) return unable("captureClosed");
  try {
    return { ok: true, row: await work(who.author, who.locked) };
  } catch (error) {
    if (error instanceof NotReady) return unable("captureClosed");
    if (!(error instanceof DOMException)) throw error;
    return unable(error.name === "QuotaExceededError" ? "storageFull" : "storageFailed");
  }
}

/** @param {string} why the name of the sentence that says what stands in the way @returns {{ok: false, reason: "storage", problem: {words: string}}} */
const unable = (why) => ({ ok: false, reason: "storage", problem: { words: why } });
