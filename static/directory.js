/** The directory as a tablet keeps it: every place is in the page, and the need that the address asks for is chosen here. */

const need = new URLSearchParams(location.search).get("behov") ?? "";

const places = [...document.querySelectorAll("[data-needs]")].filter((place) => place instanceof HTMLElement);
for (const place of places) place.hidden = need !== "" && !(place.dataset.needs ?? "").split(" ").includes(need);
for (const button of document.querySelectorAll("button[name=behov]")) {
  button.setAttribute("aria-pressed", String(button instanceof HTMLButtonElement && button.value === need));
}

const shown = places.filter((place) => !place.hidden).length;
const nothing = document.getElementById("nothing-found");
if (nothing) nothing.hidden = shown > 0;
const found = document.getElementById("found");
// The words are for one and for two: those for two are right for every other number, in both our languages.
if (found) found.textContent = (shown === 1 ? found.dataset.one : found.dataset.many)?.replace(/\d+/, String(shown)) ?? "";
