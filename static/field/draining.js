/**
 * Bringing the outbox to the server. One at a time, over all open pages of the tablet (a Web Lock, which is free again
 * when its holder dies); as long as nobody has answered, and understood, what was sent, it stays.
 *
 * @typedef {"" | "unreachable" | "portal" | "busy" | "full" | "stranger" | "unreadable"} Trouble what the last try met:
 *   nothing · no answer · an answer that is not the server's · the server has no time, or a fault · too much of this
 *   tablet's waits for a supervisor · the tablet is not known · the request was refused as a whole
 *
 * @typedef {object} Standing
 * @property {Trouble} trouble
 * @property {boolean} sending
 * @property {number | null} reached when the server last answered, by the tablet's clock
 */
import { storagePersisted } from "../worker.js";
import { OPERATIONS_AT_MOST, countAnew, isReceiptFor, next, settle, stepBack } from "./line.js";
import { tidy } from "./outbox.js";
import { closeForGood, forgetAll, look, meta } from "./store.js";
import { withOffset } from "./time.js";
import { readerNow } from "./watch.js";

const ADDRESS = "/api/v1/sync";
const PATIENCE_MS = 30_000;
/** How often it is asked when nothing else asks; after a failure at first sooner, then ever later. */
const EVERY_MS = 30_000;
const SOONEST_MS = 2_000;
const LATEST_MS = 300_000;
const LOCK = "outreach-outbox";
/** So often in a row the server may put the count right before it is let be for a while. */
const CORRECTED_AT_MOST = 4;

/** @type {Standing} */
let standing = { trouble: "", sending: false, reached: null };
let failures = 0;
let asked = false;
/** The tablet was revoked and has forgotten all. */
let over = false;
/** @type {Promise<void> | null} */
let draining = null;
/** @type {Promise<void> | null} until another page of the tablet has brought what waits */
let other = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @returns {Standing} */
export const standingNow = () => standing;

/** @param {Partial<Standing>} change */
function tell(change) {
  standing = { ...standing, ...change };
  document.dispatchEvent(new CustomEvent("outreach:standing", { detail: standing }));
}

/** From now on the outbox is brought to the server whenever it may be possible. */
export function keepDraining() {
  const soon = () => void drain();
  document.addEventListener("outreach:written", soon);
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
  soon();
}

/** Brings what waits; asked meanwhile, it looks once more. Never fails: what stood in the way is told as the standing. */
export async function drain() {
  asked = true;
  draining ??= emptied().finally(() => {
    draining = null;
    plan();
  });
  await draining;
}

async function emptied() {
  while (asked && !over) {
    asked = false;
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (held) => {
      // Another page of the tablet is at it, and sends what this one wrote as well.
      if (!held) return hearOfOther();
      tell({ sending: true });
      try {
        await sendAll();
      } finally {
        tell({ sending: false });
      }
    });
  }
}

/** What another page has brought is told on this one as well, as soon as that is done. */
function hearOfOther() {
  other ??= navigator.locks.request(LOCK, () => undefined).then(() => {
    other = null;
    tell({});
    document.dispatchEvent(new Event("outreach:settled"));
    // What this page met itself may be long over: the other may have had an answer.
    if (standing.trouble) void drain();
  });
}

/** The next try by itself: soon after a failure, then later and later, and never all tablets at the same moment. */
function plan() {
  clearTimeout(timer);
  if (over) return;
  const wait = failures ? Math.min(LATEST_MS, SOONEST_MS * 2 ** (failures - 1)) : EVERY_MS;
  timer = setTimeout(() => void drain(), wait * (0.75 + Math.random() / 2));
}

async function sendAll() {
  let atMost = OPERATIONS_AT_MOST;
  let corrected = 0;
  for (;;) {
    const batch = await next(atMost);
    if (!batch) return;
    const outcome = await sendBatch(batch);
    if (outcome === "large" && atMost > 1) {
      atMost = Math.ceil(Math.min(atMost, batch.ops.length) / 2);
      continue;
    }
    // Not even one by itself: whatever lies between is not the network that we need. It stays.
    if (outcome === "large") return met("portal");
    if (outcome === "again") {
      corrected += 1;
      if (corrected > CORRECTED_AT_MOST) return met("unreadable");
      continue;
    }
    if (outcome !== "settled") return met(outcome);
    met("");
    corrected = 0;
    atMost = Math.min(OPERATIONS_AT_MOST, atMost * 2);
    if (over) return;
    const rest = await next(1);
    if (!rest?.ops.length && !(rest?.wipe && !batch.wipe)) return void (await tidy());
  }
}

/** @param {Trouble} trouble */
function met(trouble) {
  failures = trouble ? failures + 1 : 0;
  tell({ trouble, ...(trouble ? {} : { reached: Date.now() }) });
}

/**
 * @param {import("./line.js").Batch} batch
 * @returns {Promise<"settled" | "again" | "large" | Exclude<Trouble, "">>}
 */
async function sendBatch({ epoch, ops, wipe, pending, oldest }) {
  const device = await look((transaction) => meta(transaction, "device"));
  if (!device) return "stranger";
  const batchId = crypto.randomUUID();
  const body = {
    proto: 1,
    batch_id: batchId,
    epoch,
    app_version: appVersion(),
    client_now: withOffset(new Date()),
    pending_count: pending,
    oldest_pending_s: oldest === null ? 0 : Math.max(0, Math.round((Date.now() - oldest) / 1000)),
    storage_persisted: await storagePersisted(),
    ...(wipe && { wipe }),
    ops,
  };
  /** @type {{status: number, isJson: boolean, read: any}} */
  let answer;
  try {
    answer = await post(body, device.token, batchId);
  } catch (error) {
    // No network, a reply cut short, a redirect to somebody's sign-in page, our own patience: nobody has confirmed anything.
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) return "unreachable";
    throw error;
  }
  const { status, isJson, read } = answer;
  if (!isJson) return status >= 500 ? "busy" : status === 413 ? "large" : "portal";
  if (status === 200) {
    if (!isReceiptFor(read, batchId, ops)) return "portal";
    if (read.revoked) document.dispatchEvent(new Event("outreach:revoked"));
    // It forgets when the server says that it has all, not because it was asked.
    if (wipe && read.wiped === true) return forgotten();
    if ((await settle(read)) === "ahead") await countAnew();
    if (ops.length) document.dispatchEvent(new Event("outreach:settled"));
    return "settled";
  }
  return refused(status, read);
}

/** The server has all that was ever here, and nothing was written since: there is nothing to send any more. */
async function forgotten() {
  over = true;
  await forgetAll();
  return /** @type {const} */ ("settled");
}

/** @param {object} body @param {string} token @param {string} batchId */
async function post(body, token, batchId) {
  const response = await fetch(ADDRESS, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Idempotency-Key": `"${batchId}"`,
    },
    body: JSON.stringify(body),
    // Whoever has the screen open carries it. A screen that is locked keeps nobody's session alive.
    credentials: readerNow() ? "same-origin" : "omit",
    redirect: "error",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "");
  return { status: response.status, isJson, read: isJson ? await response.json() : await response.text() };
}

/** @param {number} status @param {any} problem @returns {Promise<"again" | "large" | Exclude<Trouble, "">>} */
async function refused(status, problem) {
  const slug = String(problem?.type ?? "").split("/").pop();
  if (status === 409 && slug === "gap" && Number.isInteger(problem.expected) && problem.expected > 0) {
    await stepBack(problem.expected);
    return "again";
  }
  if (status === 409 && slug === "epoch-conflict") {
    await countAnew();
    return "again";
  }
  if (status === 413) return "large";
  if (status === 401) return "stranger";
  if (slug === "too-much-to-review") {
    if (problem.revoked === true) {
      await closeForGood();
      document.dispatchEvent(new Event("outreach:revoked"));
    }
    return "full";
  }
  return status >= 500 || status === 429 ? "busy" : "unreadable";
}

/** Which build this is: the page says so. */
function appVersion() {
  return document.documentElement.dataset.build ?? "unknown";
}
