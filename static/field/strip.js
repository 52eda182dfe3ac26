/** The line below the head: whether all is sent, and what was saved last. Its place and height never change. */
import { byId, words } from "./data.js";
import { drain, standingNow } from "./draining.js";
import { waiting } from "./outbox.js";
import { clock } from "./time.js";

/** @type {(() => void) | null} what "Försök igen" does */
let again = null;
let sending = 0;
let onTablet = false;
let outdated = "";

/** Why something did not reach the server, as far as anybody knows; whatever else it says has its reason beside it. */
const DOUBTFUL = new Set(["network", "locked", "signed-out"]);

/** @typedef {"sent" | "sending" | "saved" | "waiting" | "failed" | "refused"} State */

const show = (/** @type {State} */ state, /** @type {string} */ sync) => {
  byId("strip", HTMLElement).dataset.state = state;
  // A line that says the same again is not read out again.
  const place = byId("sync", HTMLElement);
  if (place.textContent !== sync) place.textContent = sync;
  byId("retry", HTMLButtonElement).hidden = !again || (state !== "failed" && state !== "waiting");
};

/** Nothing waits to be sent. */
export function showSent() {
  show("sent", words("sent"));
  byId("retry", HTMLButtonElement).addEventListener("click", () => again?.());
  // The network is back, perhaps: what waits is tried once more by itself.
  addEventListener("online", () => again?.());
}

/** From now on the line tells of the outbox: what the server has is what it has said that it has. */
export function followOutbox() {
  onTablet = true;
  for (const event of ["outreach:standing", "outreach:written"]) document.addEventListener(event, () => void tellOfOutbox());
  void tellOfOutbox();
}

/** Another page of ours wants the tablet's storage, or keeps it from this one: the line says what to do about it. */
export function followVersions() {
  document.addEventListener("outreach:unblocked", () => {
    outdated = "";
  });
  for (const event of ["outreach:outdated", "outreach:blocked"]) {
    document.addEventListener(event, () => {
      outdated = words(event === "outreach:outdated" ? "outdated" : "blocked");
      show("failed", outdated);
    });
  }
}

/** Why what waits is not sent, where it is not simply that nobody answers. */
const TROUBLES = /** @type {const} */ ({ portal: "waitsPortal", stranger: "waitsStranger", busy: "waitsBusy", full: "waitsFull", unreadable: "waitsUnreadable" });

export async function tellOfOutbox() {
  if (outdated) return show("failed", outdated);
  const { pending, oldest, all } = await waiting();
  const { trouble, sending: underWay, reached } = standingNow();
  again = () => void drain();
  if (pending === 0) {
    if (all && !trouble) return show("sent", reached ? words("sentAt", { time: clock(new Date(reached)) }) : words("sent"));
    return trouble && trouble !== "unreachable" ? show("failed", words(TROUBLES[trouble], { count: 0 })) : show("sent", words("nothingWaits"));
  }
  if (underWay && !trouble) return show("sending", words("sendingCount", { count: pending }));
  const since = clock(new Date(oldest ?? Date.now()));
  if (trouble && trouble !== "unreachable") return show("failed", words(TROUBLES[trouble], { count: pending, time: since }));
  return show("waiting", words(pending === 1 ? "waitsOne" : "waits", { count: pending, time: since }));
}

/**
 * Shows that something is under way while the work runs, and how it ended.
 * @template {{ok: boolean, reason?: string}} T
 * @param {Promise<T>} work
 * @param {() => void} [retry] what to do when the worker wants to try again
 * @returns {Promise<T>}
 */
export async function whileSending(work, retry) {
  forgetSaved();
  if (onTablet) return work;
  sending += 1;
  again = null;
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
  if (!onTablet) byId("strip", HTMLElement).dataset.state = "saved";
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
