/**
 * What the server tells a tablet whose worker is signed in: their own contacts of today, where they work, what waits
 * for them. Whatever came before stays until something newer is understood.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./data.js").Work} Work
 *
 * @typedef {object} Attention something written here that a person must look at
 * @property {string} id
 * @property {string} kind
 * @property {string} title
 * @property {string} detail
 * @property {{detail: string}[]} [errors] what is wrong with what was typed
 * @property {string} at
 * @property {string} type
 * @property {Partial<ContactRow> | null} facts
 *
 * @typedef {{id: string, gone: boolean, contact?: ContactRow}} Change
 *
 * @typedef {object} News
 * @property {Work} own
 * @property {string} csrf_token
 * @property {{own: number, shift: number}} counts
 * @property {Attention[]} attention
 * @property {Change[]} items
 *
 * @typedef {{is: "open", news: News} | {is: "locked" | "signed-out" | "away" | "revoked" | "old"}} Answer
 *   away: nobody answered, or not with anything of ours · old: this build may not read any more
 */
import { takeIn } from "./day.js";
import { closeForGood, keep, look, meta, setMeta } from "./store.js";
import { personHere } from "./watch.js";

const PATIENCE_MS = 10_000;

/** @param {{whole?: boolean}} [how] whole: all of today, also what came before @returns {Promise<Answer>} */
export async function pull({ whole = false } = {}) {
  const { device, cursor, reader, letGo } = await look(async (transaction) => ({
    device: await meta(transaction, "device"),
    letGo: await meta(transaction, "let_go"),
    cursor: await meta(transaction, "cursor"),
    reader: await meta(transaction, "cursor_of"),
  }));
  if (!device) return { is: "away" };
  let from = whole ? undefined : cursor;
  /** @type {Change[]} */
  const items = [];
  let isWhole = true;
  for (;;) {
    const answer = await ask(device.token, from);
    if (answer.is !== "open") return answer.is === "revoked" ? (await closeForGood(), answer) : answer;
    const { read } = answer;
    if (from !== undefined && reader !== read.user.id) {
      // Another colleague's place in the list says nothing of this one's.
      from = undefined;
      await keep((transaction) => transaction.objectStore("meta").delete("cursor"));
      continue;
    }
    const told = { user: read.user, sites: read.sites, shift: read.shift, planned_shifts: read.planned_shifts };
    const own = await takeWork(told);
    isWhole = (await takeNews(own, read, { isWhole, letGo })) && isWhole;
    from = read.next;
    items.push(...read.items);
    if (!read.more) return { is: "open", news: { ...read, own, items } };
  }
}

/**
 * Keeps where somebody works, as the server says it; but which shift runs is what was done here, as long as the server
 * may not have heard of that.
 * @param {Work} told @returns {Promise<Work>} what holds
 */
export function takeWork(told) {
  return keep(async (transaction) => {
    const people = transaction.objectStore("people");
    const before = await people.get(told.user.id);
    if (!before) return told;
    const items = await transaction.objectStore("outbox").getAll();
    const unheard = items.some(({ author, state }) => author === told.user.id && state === "queued");
    const own = unheard && before.own ? { ...told, shift: before.own.shift, planned_shifts: before.own.planned_shifts } : told;
    await people.put({ ...before, name: told.user.name, own });
    return own;
  });
}

/**
 * Takes in one part of the news; the place in them moves on only past what was taken in and has not been let go of since.
 * @param {Work} own @param {any} read
 * @param {{isWhole: boolean, letGo: number | undefined}} before whether all of the parts before was taken in, and how
 *   often what can be read had been let go of when they were asked for
 * @returns {Promise<boolean>} whether all of this one was
 */
async function takeNews(own, read, { isWhole, letGo }) {
  const person = await personHere(own.user.id);
  // Who has yet to choose a plattkod keeps nothing here, and is told all of it again afterwards.
  const taken = person !== undefined && (await takeIn(read.items, person, new Set(read.unconfirmed), new Date(read.server_now)));
  await keep(async (transaction) => {
    const isKept = (await meta(transaction, "let_go")) === letGo;
    if (taken && isWhole && isKept) await setMeta(transaction, "cursor", read.next);
    await setMeta(transaction, "cursor_of", own.user.id);
    // The server was heard: from here on the tablet's clock is what it is.
    await setMeta(transaction, "latest", Date.now());
    await setMeta(transaction, "reached", Date.now());
  });
  return taken;
}

/** @param {string} token @param {string | undefined} cursor @returns {Promise<{is: "open", read: any} | Exclude<Answer, {is: "open"}>>} */
async function ask(token, cursor) {
  const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  try {
    const response = await fetch(`/api/v1/changes${query}`, {
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang, Authorization: `Bearer ${token}` },
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!/^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "")) return { is: "away" };
    const read = await response.json();
    if (response.ok) return Array.isArray(read.items) && read.user ? { is: "open", read } : { is: "away" };
    const slug = String(read.type ?? "").split("/").pop();
    if (response.status === 426) return { is: "old" };
    if (response.status !== 401) return { is: "away" };
    if (slug === "device-revoked" || slug === "locked") return { is: slug === "locked" ? "locked" : "revoked" };
    return { is: "signed-out" };
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) return { is: "away" };
    throw error;
  }
}
