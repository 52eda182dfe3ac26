/// <reference lib="webworker" />
/**
 * Takes the place of the service worker when the operator has switched it off: forgets every page and file that was kept,
 * and itself. What is saved on the tablet (IndexedDB) is left alone: it is still to be sent.
 */
const leaving = /** @type {ServiceWorkerGlobalScope & typeof globalThis} */ (/** @type {unknown} */ (self));

leaving.addEventListener("install", () => void leaving.skipWaiting());
leaving.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("outreach-shell-")).map((name) => caches.delete(name)));
  await leaving.registration.unregister();
}
