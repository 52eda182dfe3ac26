/**
 * The field page on an enrolled tablet: it opens without a network, writes into the outbox, and locks what can be read
 * while what can only be written stays open.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./data.js").Work} Work
 *
 * @typedef {object} Screen what the page does when it is asked to
 * @property {(work: Work) => void} take somebody works here: their places and shift
 * @property {(rows: ContactRow[], during: number | null) => void} list their contacts of today, and how many the shift has
 * @property {(row: ContactRow) => void} keep one of them stands differently
 * @property {() => void} close the screen is being locked: nothing that can be read stays on it
 * @property {(draft: import("./drafts.js").Draft) => void} goOn
 * @property {(contact: import("./saying.js").Sayable) => string} say a contact in words
 */
import { here } from "./asking.js";
import { keepAttention } from "./attention.js";
import { writeOnTablet } from "./capture.js";
import { askToConfirm } from "./confirming.js";
import { byId, NOBODY, words } from "./data.js";
import { entriesOf, rowsOf } from "./day.js";
import { draftOf, drop, flush, note } from "./drafts.js";
import { keepDraining } from "./draining.js";
import { askWhoIsHere, lockAtServer, lockTablet, settle } from "./locking.js";
import { waiting } from "./outbox.js";
import { pull, takeWork } from "./pull.js";
import { selfTest } from "./self-test.js";
import { tokenNow, useToken } from "./sending.js";
import { askInstead } from "./session.js";
import { look, meta, waitsUnseen } from "./store.js";
import { followOutbox, forgetSaved } from "./strip.js";
import { showUnconfirmed } from "./tending.js";
import { clock } from "./time.js";
import { everybodyHere, isLockedSession, leaseHolds, lockHere, personHere, readerNow, rememberLock, rememberSession, shred, turnNow, watchNow, writer } from "./watch.js";

/** The server is asked for news at most so often by itself, whatever the clock on the wall does. */
const NEWS_MS = 20_000;
const LEASE_LOOKED_AT_MS = 60_000;
/** So long a page that has just come does not say that it is locked: the server may be about to say that it is open. */
const OPENING_MS = 400;

/** What the server is owed when it has not heard that the screen is locked. */
const LOCKING = { method: "POST", path: "/api/v1/session/lock" };

export class Tablet {
  /** @type {Map<string, ContactRow>} */
  #rows = new Map();
  /** @type {number | null} how many contacts the shift has, as the server last said */
  #during = null;
  #told = 0;
  #stopped = false;
  /** @type {{method: string, path: string} | null} what the server has yet to hear of a lock */
  #owed = null;

  /** @param {Screen} screen */
  constructor(screen) {
    this.screen = screen;
  }

  /** @param {import("./data.js").Own | null} own whoever the document is for: signed in, and the screen open */
  async begin(own) {
    const asked = turnNow();
    writeOnTablet();
    askInstead(async () => {
      // What one began is never done again as another.
      const before = readerNow()?.id;
      return (await this.unlock()) && readerNow()?.id === before;
    });
    followOutbox();
    document.addEventListener("outreach:settled", () => void this.#afterSending());
    document.addEventListener("outreach:revoked", () => this.#stop("revoked"));
    document.addEventListener("outreach:standing", () => void this.#perhapsNews());
    document.addEventListener("outreach:standing", () => void this.#payOwed());
    byId("unlock", HTMLButtonElement).addEventListener("click", () => void this.unlock());
    setInterval(() => readerNow() || void this.#showLock(), 15_000);
    setInterval(() => void this.#keepLease(), LEASE_LOOKED_AT_MS);
    if (!(await leaseHolds())) await shred();
    const verdict = await selfTest();
    // Before anything is asked of whoever is here: what waits does not wait for that.
    keepDraining();
    if (!verdict.ok) {
      this.#stop(/** @type {const} */ ({ storage: "unfitStorage", crypto: "unfitCrypto", private: "unfitPrivate" })[verdict.why]);
    } else if (await isRevoked()) {
      this.#stop("revoked");
    } else if (own && !(await isLockedSession(own.csrf))) {
      await settle(own, asked);
      await this.#open(own);
      // Locked while it opened.
      if (!readerNow() && !("locked" in document.body.dataset)) await this.#shut();
    } else {
      await this.#startLocked();
    }
  }

  /** A page that is left lying, locked, lets go of what the server once told as well. */
  async #keepLease() {
    if (!readerNow() && !(await leaseHolds())) await shred();
  }

  /**
   * Nothing is taken in here: the browser cannot keep or seal it, which is better told now than after ten contacts, or the
   * tablet is revoked. What waits is sent all the same.
   * @param {string} why the sentence that says so
   */
  #stop(why) {
    if (this.#stopped) return;
    this.#stopped = true;
    lockHere();
    forgetSaved();
    this.#rows.clear();
    this.screen.close();
    document.body.dataset.locked = "";
    document.body.dataset.capture = "closed";
    sayLocked();
    byId("unlock", HTMLButtonElement).hidden = true;
    byId("lock-text", HTMLElement).textContent = words(why);
    byId("lock-count", HTMLElement).textContent = "";
  }

  /** Opens without a code where the server says that somebody's session is open; else the screen stays locked. */
  async #startLocked() {
    const asked = turnNow();
    document.body.dataset.locked = "";
    // A bar that comes and goes would move the tiles under the finger.
    setTimeout(sayLocked, OPENING_MS);
    const watch = await watchNow();
    const last = watch && (await personHere(watch.author));
    this.screen.take(last?.own ?? NOBODY);
    await this.#showLock();
    const answer = await pull({ whole: true });
    if (answer.is === "revoked") return this.#stop("revoked");
    // Nor does it come between whoever has begun to say who they are and their plattkod, or open what was locked meanwhile.
    const isTurnedAway = () => turnNow() !== asked || byId("unlock-dialog", HTMLDialogElement).open;
    if (answer.is !== "open" || isTurnedAway()) return sayLocked();
    // Locked here without the server's knowing, which hears of it now: its word opens nothing that only the plattkod may.
    if (await isLockedSession(answer.news.csrf_token)) {
      sayLocked();
      this.#owed = LOCKING;
      return this.#payOwed();
    }
    if (isTurnedAway()) return sayLocked();
    useToken(answer.news.csrf_token);
    await settle(answer.news.own, asked);
    await this.#open(answer.news.own, answer);
  }

  /** @param {Work} work @param {import("./pull.js").Answer} [answer] news that have come already */
  async #open(work, answer) {
    const reader = readerNow();
    // Somebody else has opened it since, or locked it: what was theirs to see is no longer shown.
    if (reader?.id !== work.user.id) return;
    if (this.#stopped) return lockHere();
    delete document.body.dataset.locked;
    document.body.dataset.reader = "";
    const own = await takeWork(work);
    const rows = await listOf(reader);
    if (readerNow() !== reader) return;
    this.screen.take(own);
    this.#rows = rows;
    this.#during = null;
    this.#show();
    this.#told = performance.now();
    await this.#takeNews(reader, answer ?? (await pull({ whole: reader.key === null })));
    await askToConfirm({ reader, say: this.screen.say, stands: (row) => this.#stands(row) });
    await this.#offerDraft(reader);
  }

  #show() {
    this.screen.list([...this.#rows.values()], this.#during);
  }

  /**
   * @param {import("./watch.js").Reader} reader who had the screen open when it was asked for
   * @param {import("./pull.js").Answer} answer
   */
  async #takeNews(reader, answer) {
    if (answer.is === "revoked") return this.#stop("revoked");
    // On its way it may have been overtaken: what one asked for says nothing of whoever has taken over since.
    if (answer.is !== "open" || readerNow() !== reader) return;
    const { news } = answer;
    // Another colleague has signed in in this browser: what is theirs is not shown to this one, nor the other way.
    if (news.own.user.id !== reader.id) return void this.lock();
    useToken(news.csrf_token);
    await rememberSession(news.csrf_token, reader.id);
    await this.#readBack(reader, news.items);
    if (readerNow() !== reader) return;
    this.#during = news.counts.shift;
    this.#show();
    void keepAttention(reader.id, news.attention);
    document.dispatchEvent(new CustomEvent("outreach:news", { detail: news }));
  }

  /**
   * The list is what the storage holds of today: what waits here stands over the news, so does a newer version, and
   * nothing is left out that was told while the clock was off. A reader without their plattkod cannot open it, and is told
   * the whole day each time.
   * @param {import("./watch.js").Reader} reader @param {import("./pull.js").Change[]} items
   */
  async #readBack(reader, items) {
    if (reader.key) {
      const rows = await listOf(reader);
      if (readerNow() === reader) this.#rows = rows;
      return;
    }
    const kept = await keptOf(reader.id);
    const isBlind = await look((transaction) => waitsUnseen(transaction, reader.id));
    if (readerNow() !== reader || isBlind) return;
    for (const { id, contact } of items) {
      const entry = kept.get(id);
      if (entry?.ops.length) continue;
      if (!contact) this.#rows.delete(id);
      else if ((entry?.rev ?? 0) <= contact.version) this.#rows.set(id, { ...BLANK, ...contact });
    }
  }

  async #perhapsNews() {
    if (readerNow() && performance.now() - this.#told > NEWS_MS) await this.news();
  }

  /** Asks the server what is new. */
  async news() {
    const reader = readerNow();
    if (!reader) return;
    this.#told = performance.now();
    await this.#takeNews(reader, await pull({ whole: reader.key === null }));
  }

  /** What was sent is no longer waiting; what the server made of it is asked for. */
  async #afterSending() {
    const reader = readerNow();
    if (!reader) return this.#showLock();
    const kept = await keptOf(reader.id);
    if (readerNow() !== reader) return;
    for (const row of this.#rows.values()) {
      const entry = kept.get(row.id);
      if (row.waits && !entry?.ops.length) this.#stands({ ...row, waits: false, version: entry?.rev ?? row.version });
    }
    await this.news();
  }

  /** A contact was written here. @param {ContactRow} row */
  noted(row) {
    if (readerNow()) this.#rows.set(row.id, row);
    else void this.#showLock();
  }

  /** What is being written is kept for its author. @param {import("./contact.js").Contact} contact @param {ContactRow | null} row */
  async written(contact, row) {
    const who = await writer();
    // Under lock the draft that is kept is that of whoever locked it.
    if (who && !who.locked) note(who.author, { contact, row });
  }

  async notWritten() {
    const who = await writer();
    if (who && !who.locked) await drop(who.author);
  }

  async lock() {
    const reader = readerNow();
    // Whatever the server is still being asked does not open what somebody wants locked, nor does it later.
    if (!reader) {
      lockHere();
      return rememberLock(tokenNow());
    }
    await flush();
    if (readerNow() === reader) await this.#shut();
  }

  async #shut() {
    await rememberLock(tokenNow());
    this.#rows.clear();
    this.screen.close();
    showUnconfirmed(0);
    forgetSaved();
    const locked = lockTablet();
    await this.#showLock();
    this.#owed = (await locked) ? null : LOCKING;
  }

  /** Signing out locks as well: what waits is not touched, and goes on being sent. */
  async signOut() {
    await this.lock();
    const ended = await here("DELETE", "/api/v1/session");
    this.#owed = ended.ok ? null : { method: "DELETE", path: "/api/v1/session" };
  }

  /** What the server could not be told when the screen was locked it is told as soon as it can be. */
  async #payOwed() {
    const owed = this.#owed;
    if (!owed || readerNow()) return;
    this.#owed = null;
    const isHeard = owed === LOCKING ? await lockAtServer() : await isAnswered(owed);
    if (!isHeard && !readerNow()) this.#owed = owed;
  }

  /** @returns {Promise<boolean>} whether somebody has opened the screen */
  async unlock() {
    if (await isRevoked()) this.#stop("revoked");
    if (this.#stopped) return false;
    if (!(await leaseHolds())) await shred();
    if (await isUnused()) {
      location.assign("/logga-in?next=/falt");
      return false;
    }
    const before = readerNow();
    const reader = await askWhoIsHere();
    if (!reader) return false;
    const person = await personHere(reader.id);
    if (before?.id !== reader.id) this.screen.close();
    await this.#open(person?.own ?? { ...NOBODY, user: reader });
    return true;
  }

  /** The bar that says that the screen is locked, and what may be written all the same. */
  async #showLock() {
    if (this.#stopped) return;
    const watch = await watchNow();
    const who = await writer();
    const person = who && (await personHere(who.author));
    const mayWrite = Boolean(who && person?.own?.shift);
    document.body.dataset.capture = mayWrite ? "open" : "closed";
    const unseen = who ? (await entriesOf(who.author)).filter(({ unconfirmed }) => unconfirmed).length : 0;
    const { pending } = await waiting();
    const unused = await isUnused();
    byId("unlock", HTMLButtonElement).textContent = words(unused ? "signInHere" : "unlockHere");
    byId("lock-text", HTMLElement).textContent = mayWrite
      ? words("lockedOpen", { time: clock(new Date(watch?.until ?? Date.now())) })
      : words(unused ? "unusedTablet" : "lockedClosed");
    byId("lock-count", HTMLElement).textContent = [
      unseen ? words("lockedSaved", { count: unseen }) : "",
      pending ? words(pending === 1 ? "lockedUnsentOne" : "lockedUnsent", { count: pending }) : "",
    ].filter(Boolean).join(" ");
  }

  /** @param {ContactRow} row */
  #stands(row) {
    this.#rows.set(row.id, row);
    this.screen.keep(row);
  }

  /** @param {import("./watch.js").Reader} reader */
  async #offerDraft(reader) {
    const draft = await draftOf(reader);
    if (!draft || readerNow() !== reader) return;
    const dialog = byId("draft-dialog", HTMLDialogElement);
    byId("draft-what", HTMLElement).textContent = this.screen.say(draft.contact);
    dialog.returnValue = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue === "go-on") this.screen.goOn(draft);
    else if (dialog.returnValue === "drop") await drop(reader.id);
  }
}

/** Whether the server has answered, whatever it said. @param {{method: string, path: string}} owed */
async function isAnswered({ method, path }) {
  const told = await here(method, path);
  return told.ok || told.reason !== "network";
}

function sayLocked() {
  delete document.body.dataset.opening;
}

/** Whether nobody has signed in on this tablet yet: there is nobody to unlock it for. */
const isUnused = async () => (await everybodyHere()).length === 0;

/** Whether the server has said, to whichever page, that this tablet is revoked. */
const isRevoked = () => look((transaction) => meta(transaction, "revoked"));

/** @param {import("./watch.js").Reader} reader @returns {Promise<Map<string, ContactRow>>} */
async function listOf(reader) {
  const found = await rowsOf(reader);
  return new Map(found.map(({ row, entry }) => [row.id, { ...BLANK, ...row, waits: entry.ops.length > 0, version: entry.rev ?? row.version }]));
}

/** What the storage holds of somebody's contacts. @param {string} author */
async function keptOf(author) {
  return new Map((await entriesOf(author)).map((entry) => [entry.id, entry]));
}

/** What the list does not know of somebody who is known: the tablet is told no more than that they were here. */
const BLANK = /** @type {const} */ ({ headcount: 1, age_band: "", gender: "", result: "", first_time: "", talk_language: "", interpreter: "", minutes: null, topics: [], signposted_to: [] });
