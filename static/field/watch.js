/**
 * Who works on this tablet, and the lock on reading. Writing stays open for a while when the screen is locked: it is
 * sealed at once and tells nobody anything. What one has written that day is read again with the plattkod, without a
 * network too; it opens nothing that says who anybody is.
 *
 * @typedef {import("./store.js").PersonHere} PersonHere
 * @typedef {{id: string, name: string, key: CryptoKey | null}} Reader whoever has the screen open; key: null when the
 *   server let them in and the tablet has not been given their plattkod since
 */
import { newPair, sha256, unwrap } from "./sealing.js";
import { keep, letGo, look, meta, setMeta } from "./store.js";

/** So long after one last unlocked, if no shift says longer, anonymous contacts may still be written. */
const CAPTURE_MS = 60 * 60_000;
/** After so many wrong codes in a row what one wrote here is closed for good; what waits to be sent is not touched. */
const TRIES = 10;
/** What the server once said may be read here for so long without hearing from it again. */
const LEASE_MS = 72 * 3_600_000;
/** So many sessions that were locked here are remembered: a browser holds one, and there were a few before it. */
const LOCKED_AT_MOST = 20;

/** @type {Reader | null} */
let reader = null;
/** Counts each time that the screen changes hands or is locked: what was begun before that opens it for nobody. */
let turn = 0;

/** Whoever has the screen open, null while it is locked. */
export const readerNow = () => reader;

/** Which turn it is: the screen has changed hands, or been locked, when it is another. */
export const turnNow = () => turn;

/** Now, but never earlier than what was seen before: a clock that is set back opens nothing. @returns {Promise<number>} */
export function safeNow() {
  return keep(async (transaction) => {
    const now = Math.max(Date.now(), (await meta(transaction, "latest")) ?? 0);
    await setMeta(transaction, "latest", now);
    return now;
  });
}

/** Everybody who has a plattkod here, by name. @returns {Promise<PersonHere[]>} */
export async function everybodyHere() {
  const all = await look((transaction) => transaction.objectStore("people").getAll());
  return all.sort((a, b) => a.name.localeCompare(b.name, "sv"));
}

/** @param {string} id @returns {Promise<PersonHere | undefined>} */
export function personHere(id) {
  return look((transaction) => transaction.objectStore("people").get(id));
}

/**
 * Lets somebody write and unlock here who has just signed in: their right to hand in, and a pair of keys of their own
 * under the new plattkod. What they wrote under an earlier one stays closed, and is sent all the same.
 * @param {{id: string, name: string}} user @param {{grant: string, expires_at: string}} right @param {string} code
 */
export async function settleIn(user, right, code) {
  const { key, ...pair } = await newPair(code);
  await keep(async (transaction) => {
    const before = await transaction.objectStore("people").get(user.id);
    const granted = { grant: right.grant, granted_until: Date.parse(right.expires_at) };
    await transaction.objectStore("people").put({ own: before?.own ?? null, ...user, ...granted, ...pair, tries: 0 });
    for (const entry of await transaction.objectStore("day").getAll()) {
      if (entry.author === user.id) await transaction.objectStore("day").delete(entry.id);
    }
    await transaction.objectStore("drafts").delete(user.id);
  });
  if (await opened({ ...user, key })) await letIn(user);
}

/** A newer right to hand in, of somebody who is settled here. @param {string} id @param {{grant: string, expires_at: string}} right */
export function renewRight(id, right) {
  return keep(async (transaction) => {
    const person = await transaction.objectStore("people").get(id);
    if (person) await transaction.objectStore("people").put({ ...person, grant: right.grant, granted_until: Date.parse(right.expires_at) });
  });
}

/**
 * Opens what one wrote here, by the plattkod alone.
 * @param {string} id @param {string} code
 * @returns {Promise<"open" | "wrong" | "closed">} closed: no code opens it any more
 */
export async function unlockHere(id, code) {
  const person = await personHere(id);
  if (!person?.wrapped) return "closed";
  const key = await unwrap(code, { ...person, wrapped: person.wrapped });
  if (!key) return count(id);
  await keep(async (transaction) => {
    const now = await transaction.objectStore("people").get(id);
    if (now) await transaction.objectStore("people").put({ ...now, tries: 0 });
    // The tablet has changed hands: what a colleague had open at the server is not opened by a fresh page any more.
    const session = await meta(transaction, "session");
    if (session && session.user !== id) await addLocked(transaction, session.digest);
  });
  await opened({ id, name: person.name, key });
  return "open";
}

/** @param {string} id @returns {Promise<"wrong" | "closed">} */
function count(id) {
  return keep(async (transaction) => {
    const person = await transaction.objectStore("people").get(id);
    if (!person) return "closed";
    const tries = person.tries + 1;
    const closed = tries >= TRIES;
    await transaction.objectStore("people").put({ ...person, tries, wrapped: closed ? null : person.wrapped });
    return closed ? "closed" : "wrong";
  });
}

/** Whether the server would not take somebody's plattkod. @param {string} id @param {boolean} refused */
export function rememberRefusal(id, refused) {
  return keep(async (transaction) => {
    const person = await transaction.objectStore("people").get(id);
    if (person && Boolean(person.refused) !== refused) await transaction.objectStore("people").put({ ...person, refused });
  });
}

/**
 * The server has let somebody in who is settled here. Whoever has taken over, or locked, since the server was asked is
 * not turned out by its answer.
 * @param {{id: string, name: string}} user @param {number} [asked] the turn it was when the server was asked
 */
export async function letIn(user, asked = turn) {
  if (reader?.id !== user.id && !(await opened({ ...user, key: null }, asked))) return;
  await keep((transaction) => transaction.objectStore("meta").delete("locked_sessions"));
}

/**
 * What tells a session from another, and is worth nothing by itself: of the token that comes with it the part that stays
 * the same, as a digest.
 * @param {string} token
 */
export function sessionOf(token) {
  return sha256(new TextEncoder().encode(token.split(".")[0] ?? ""));
}

/** Whose session the server says is open in this browser. @param {string} token that comes with it @param {string} user */
export async function rememberSession(token, user) {
  const digest = await sessionOf(token);
  const before = await look((transaction) => meta(transaction, "session"));
  // It is told with all news, and seldom another: only then is anything written.
  if (before?.digest === digest && before.user === user) return;
  await keep((transaction) => setMeta(transaction, "session", { digest, user }));
}

/**
 * @param {Reader} who @param {number} [asked] the turn it was when it began
 * @returns {Promise<boolean>} whether the screen is theirs: not when somebody has taken over, or locked, meanwhile
 */
async function opened(who, asked = turn) {
  const now = await safeNow();
  if (turn !== asked) return false;
  turn += 1;
  const mine = turn;
  await keep(async (transaction) => {
    const person = await transaction.objectStore("people").get(who.id);
    const until = Math.max(now + CAPTURE_MS, Date.parse(person?.own?.shift?.ends_at ?? "") || 0);
    await setMeta(transaction, "watch", { author: who.id, unlocked_at: now, until });
  });
  if (turn !== mine) return false;
  reader = who;
  return true;
}

/** Takes everything that can be read out of memory. */
export function lockHere() {
  turn += 1;
  reader = null;
}

/**
 * Remembers which sessions were locked here, should the server not hear of it: that of the page, and the one that the
 * server last said is open in this browser. A page that came without a network knows of none, and what was locked before
 * stays so.
 * @param {string} token that comes with the page's; none where it has none
 */
export async function rememberLock(token) {
  const own = token && (await sessionOf(token));
  await keep(async (transaction) => {
    const session = await meta(transaction, "session");
    await addLocked(transaction, session?.digest, own);
  });
}

/** @param {import("./store.js").Transaction<"readwrite">} transaction @param {(string | undefined)[]} digests */
async function addLocked(transaction, ...digests) {
  const before = (await meta(transaction, "locked_sessions")) ?? [];
  const more = digests.filter((each) => each !== undefined && each !== "" && !before.includes(each));
  if (more.length) await setMeta(transaction, "locked_sessions", /** @type {string[]} */ ([...before, ...more]).slice(-LOCKED_AT_MOST));
}

/** Whether this session was locked here and has not been opened since. @param {string} token that comes with it */
export async function isLockedSession(token) {
  const session = await sessionOf(token);
  return ((await look((transaction) => meta(transaction, "locked_sessions"))) ?? []).includes(session);
}

/** Whether the clock stands before what it has shown: then no time that was granted can be told to hold. */
async function isClockBack() {
  return Date.now() < ((await look((transaction) => meta(transaction, "latest"))) ?? 0);
}

/** Who had the screen open last, and until when they may write under lock. */
export const watchNow = () => look((transaction) => meta(transaction, "watch"));

/**
 * In whose name an anonymous contact may be written now: theirs who has the screen open, or while it is locked theirs
 * who had it last, for as long as their shift lasts or an hour.
 * @returns {Promise<{author: string, locked: boolean} | null>}
 */
export async function writer() {
  if (reader) return { author: reader.id, locked: false };
  const watch = await watchNow();
  if (!watch || (await isClockBack()) || (await safeNow()) >= watch.until) return null;
  return { author: watch.author, locked: true };
}

/** Whether what the server once told may still be read here. @returns {Promise<boolean>} */
export async function leaseHolds() {
  if (await isClockBack()) return false;
  const now = await safeNow();
  const heard = await look((transaction) => meta(transaction, "reached"));
  // One that lies ahead was written under a clock that has been set back since.
  return heard !== undefined && heard <= now && now - heard < LEASE_MS;
}

/** Lets go of all that can be read here; what waits to be sent stays. */
export function shred() {
  return keep(letGo);
}
