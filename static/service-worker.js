/// <reference lib="webworker" />
/**
 * Keeps the field page and the directory on the tablet, so that they open where there is no network.
 *
 * It keeps files and pages that are the same for everybody and nothing else: no answer to a question somebody asked is
 * ever put in a cache. What is written (POST) and everything below /api/ goes past it untouched.
 *
 * A new version is fetched whole, each file against the digest that the server wrote above this file, or it is not taken
 * at all: then the old one goes on working. It waits until it is asked to take over.
 */
import { isEnrolled } from "./enrolled.js";

const worker = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (/** @type {unknown} */ (self));

const PREFIX = "outreach-shell-";
const CACHE = PREFIX + SHELL.version;
const KEPT = new Set(SHELL.files.map(([address]) => address));

/** The addresses of the one page where contacts are written. */
const FIELD = ["/falt", "/falt/ny", "/falt/att-ratta"];

/** How long is waited for what may never answer: the network, and the tablet's own memory. */
const PATIENCE_MS = 4000;
/** What a server in front of ours says when ours does not answer. */
const NOBODY_THERE = [502, 503, 504];

worker.addEventListener("install", (event) => event.waitUntil(keep()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (event) => {
  if (event.data?.type === "take-over") event.waitUntil(worker.skipWaiting());
  if (event.data?.type === "serve") event.waitUntil(worker.clients.claim());
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    const answer = page(request, pathname);
    if (answer) event.respondWith(answer);
  } else if (pathname.startsWith("/static/built/")) {
    event.respondWith(file(request));
  }
});

/** Fetches everything or nothing: a file that is missing, or is not what the server meant, ends the installation. */
async function keep() {
  const cache = await caches.open(CACHE);
  try {
    await cache.addAll(SHELL.files.map(([address, integrity]) => new Request(address, { integrity, credentials: "omit", cache: "no-cache" })));
  } catch (fault) {
    await caches.delete(CACHE);
    throw fault;
  }
}

/** Deletes what earlier versions kept, but for the last one: a page that is open may still ask for its files. */
async function takeOver() {
  const cache = await caches.open(CACHE);
  const missing = await Promise.all([...KEPT].map(async (address) => !(await cache.match(address))));
  if (missing.includes(true)) throw new Error("the shell is not whole");
  const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  // Names come in the order in which the caches were made.
  await Promise.all(earlier.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * The answer to going to a page, or nothing where it is the network's alone.
 * @param {Request} request @param {string} pathname
 * @returns {Promise<Response> | undefined}
 */
function page(request, pathname) {
  if (FIELD.includes(pathname)) return fieldPage(request);
  if (pathname === "/falt/skal") return undefined;
  // What else there is below /falt is the server's; without it, the tablet's own page is of more use than none.
  if (pathname.startsWith("/falt/")) return networkFirst(request, "/falt/skal");
  if (pathname === "/vart") return networkFirst(request, "/vart/skal", PATIENCE_MS);
  return undefined;
}

/** At once from the tablet, when it is one of ours; the page itself finds out who is there. @param {Request} request */
async function fieldPage(request) {
  const enrolled = await Promise.race([isEnrolled(), late(PATIENCE_MS)]).catch(() => false);
  if (enrolled) return shell(request, "/falt/skal");
  return networkFirst(request, "/falt/skal");
}

/**
 * @param {Request} request
 * @param {string} address the shell to show when the network fails
 * @param {number} [patience] how long it may take
 */
async function networkFirst(request, address, patience) {
  try {
    const answer = await Promise.race([fetch(request), ...(patience ? [late(patience)] : [])]);
    if (!NOBODY_THERE.includes(answer.status)) return answer;
  } catch {
    // The network failed, or takes too long.
  }
  return shell(request, address);
}

/** @param {number} ms @returns {Promise<never>} */
const late = (ms) => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), ms));

/**
 * A kept page in the language that the address asks for, else the one chosen on this device, else Swedish. Where a worker
 * cannot read the choice, the page itself asks again.
 * @param {Request} request @param {string} address
 */
async function shell(request, address) {
  const asked = new URL(request.url).searchParams.get("sprak") ?? (await worker.cookieStore?.get("language"))?.value;
  const cache = await caches.open(CACHE);
  const kept = await cache.match(`${address}?sprak=${asked === "en" ? "en" : "sv"}`, { ignoreVary: true });
  return kept ?? fetch(request);
}

/** A file has its content's digest in its name, so that any copy is the right one. @param {Request} request */
async function file(request) {
  const kept = await caches.match(request, { ignoreVary: true });
  return kept ?? fetch(request);
}
