/**
 * "Koppla senare": who it was, written where there is no network. It goes into the outbox with its contact, sealed, and
 * nowhere else: no draft, no list, and nothing here reads it again.
 *
 * @typedef {{given_name: string, family_name: string | null}} Named
 */
import { isTablet } from "./capture.js";
import { byId } from "./data.js";
import { readerNow } from "./watch.js";

/** Whether it is here to be chosen: on a tablet of ours that somebody has open. */
export const mayNameLater = () => isTablet() && readerNow() !== null;

export class Later {
  /** @param {() => void} typed what to do when something was written */
  constructor(typed) {
    this.part = byId("whom-later", HTMLElement);
    this.fields = { given: byId("later-given", HTMLInputElement), family: byId("later-family", HTMLInputElement) };
    for (const field of Object.values(this.fields)) field.addEventListener("input", typed);
  }

  /** @returns {Named | null} null while nobody has written what to call them */
  get named() {
    const { given, family } = this.fields;
    return given.value.trim() ? { given_name: given.value.trim(), family_name: family.value.trim() || null } : null;
  }

  forget() {
    for (const field of Object.values(this.fields)) field.value = "";
  }

  /** @param {boolean} isChosen */
  paint(isChosen) {
    if (!isChosen) this.forget();
    this.part.hidden = !isChosen;
  }
}
