/**
 * Before anything is captured: can this browser keep what it is given, and seal it? Somebody in a private window, or with a
 * browser in lockdown, is told so before the first contact, not after the tenth.
 */

/** @typedef {{ok: true} | {ok: false, why: "storage" | "crypto" | "private"}} Verdict */

const SCRATCH = "outreach-self-test";
/** Weeks of capture fit in this. It is tried by writing it: what browsers say of their room is no longer the truth. */
const ROOM_BYTES = 1_000_000;

/** @returns {Promise<Verdict>} never throws: what fails is the answer; "storage" also when there is no room */
export function selfTest() {
  // One at a time: another page's test would take this one's database away.
  return navigator.locks.request(SCRATCH, test);
}

/** @returns {Promise<Verdict>} */
async function test() {
  if (await isForgetful()) return { ok: false, why: "private" };
  /** @type {CryptoKey} */
  let key;
  try {
    key = await sealAndOpen();
  } catch {
    return { ok: false, why: "crypto" };
  }
  try {
    const room = incompressible(ROOM_BYTES);
    await keepAndRead(room, (read) => read instanceof Uint8Array && read.every((byte, at) => byte === room[at]));
  } catch {
    return { ok: false, why: "storage" };
  }
  try {
    // Some browsers keep bytes but no keys.
    await keepAndRead(key, (read) => read instanceof CryptoKey && !read.extractable);
  } catch {
    return { ok: false, why: "crypto" };
  }
  return { ok: true };
}

/** Browsers pack what they keep: only what does not pack takes the room. @param {number} length */
function incompressible(length) {
  const bytes = new Uint8Array(length);
  const most = 65_536; // that a browser gives at once
  for (let at = 0; at < length; at += most) crypto.getRandomValues(bytes.subarray(at, at + most));
  return bytes;
}

/** Whether this window will forget what it keeps: Firefox and Safari then refuse files of our own, which nothing else makes them do. */
async function isForgetful() {
  try {
    await navigator.storage?.getDirectory?.();
    return false;
  } catch (fault) {
    return fault instanceof DOMException && ["SecurityError", "UnknownError", "NotAllowedError"].includes(fault.name);
  }
}

/** Does once, in small, all that capture needs; returns a key that does not leave the browser. */
async function sealAndOpen() {
  const { subtle } = crypto;
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const [ours, theirs] = await Promise.all([subtle.generateKey(curve, false, ["deriveBits"]), subtle.generateKey(curve, false, ["deriveBits"])]);
  const bits = await subtle.deriveBits({ name: "ECDH", public: theirs.publicKey }, ours.privateKey, 256);
  const secret = await subtle.importKey("raw", bits, "PBKDF2", false, ["deriveKey"]);
  const stretched = { name: "PBKDF2", hash: "SHA-256", salt: crypto.getRandomValues(new Uint8Array(16)), iterations: 1000 };
  const key = await subtle.deriveKey(stretched, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const lock = { name: "AES-GCM", iv: crypto.getRandomValues(new Uint8Array(12)) };
  const opened = new Uint8Array(await subtle.decrypt(lock, key, await subtle.encrypt(lock, key, new Uint8Array([42]))));
  if (opened.join() !== "42") throw new Error("what was sealed does not come out again");
  return key;
}

/**
 * Writes a thing into a database of its own and reads it again.
 * @param {unknown} thing
 * @param {(read: unknown) => boolean} isSame
 */
async function keepAndRead(thing, isSame) {
  const opening = indexedDB.open(SCRATCH, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("things");
  const database = await done(opening);
  try {
    const writing = database.transaction("things", "readwrite", { durability: "strict" });
    writing.objectStore("things").put(thing, "one");
    await new Promise((resolve, reject) => {
      writing.oncomplete = resolve;
      writing.onabort = () => reject(writing.error);
    });
    if (!isSame(await done(database.transaction("things").objectStore("things").get("one")))) throw new Error("another thing was read");
  } finally {
    database.close();
    await done(indexedDB.deleteDatabase(SCRATCH));
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
