/** The line below the head: whether all is sent, and what was saved last. Its place and height never change. */
import { byId, words } from "./data.js";
import { clock } from "./time.js";

/** @type {(() => void) | null} what "Försök igen" does */
let again = null;
let sending = 0;

/** Why something did not reach the server, as far as anybody knows; whatever else it says has its reason beside it. */
const DOUBTFUL = new Set(["network", "locked", "signed-out"]);

const show = (/** @type {"sent" | "sending" | "saved" | "failed" | "refused"} */ state, /** @type {string} */ sync) => {
  byId("strip", HTMLElement).dataset.state = state;
  byId("sync", HTMLElement).textContent = sync;
  byId("retry", HTMLButtonElement).hidden = state !== "failed" || !again;
};

/** Nothing waits to be sent. */
export function showSent() {
  show("sent", words("sent"));
  byId("retry", HTMLButtonElement).addEventListener("click", () => again?.());
  // The network is back, perhaps: what waits is tried once more by itself.
  addEventListener("online", () => again?.());
}

/**
 * Shows that something is under way while the work runs, and how it ended.
 * @template {{ok: boolean, reason?: string}} T
 * @param {Promise<T>} work
 * @param {() => void} [retry] what to do when the worker wants to try again
 * @returns {Promise<T>}
 */
export async function whileSending(work, retry) {
  sending += 1;
  again = null;
  forgetSaved();
  show("sending", words("sending"));
  const answer = await work.finally(() => {
    sending -= 1;
  });
  if (!answer.ok && DOUBTFUL.has(answer.reason ?? "")) {
    again = retry ?? null;
    show("failed", words("notSent"));
  } else if (!answer.ok) {
    show("refused", words("notSaved"));
  } else if (sending === 0) {
    show("sent", words("sentAt", { time: clock(new Date()) }));
  }
  return answer;
}

/**
 * Says that it is saved: a full-width tick, in words, to the hand, and to the screen reader. It stays until the next.
 * @param {string} done "Sparad", "Ångrad", …
 * @param {string} what
 */
export function showSaved(done, what) {
  const strong = document.createElement("strong");
  strong.textContent = done;
  const rest = document.createElement("span");
  rest.textContent = what;
  byId("saved", HTMLElement).replaceChildren(strong, " ", rest);
  byId("strip", HTMLElement).dataset.state = "saved";
  const flash = byId("flash", HTMLElement);
  flash.classList.remove("flash--on");
  void flash.offsetWidth; // so that the animation starts over
  flash.classList.add("flash--on");
  navigator.vibrate?.(60);
}

/** Takes away what was saved last: something new has begun. */
export function forgetSaved() {
  byId("saved", HTMLElement).replaceChildren();
  const strip = byId("strip", HTMLElement);
  if (strip.dataset.state === "saved") strip.dataset.state = "sent";
}
