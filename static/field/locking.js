/**
 * The lock on the screen of a tablet, and whose turn it is. With the network the server lets people in; without it the
 * plattkod opens what one has written here oneself, and nothing that says who anybody is.
 *
 * @typedef {import("./data.js").Work} Work
 * @typedef {import("./store.js").PersonHere} PersonHere
 * @typedef {import("./watch.js").Reader} Reader
 */
import { here } from "./asking.js";
import { byId, words } from "./data.js";
import { useToken } from "./sending.js";
import { everybodyHere, letIn, lockHere, personHere, readerNow, rememberLock, rememberRefusal, rememberSession, renewRight, settleIn, turnNow, unlockHere } from "./watch.js";

/** A right to hand in is renewed when it would end within so long. */
const RENEWED_BEFORE_MS = 20 * 86_400_000;
/** Whoever unlocks is standing before somebody: a network that does not answer soon is none. */
const PATIENCE_MS = 4_000;
const LOCK = "/api/v1/session/lock";

/**
 * Locks: nothing that can be read stays on the page or in memory; the server hears of it when it can.
 * @returns {Promise<boolean>} whether it has heard
 */
export async function lockTablet() {
  lockHere();
  document.body.dataset.locked = "";
  delete document.body.dataset.reader;
  document.dispatchEvent(new Event("outreach:closed"));
  const isHeard = await lockAtServer();
  // A newer version loads the page again, and that would cut off what the server is being told.
  if ("locked" in document.body.dataset) document.dispatchEvent(new Event("outreach:safe"));
  return isHeard;
}

/**
 * Tells the server that the session of this browser is locked. A page that came without a network has no token for it,
 * or one of a session before: then it asks for the token first.
 * @returns {Promise<boolean>} whether it has heard; true too where nobody's session is open
 */
export async function lockAtServer() {
  const asked = turnNow();
  // Somebody has opened the screen meanwhile, or is about to: theirs is not to be locked.
  const isTurnedAway = () => turnNow() !== asked || byId("unlock-dialog", HTMLDialogElement).open;
  if (isTurnedAway()) return false;
  const told = await here("POST", LOCK);
  if (told.ok || told.reason !== "signed-out") return told.ok || told.reason !== "network";
  const who = await here("GET", "/api/v1/me");
  if (!who.ok) return who.reason !== "network";
  if (isTurnedAway()) return false;
  await rememberLock(who.row.csrf_token);
  if (isTurnedAway()) return false;
  useToken(who.row.csrf_token);
  const again = await here("POST", LOCK);
  return again.ok || again.reason !== "network";
}

/** @type {Promise<Reader | null> | null} */
let asking = null;

/**
 * Asks who it is and for their plattkod.
 * @returns {Promise<Reader | null>} null when nobody opened it
 */
export function askWhoIsHere() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

/** @returns {Promise<Reader | null>} */
async function ask() {
  const people = await everybodyHere();
  const dialog = byId("unlock-dialog", HTMLDialogElement);
  const form = dialog.querySelector("form");
  if (!form) throw new Error("the unlock dialog has no form");
  const code = byId("unlock-code", HTMLInputElement);
  /** @type {PersonHere | undefined} */
  let chosen;
  let busy = false;
  let opened = false;
  const say = (/** @type {string} */ text) => {
    byId("unlock-fault", HTMLElement).textContent = text;
  };
  const choose = (/** @type {PersonHere} */ person) => {
    chosen = person;
    say("");
    code.value = "";
    byId("unlock-code-label", HTMLElement).textContent = words("plattkodOf", { name: person.name });
    byId("unlock-code-field", HTMLElement).hidden = false;
    byId("unlock-go", HTMLButtonElement).hidden = false;
    for (const tile of byId("unlock-people", HTMLElement).children) tile.ariaPressed = String(tile instanceof HTMLElement && tile.dataset.id === person.id);
    code.focus();
  };
  byId("unlock-people", HTMLElement).replaceChildren(...people.map((person) => tile(person, () => choose(person))));
  byId("unlock-code-field", HTMLElement).hidden = true;
  byId("unlock-go", HTMLButtonElement).hidden = true;
  say("");
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!chosen || busy) return;
    busy = true;
    byId("unlock-go", HTMLButtonElement).ariaBusy = "true";
    const outcome = await unlock(chosen, code.value).finally(() => {
      busy = false;
      byId("unlock-go", HTMLButtonElement).ariaBusy = null;
    });
    code.value = "";
    opened = outcome === "open";
    if (opened) return dialog.close();
    say(words(outcome));
    code.focus();
  };
  byId("unlock-cancel", HTMLButtonElement).onclick = () => dialog.close();
  dialog.showModal();
  const [only] = people;
  if (people.length === 1 && only) choose(only);
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  code.value = "";
  return opened ? readerNow() : null;
}

/** @param {PersonHere} person @param {() => void} click */
function tile(person, click) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tile";
  button.dataset.id = person.id;
  button.ariaPressed = "false";
  button.textContent = person.name;
  button.addEventListener("click", click);
  return button;
}

/**
 * The server judges when it can be reached, else the tablet by itself.
 * @param {PersonHere} person @param {string} code
 * @returns {Promise<"open" | "plattkodWrong" | "plattkodRefused" | "plattkodClosed">}
 */
async function unlock(person, code) {
  const judged = await atServer(person, code);
  await rememberRefusal(person.id, judged === "refused");
  if (judged === "refused") return "plattkodRefused";
  const found = await unlockHere(person.id, code);
  if (judged === "open") {
    await letIn({ id: person.id, name: person.name });
    return "open";
  }
  return found === "open" ? "open" : found === "wrong" ? "plattkodWrong" : "plattkodClosed";
}

/**
 * @param {PersonHere} person @param {string} code
 * @returns {Promise<"open" | "refused" | "away">} refused: it is not the code, or none is good here any more; the server
 *   does not say which
 */
async function atServer(person, code) {
  // One's own session, locked or over, goes on; a colleague's ends.
  const answer = await here("POST", "/api/v1/session/switch", { user_id: person.id, code }, PATIENCE_MS);
  if (answer.ok) {
    useToken(answer.row.csrf_token);
    // Before any news of it: without a network the next one must know whose session this is.
    await rememberSession(answer.row.csrf_token, person.id);
    return "open";
  }
  if (answer.reason === "network") return "away";
  return "refused";
}

/**
 * Whoever is signed in gets all they need to work here: a plattkod, asked for once, and a right to hand in.
 * @param {Work} own @param {number} asked the turn it was when the server was asked who that is
 */
export async function settle({ user }, asked) {
  const person = await personHere(user.id);
  if (person?.wrapped) {
    const isDue = person.granted_until - Date.now() <= RENEWED_BEFORE_MS;
    const right = person.refused || isDue ? await here("POST", "/api/v1/devices/here/grants") : undefined;
    if (right?.ok) await renewRight(user.id, right.row);
    // The server has no plattkod of theirs any more, guessed at or given up: they choose another.
    if (!(right?.ok && person.refused && !right.row.has_code)) return letIn(user, asked);
  }
  const dialog = byId("code-choice-dialog", HTMLDialogElement);
  const form = dialog.querySelector("form");
  if (!form) throw new Error("the dialog for the plattkod has no form");
  form.reset();
  const stay = (/** @type {Event} */ event) => event.preventDefault();
  dialog.addEventListener("cancel", stay);
  dialog.showModal();
  let busy = false;
  await new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      const fault = await choose(user).finally(() => {
        busy = false;
      });
      byId("code-choice-fault", HTMLElement).textContent = fault;
      if (!fault) resolve(undefined);
    };
  });
  dialog.removeEventListener("cancel", stay);
  dialog.close();
  form.reset();
}

/** @param {{id: string, name: string}} user @returns {Promise<string>} what is wrong, in words; empty when it is done */
async function choose(user) {
  const value = (/** @type {string} */ id) => byId(id, HTMLInputElement).value;
  const code = value("code-choice");
  if (code !== value("code-choice-again")) return words("plattkodTwice");
  const password = value("code-choice-password");
  const set = await here("PUT", "/api/v1/devices/here/code", { code, ...(password && { password }) });
  if (!set.ok) {
    const wanted = set.problem.type?.endsWith("/wrong-password") ?? false;
    if (wanted) byId("code-choice-password-field", HTMLElement).hidden = false;
    if (set.reason === "network") return words("networkTap");
    return wanted && !password ? words("plattkodPassword") : (set.problem.errors?.[0]?.detail ?? set.problem.detail ?? words("refusedByServer"));
  }
  const right = await here("POST", "/api/v1/devices/here/grants");
  if (!right.ok) return right.reason === "network" ? words("networkTap") : (right.problem.detail ?? words("refusedByServer"));
  await settleIn(user, right.row, code);
  return "";
}
