/**
 * The page's side of the service worker (service-worker.js): has it installed, says when a newer one waits, and lets that
 * one take over when nothing can be lost by it. Also asks the browser to keep what the tablet has saved.
 */
import { isEnrolled } from "./enrolled.js";

const HOUR_MS = 3_600_000;
/** What the browser answered when it was asked to keep our data, and whether we were installed then. */
const ANSWER = "outreach-storage";

/** @type {ServiceWorker | null} the newer version that waits */
let waiting = null;
/** What this page has made of that: asked it to take over, and been told that it has. Another tab's page is left as it is. */
let asked = false;
let taken = false;

/** Has the worker installed, and looks after new versions of it. Does nothing where browsers have no such thing. */
export async function keepOnTablet() {
  if (!("serviceWorker" in navigator)) return;
  if (askInChosenLanguage()) return;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    taken = asked;
    // The old one may have had something to finish first: meanwhile a form may have been opened.
    if (taken && nothingIsLost()) location.reload();
  });
  document.addEventListener("outreach:safe", takeOver);
  document.getElementById("update-now")?.addEventListener("click", takeOverIfNothingIsLost);
  // What the page itself needs comes first.
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  // A failed registration changes nothing: without a worker every page comes from the network.
  const registration = await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => null);
  if (!registration) return;
  void navigator.serviceWorker.ready.then(beServed);
  watch(registration);
  lookForNewer(registration);
}

/**
 * Whether the browser has promised to keep what is saved on this tablet, also when its disk is full; null where it has no
 * such promise to give. An enrolled tablet asks for it, once, and once more when it is installed on the home screen; it
 * does not wait for the answer, for a browser may put the question to a person who lets it stand there.
 * @returns {Promise<boolean | null>}
 */
export async function storagePersisted() {
  if (!navigator.storage?.persisted) return null;
  if (await navigator.storage.persisted()) return true;
  const asked = `asked ${matchMedia("(display-mode: standalone)").matches ? "installed" : "in a tab"}`;
  if (localStorage.getItem(ANSWER) === asked || !(await isEnrolled())) return false;
  localStorage.setItem(ANSWER, asked);
  // Refused for good is the same as not promised: `persisted` tells both the next time.
  navigator.storage.persist().catch(() => undefined);
  return false;
}

/** A page that was on its way while the worker began is passed over by it, until it asks. @param {ServiceWorkerRegistration} registration */
function beServed({ active }) {
  if (!navigator.serviceWorker.controller) active?.postMessage({ type: "serve" });
}

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  if (registration.waiting) found(registration.waiting, true);
  follow(registration);
  registration.addEventListener("updatefound", () => follow(registration));
}

/** @param {ServiceWorkerRegistration} registration */
function follow(registration) {
  const newer = registration.installing;
  newer?.addEventListener("statechange", () => {
    // Without a worker before it, it is the first one and waits for nobody.
    if (newer.state === "installed" && registration.active) found(newer, false);
    if (newer !== waiting || newer.state === "installed") return;
    waiting = null;
    show(false);
  });
}

/** @param {ServiceWorker} newer @param {boolean} atLoad whether it waited already when the page came */
function found(newer, atLoad) {
  waiting = newer;
  // Such a page came from the server just now: there is nothing old about it, and nothing to load again.
  if (atLoad && !isKept()) newer.postMessage({ type: "take-over" });
  else show(true);
}

/** Whether this page may be one that the tablet keeps. */
const isKept = () => document.body.classList.contains("field") || "shell" in document.documentElement.dataset;

/** The page has said that nothing is being typed or sent. */
function takeOver() {
  if (taken) return location.reload();
  if (asked) return;
  asked = Boolean(waiting);
  waiting?.postMessage({ type: "take-over" });
}

/** A page that holds something unsaved refuses by cancelling "outreach:update"; it says "outreach:safe" when it is saved. */
const nothingIsLost = () => document.dispatchEvent(new CustomEvent("outreach:update", { cancelable: true }));

function takeOverIfNothingIsLost() {
  if (nothingIsLost()) return takeOver();
  const later = document.getElementById("update-later");
  if (later) later.hidden = false;
}

/** @param {boolean} visible */
function show(visible) {
  const row = document.querySelector("#update > div");
  if (row instanceof HTMLElement) row.hidden = !visible;
}

/** A page may be open all day: looks when it is seen again, when the network is back and every hour. @param {ServiceWorkerRegistration} registration */
function lookForNewer(registration) {
  let looked = performance.now();
  const look = () => {
    if (document.visibilityState !== "visible" || !navigator.onLine || performance.now() - looked < HOUR_MS) return;
    looked = performance.now();
    registration.update().catch(() => undefined); // no network, or a version that is not whole: then later
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  setInterval(look, HOUR_MS);
}

/**
 * Where the worker cannot read which language was chosen, a kept page may come in the other one: then it is asked for again.
 * @returns {boolean} whether it was
 */
function askInChosenLanguage() {
  const { lang, dataset } = document.documentElement;
  const chosen = /(?:^|; )language=(sv|en)(?:;|$)/.exec(document.cookie)?.[1];
  if (!("shell" in dataset) || !chosen || chosen === lang) return false;
  const address = new URL(location.href);
  if (address.searchParams.get("sprak") === chosen) return false;
  address.searchParams.set("sprak", chosen);
  location.replace(address);
  return true;
}
