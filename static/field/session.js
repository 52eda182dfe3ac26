/** Signing in or unlocking in the middle of work, in a dialog, so that nothing that was written is lost. */
import { byId, every, words } from "./data.js";
import { lock, signIn, unlock, useToken } from "./sending.js";

/**
 * @template T
 * @typedef {import("./sending.js").Answer<T>} Answer
 */

/**
 * Does the work; when the session stands in the way, asks for it and does the work again.
 * @template T
 * @param {() => Promise<Answer<T>>} work
 * @returns {Promise<Answer<T>>} still "locked" or "signed-out" when the worker gave up
 */
export async function insist(work) {
  for (;;) {
    const answer = await work();
    if (answer.ok || (answer.reason !== "locked" && answer.reason !== "signed-out")) return answer;
    if (!(await (asker ?? askFor)(answer.reason))) return answer;
  }
}

/** @type {((what: "locked" | "signed-out") => Promise<boolean>) | null} */
let asker = null;

/** From now on somebody else asks: a tablet for its own short code. @param {(what: "locked" | "signed-out") => Promise<boolean>} ask */
export function askInstead(ask) {
  asker = ask;
}

/** @type {Promise<boolean> | null} the question that is on the screen */
let asking = null;

/**
 * Locks the screen where it is: everything is covered until the password is given, and nothing that was written is lost.
 * Without a network the cover comes all the same, and the server locks the session by itself.
 */
export async function lockHere() {
  if (asking) return;
  const opened = askFor("locked", true);
  await lock();
  await opened;
}

/**
 * @param {"locked" | "signed-out"} what
 * @param {boolean} [covering] hides everything else, and cannot be turned away
 * @returns {Promise<boolean>} whether the session is open again
 */
function askFor(what, covering = false) {
  asking ??= ask(what, covering).finally(() => {
    asking = null;
  });
  return asking;
}

/** @param {"locked" | "signed-out"} what @param {boolean} covering @returns {Promise<boolean>} */
function ask(what, covering) {
  const dialog = byId("session-dialog", HTMLDialogElement);
  const form = dialog.querySelector("form");
  if (!form) throw new Error("the session dialog has no form");
  // Whatever tells of a person is out of sight and out of the page until it is open again.
  covering ||= every(document, "[data-personal]", HTMLElement).some((place) => place.checkVisibility());
  document.dispatchEvent(new Event("outreach:closed"));
  show(what);
  byId("session-fault", HTMLElement).textContent = "";
  byId("session-cancel", HTMLButtonElement).hidden = covering;
  dialog.toggleAttribute("data-covering", covering);
  form.reset();
  dialog.showModal();
  return new Promise((resolve) => {
    let open = false;
    const submit = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const outcome = await attempt(what);
      open = outcome === "open";
      if (open) dialog.close();
      if (outcome === "over") show((what = "signed-out"));
    };
    const stay = (/** @type {Event} */ event) => {
      if (covering) event.preventDefault();
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("cancel", stay);
    byId("session-cancel", HTMLButtonElement).onclick = () => dialog.close();
    dialog.addEventListener(
      "close",
      () => {
        form.removeEventListener("submit", submit);
        dialog.removeEventListener("cancel", stay);
        form.reset();
        if (open) document.dispatchEvent(new Event("outreach:opened"));
        // A browser may close a dialog whatever the page says: then it comes again.
        resolve(covering && !open ? ask(what, covering) : open);
      },
      { once: true },
    );
  });
}

/** @param {"locked" | "signed-out"} what */
function show(what) {
  byId("session-title", HTMLElement).textContent = words(what === "locked" ? "sessionLocked" : "sessionOver");
  byId("session-username-field", HTMLElement).hidden = what === "locked";
  byId("session-otp-field", HTMLElement).hidden = true; // shown to whoever turns out to have one
}

/**
 * @param {"locked" | "signed-out"} what
 * @returns {Promise<"open" | "shut" | "over">} over: too many wrong passwords have ended the session
 */
async function attempt(what) {
  const value = (/** @type {string} */ id) => byId(id, HTMLInputElement).value;
  const otp = value("session-otp").trim();
  const answer =
    what === "locked"
      ? await unlock({ password: value("session-password") })
      : await signIn({ username: value("session-username"), password: value("session-password"), ...(otp && { otp }) });
  if (answer.ok) {
    if (answer.row?.csrf_token) useToken(answer.row.csrf_token);
    return "open";
  }
  const over = answer.problem.type?.endsWith("/session-over") ?? false;
  const otpWanted = answer.problem.type?.endsWith("/otp-required") ?? false;
  const otpWrong = answer.problem.type?.endsWith("/wrong-otp") ?? false;
  if (otpWanted) byId("session-otp-field", HTMLElement).hidden = false;
  if (otpWrong) byId("session-otp", HTMLInputElement).value = "";
  const sentence = { network: "networkTap", refused: "refusedByServer" }[/** @type {string} */ (answer.reason)] ?? "sessionWrong";
  byId("session-fault", HTMLElement).textContent = otpWanted
    ? words("sessionOtp")
    : (((answer.reason === "refused" || over || otpWrong) && answer.problem.detail) || words(sentence));
  byId(otpWanted || otpWrong ? "session-otp" : "session-password", HTMLInputElement).focus();
  return over ? "over" : "shut";
}
