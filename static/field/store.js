/**
 * What the tablet keeps, in IndexedDB. Nothing that tells of a visitor is ever written here in the clear: deleting is
 * not erasing. Whatever is kept is sealed (sealing.js) before it comes here; what lies beside it (numbers, states,
 * times, who of the staff) is needed to send it, and tells nothing of anybody met.
 *
 * @typedef {object} Tablet
 * @property {string} device_id
 * @property {string} token
 * @property {string} name
 * @property {string} site
 *
 * @typedef {{id: number, public: string}} SealingKey the server's key, and its point in base64url
 *
 * @typedef {"queued" | "received"} ItemState
 *
 * @typedef {object} Item an operation in the outbox; once written it never changes but in its place and its state
 * @property {string} op_id
 * @property {string} epoch
 * @property {number} seq
 * @property {number} key_id
 * @property {Uint8Array<ArrayBuffer>} sealed
 * @property {string} sha256
 * @property {ItemState} state
 * @property {string} author
 * @property {number} at when it was written, by the tablet's clock
 * @property {number} [settled] when the server's receipt came, by the server's clock
 * @property {string} [code] what became of it
 * @property {true} [unseen] what can be read was let go of while it waited: nothing here knows any more what it is about
 *
 * @typedef {object} DayEntry one contact of one's own, as it stands with all that was written here
 * @property {string} id
 * @property {string} author
 * @property {string} day local, YYYY-MM-DD
 * @property {number | null} rev the server's version, as far as it is known
 * @property {string[]} ops own operations on it that the server has not confirmed, in their order
 * @property {string} [heard] the day of the latest receipt for one of them, by the server's clock
 * @property {boolean} unconfirmed saved under lock, and its author has not said yet that it is theirs
 * @property {Uint8Array<ArrayBuffer>} sealed the contact, to its author's key
 *
 * @typedef {object} PersonHere somebody of the staff who works on this tablet
 * @property {string} id
 * @property {string} name
 * @property {string} grant what lets their operations in
 * @property {number} granted_until
 * @property {Uint8Array<ArrayBuffer>} salt
 * @property {number} iterations
 * @property {Uint8Array<ArrayBuffer>} public what is theirs is sealed to this
 * @property {Uint8Array<ArrayBuffer> | null} wrapped the other half, under the plattkod; null after too many wrong tries
 * @property {number} tries wrong ones in a row
 * @property {boolean} [refused] the server would not take the plattkod: it may have none of this person's any more
 * @property {import("./data.js").Work | null} own where they work, as the server last said
 * @property {Uint8Array<ArrayBuffer> | null} [attention] what waits for their correction, to their key
 *
 * @typedef {object} Draft a half-written form
 * @property {string} author
 * @property {string} contact whose form it is
 * @property {Uint8Array<ArrayBuffer>} sealed
 *
 * @typedef {object} OwnCode a code of the tablet's block; gone once it was handed out
 * @property {string} code
 *
 * @typedef {object} Meta
 * @property {Tablet} device
 * @property {string} epoch
 * @property {number} next_seq
 * @property {SealingKey} key
 * @property {number} server_generation
 * @property {Heard} heard
 * @property {number} resume the place from which the server wants everything once more
 * @property {string[]} handed_out codes of the block that are out, and of which the server may not know yet
 * @property {string} cursor how far the server's news were read, and whose
 * @property {string} cursor_of
 * @property {number} let_go how often all that can be read was let go of: news that were on their way are of before
 * @property {number} latest the latest time that was seen: a clock set back does not undo it
 * @property {Watch} watch
 * @property {{digest: string, user: string}} session which session the server last said is open here, and whose
 * @property {string[]} locked_sessions which sessions were locked here; until they are opened here, the server's word is not enough
 * @property {boolean} revoked the server has said that this tablet is revoked: nothing is written here any more
 * @property {number} reached when the server last told this tablet anything, by the tablet's clock
 *
 * @typedef {{last_seq: number, at: number}} Heard the server's word on how far it has received, and when it said so
 * @typedef {{author: string, unlocked_at: number, until: number}} Watch who may still write while the screen is locked
 *
 * @typedef {object} Shelves
 * @property {{key: string, value: unknown}} meta
 * @property {{key: string, value: Item, indexes: {seq: number}}} outbox
 * @property {{key: string, value: DayEntry}} day
 * @property {{key: string, value: PersonHere}} people
 * @property {{key: string, value: Draft}} drafts
 * @property {{key: string, value: OwnCode}} codes
 */
import { deleteDB, openDB } from "idb";
import { isEnrolled } from "../enrolled.js";

export const NAME = "outreach";
/** Changes only by adding: whatever is in the outbox of an older version is sent by the newer. */
export const VERSION = 1;

/** @typedef {"meta" | "outbox" | "day" | "people" | "drafts" | "codes"} Shelf */
/** @typedef {import("idb").IDBPDatabase<Shelves>} Database */
/**
 * @template {IDBTransactionMode} M
 * @typedef {import("idb").IDBPTransaction<Shelves, Shelf[], M>} Transaction
 */

/** @type {Promise<Database> | null} */
let opening = null;

/** @returns {Promise<Database>} */
function database() {
  opening ??= open().catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

/** @returns {Promise<Database>} */
function open() {
  const forget = () => {
    opening = null;
  };
  return openDB(NAME, VERSION, {
    upgrade(made) {
      made.createObjectStore("meta");
      made.createObjectStore("outbox", { keyPath: "op_id" }).createIndex("seq", "seq");
      for (const shelf of /** @type {const} */ (["day", "people"])) made.createObjectStore(shelf, { keyPath: "id" });
      made.createObjectStore("drafts", { keyPath: "author" });
      made.createObjectStore("codes", { keyPath: "code" });
    },
    // An older page holds the database: it is told to let go, and whoever looks is told why nothing happens.
    blocked: () => document.dispatchEvent(new Event("outreach:blocked")),
    blocking: (_from, _to, event) => {
      if (event.target instanceof IDBDatabase) event.target.close();
      forget();
      document.dispatchEvent(new Event("outreach:outdated"));
    },
    terminated: forget,
  });
}

/**
 * Runs the work in one transaction, which is on the disk when this returns. Where the connection had died (a tablet
 * that slept), it is opened anew and the work done once more; nothing of the first try is there then.
 * @template T
 * @param {(transaction: Transaction<"readwrite">) => Promise<T>} work asks nothing but the database
 * @returns {Promise<T>}
 */
export function keep(work) {
  return insisting(async (db) => {
    const shelves = /** @type {Shelf[]} */ ([...db.objectStoreNames]);
    const transaction = db.transaction(shelves, "readwrite", { durability: "strict" });
    const [result] = await Promise.all([aborting(transaction, work(transaction)), transaction.done]);
    return result;
  });
}

/**
 * Whatever fails in the work takes the whole transaction with it: there is no half of it.
 * @template T
 * @param {Transaction<"readwrite">} transaction @param {Promise<T>} work @returns {Promise<T>}
 */
async function aborting(transaction, work) {
  try {
    return await work;
  } catch (error) {
    try {
      transaction.abort();
    } catch (over) {
      if (!isStateError(over)) throw over; // it has ended by itself already
    }
    throw error;
  }
}

/**
 * @template T
 * @param {(transaction: Transaction<"readonly">) => Promise<T>} work asks nothing but the database
 * @returns {Promise<T>}
 */
export function look(work) {
  return insisting((db) => work(db.transaction(/** @type {Shelf[]} */ ([...db.objectStoreNames]), "readonly")));
}

/**
 * @template T
 * @param {(db: Database) => Promise<T>} work @returns {Promise<T>}
 */
async function insisting(work) {
  const first = await database();
  try {
    return await work(first);
  } catch (error) {
    if (!isStateError(error)) throw error;
    if ((await opening) === first) opening = null;
    first.close();
    return work(await database());
  }
}

/** @param {unknown} error */
const isStateError = (error) => error instanceof DOMException && error.name === "InvalidStateError";

/**
 * @template {keyof Meta} K
 * @param {Transaction<"readonly"> | Transaction<"readwrite">} transaction @param {K} name
 * @returns {Promise<Meta[K] | undefined>}
 */
export function meta(transaction, name) {
  return /** @type {Promise<Meta[K] | undefined>} */ (transaction.objectStore("meta").get(name));
}

/**
 * @template {keyof Meta} K
 * @param {Transaction<"readwrite">} transaction @param {K} name @param {Meta[K]} value
 */
export function setMeta(transaction, name, value) {
  return transaction.objectStore("meta").put(value, name);
}

/** The tablet that this browser is enrolled as, or null. Asking makes no database. @returns {Promise<Tablet | null>} */
export async function enrolledAs() {
  if (!(await isEnrolled())) return null;
  return (await look((transaction) => meta(transaction, "device"))) ?? null;
}

/** The tablet was revoked: from here on nothing is written here. */
export function closeForGood() {
  return keep(async (transaction) => {
    if (await meta(transaction, "epoch")) await closeBooks(transaction);
  });
}

/** Nothing is written here any more, and nothing can be read. @param {Transaction<"readwrite">} transaction */
export async function closeBooks(transaction) {
  await setMeta(transaction, "revoked", true);
  await letGo(transaction);
}

/** Lets go of all that can be read here; what waits to be sent stays. @param {Transaction<"readwrite">} transaction */
export async function letGo(transaction) {
  const outbox = transaction.objectStore("outbox");
  for (const item of await outbox.getAll()) if (item.state === "queued") await outbox.put({ ...item, unseen: true });
  for (const shelf of /** @type {const} */ (["day", "drafts"])) await transaction.objectStore(shelf).clear();
  for (const person of await transaction.objectStore("people").getAll()) {
    await transaction.objectStore("people").put({ ...person, attention: null });
  }
  await transaction.objectStore("meta").delete("cursor");
  await setMeta(transaction, "let_go", ((await meta(transaction, "let_go")) ?? 0) + 1);
}

/**
 * Whether something of somebody's waits of which nobody here can tell what it is about: what the server says of their
 * contacts may be older than that.
 * @param {Transaction<"readonly"> | Transaction<"readwrite">} transaction @param {string} author
 */
export async function waitsUnseen(transaction, author) {
  const items = await transaction.objectStore("outbox").getAll();
  return items.some((item) => item.unseen && item.state === "queued" && item.author === author);
}

/** Forgets all that the tablet had, also in a browser that would not do it when the server told it to. */
export async function forgetAll() {
  (await opening?.catch(() => null))?.close();
  opening = null;
  // A page that sleeps may hold it open; it is gone when that one wakes.
  await Promise.race([deleteDB(NAME), new Promise((resolve) => setTimeout(resolve, 2000))]);
  for (const name of await caches.keys()) await caches.delete(name);
}

/**
 * Keeps what the enrolment answered. A new life of the storage begins: its operations are counted from 1.
 * @param {Tablet & {key: SealingKey, server_generation: number}} answer
 */
export async function keepTablet({ device_id, token, name, site, key, server_generation }) {
  await keep(async (transaction) => {
    await setMeta(transaction, "device", { device_id, token, name, site });
    await setMeta(transaction, "key", key);
    await setMeta(transaction, "server_generation", server_generation);
    if (await meta(transaction, "epoch")) return;
    await setMeta(transaction, "epoch", crypto.randomUUID());
    await setMeta(transaction, "next_seq", 1);
  });
}
