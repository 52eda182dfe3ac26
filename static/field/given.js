/** A code so large that its holder can photograph it. */
import { WORDS } from "./code-words.js";
import { byId } from "./data.js";

/** @param {string} text the code as it is written @returns {Promise<void>} when it is put away */
export function showCode(text) {
  const dialog = byId("given", HTMLDialogElement);
  const code = WORDS.known(text);
  const place = byId("given-square", HTMLElement);
  byId("given-words", HTMLOListElement).replaceChildren(...code.words.map(({ word, emoji }) => line(emoji, word.toUpperCase())), checkLine(code.check));
  byId("given-digits", HTMLElement).textContent = code.digits;
  place.replaceChildren();
  byId("given-done", HTMLButtonElement).onclick = () => dialog.close();
  dialog.showModal();
  dialog.scrollTo(0, 0);
  // Words and digits are the code; the square comes when it can.
  import("./square.js").then(({ square }) => dialog.open && place.replaceChildren(square(code.text))).catch(() => place.replaceChildren());
  return new Promise((resolve) => {
    dialog.onclose = () => {
      forget();
      resolve();
    };
  });
}

/** Nothing of a code stays on the page when it is put away. */
function forget() {
  for (const id of ["given-words", "given-digits", "given-square"]) byId(id, HTMLElement).replaceChildren();
}

/** @param {string} emoji @param {string} word */
function line(emoji, word) {
  const item = document.createElement("li");
  item.className = "code__word";
  const picture = document.createElement("span");
  picture.className = "code__picture";
  picture.ariaHidden = "true";
  picture.textContent = emoji;
  const said = document.createElement("span");
  said.textContent = word;
  item.append(picture, " ", said);
  return item;
}

/** @param {string} check */
function checkLine(check) {
  const item = document.createElement("li");
  item.className = "code__word code__check numbers";
  item.textContent = check;
  return item;
}
