/** "Vänd skärmen": the topics as pictures and words in the visitor's language, to point at. */
import { TOPICS_AT_MOST, toggled } from "./contact.js";
import { byId, every, one } from "./data.js";
import { LANGUAGES } from "./turned-words.js";

/** @type {string} the language the screen was turned in last */
let shown = "en";

/**
 * @param {string[]} topics chosen so far
 * @param {(topics: string[]) => void} chosen told at every touch, so that nothing is lost when the screen is closed
 */
export function openTurned(topics, chosen) {
  const dialog = byId("turned", HTMLDialogElement);
  const tiles = every(dialog, "[data-topic]", HTMLButtonElement);
  let now = topics;
  const paint = () => {
    for (const tile of tiles) tile.ariaPressed = String(now.includes(tile.dataset.topic ?? ""));
  };
  for (const tile of tiles) {
    tile.onclick = () => {
      now = toggled(now, tile.dataset.topic ?? "", TOPICS_AT_MOST);
      chosen(now);
      paint();
    };
  }
  byId("turned-done", HTMLButtonElement).onclick = () => dialog.close();
  showLanguages(dialog);
  speak(dialog, shown);
  paint();
  dialog.showModal();
}

/** @param {HTMLDialogElement} dialog */
function showLanguages(dialog) {
  const place = byId("turned-languages", HTMLElement);
  if (place.childElementCount) return;
  place.append(
    ...Object.entries(LANGUAGES).map(([code, { name }]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "turned__language";
      button.lang = code;
      button.textContent = name;
      button.addEventListener("click", () => speak(dialog, code));
      return button;
    }),
  );
}

/** @param {HTMLDialogElement} dialog @param {string} code */
function speak(dialog, code) {
  const language = LANGUAGES[code];
  if (!language) return;
  shown = code;
  for (const button of every(byId("turned-languages", HTMLElement), "button", HTMLButtonElement)) button.ariaPressed = String(button.lang === code);
  const write = (/** @type {HTMLElement} */ place, /** @type {string} */ text) => {
    place.lang = code;
    place.dir = language.dir;
    place.textContent = text;
  };
  write(byId("turned-question", HTMLElement), language.question);
  write(one(dialog, "#turned-done span", HTMLElement), language.done);
  for (const tile of every(dialog, "[data-topic]", HTMLButtonElement)) {
    const swedish = one(tile, ".turned__swedish", HTMLElement);
    const word = language.topics[tile.dataset.topic ?? ""];
    write(one(tile, ".turned__word", HTMLElement), word ?? swedish.textContent ?? "");
    swedish.hidden = !word || code === "sv";
  }
}
