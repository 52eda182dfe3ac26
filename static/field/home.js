/** The field home: one touch on a tile opens a contact; counters and "+1 likadan" save with one touch; the latest can be undone. */
import { createContact, voidContact } from "./capture.js";
import { askForCode } from "./code-dialog.js";
import { canBeRepeated, newBrief, newContact, newGroup, sameAgain, toBody } from "./contact.js";
import { byId, every, mayIdentify, one, words } from "./data.js";
import { askForPerson } from "./people.js";
import { whole, why } from "./saying.js";
import { insist } from "./session.js";
import { showSaved, whileSending } from "./strip.js";
import { uuid7 } from "./uuid.js";
import { withCode, withPerson } from "./whom.js";

/** @typedef {import("./contact.js").Contact} Contact */
/** @typedef {import("./contact.js").ContactBody} ContactBody */
/** @typedef {import("./data.js").ContactRow} ContactRow */
/** @typedef {import("./data.js").Shift} Shift */

/** After undoing the latest, the one before it is offered too when it is at most this old. */
const UNDO_MS = 60_000;

/** What a note seems to hold, in words. */
const WARNINGS = /** @type {const} */ ({ number: "warnNumber", phone: "warnPhone", email: "warnEmail" });

export class Home {
  /** @type {{row: ContactRow, at: number}[]} what was saved here, latest last */
  #saved = [];
  /** @type {ContactBody[]} one-touch contacts that could not be sent; they are kept until they are */
  #waiting = [];
  #undoing = false;

  /**
   * @param {import("./data.js").FieldData} data
   * @param {import("./today.js").Today} today
   * @param {{open: (contact: Contact, known?: import("./whom.js").Known) => void, shift: () => Shift | null}} wishes
   */
  constructor(data, today, wishes) {
    this.data = data;
    this.codes = data.codes;
    this.today = today;
    this.wishes = wishes;
    for (const tile of every(document, ".grid__tile", HTMLButtonElement)) {
      const { gender = "", age = "" } = tile.dataset;
      tile.addEventListener("click", () => this.#with((from) => wishes.open(newContact({ ...from, gender, age_band: age }))));
    }
    byId("new-group", HTMLButtonElement).addEventListener("click", () => this.#with((from) => wishes.open(newGroup(from))));
    byId("new-with-code", HTMLButtonElement).addEventListener("click", () => this.#with((from) => void this.#withCode(from)));
    byId("new-with-person", HTMLButtonElement).addEventListener("click", () => this.#with((from) => void this.#withPerson(from)));
    byId("undo", HTMLButtonElement).addEventListener("click", () => void this.undo());
    byId("same-again", HTMLButtonElement).addEventListener("click", () => {
      const row = this.#toRepeat();
      if (row) this.#with((from) => void this.#tap(sameAgain(row, from)));
    });
    const counter = (/** @type {string} */ kind) => one(document, `[data-counter="${kind}"]`, HTMLButtonElement);
    counter("brief").addEventListener("click", () => this.#with((from) => void this.#tap(newBrief({ ...from, refused: false }))));
    counter("refused").addEventListener("click", () => this.#with((from) => void this.#tap(newBrief({ ...from, refused: true }))));
    counter("talk").addEventListener("click", () => {
      const title = byId("grid-title", HTMLElement);
      title.focus({ preventScroll: true });
      // Only what lies between the sync line and the thumb's row may move: never the whole screen.
      const scrolled = byId("field-scroll", HTMLElement);
      scrolled.scrollBy({ top: title.getBoundingClientRect().top - scrolled.getBoundingClientRect().top });
    });
    this.paint();
  }

  /** Whether something was counted that the server does not have yet. */
  get hasUnsent() {
    return this.#waiting.length > 0;
  }

  /** @param {(from: {id: string, shift: Shift}) => void} make */
  #with(make) {
    const shift = this.wishes.shift();
    this.tell("");
    if (shift) make({ id: uuid7(), shift });
  }

  /** @param {{id: string, shift: Shift}} from */
  async #withCode(from) {
    const found = await askForCode();
    if (found === "without") this.wishes.open(newContact(from));
    else if (found) this.wishes.open(withCode(newContact(from), found), found);
  }

  /** @param {{id: string, shift: Shift}} from @param {string} [id] who it is, when that is known already */
  async #withPerson(from, id) {
    const person = await askForPerson(id);
    if (person === "later") this.wishes.open({ ...newContact(from), whom: "later" });
    else if (person) this.wishes.open(withPerson(newContact(from), person), { person });
  }

  /** Opens the contact of a participant who was chosen on another page. @param {string} id */
  openFor(id) {
    this.#with((from) => void this.#withPerson(from, id));
  }

  /** What "+1 likadan" copies: what was saved last, or after a reload the latest of today. */
  #toRepeat() {
    return this.#saved.findLast(({ row }) => canBeRepeated(row))?.row ?? this.today.latestToRepeat();
  }

  /** Takes in a contact that was saved, and says so. @param {ContactRow} row */
  saved(row) {
    this.#saved.push({ row, at: Date.now() });
    this.today.keep(row);
    this.paint();
    showSaved(words("saved"), whole(this.codes, row));
    const found = (row.warnings ?? []).map((kind) => words(WARNINGS[kind]));
    this.tell(found.length ? words("warnNote", { what: found.join(", ") }) : "");
  }

  /** Nothing of what was done here can be seen or taken back from now on: the screen is locked. */
  forget() {
    this.#saved = [];
    this.#waiting = [];
    byId("home-fault", HTMLElement).textContent = "";
    this.tell("");
    this.paint();
  }

  /** Tells what to mind about what was saved; it stays until something new begins. @param {string} text */
  tell(text) {
    byId("home-warning", HTMLElement).textContent = text;
  }

  /** Takes in a contact that was corrected or taken back elsewhere on the page. @param {ContactRow} row */
  noted(row) {
    this.#saved = row.voided_at
      ? this.#saved.filter((saved) => saved.row.id !== row.id)
      : this.#saved.map((saved) => (saved.row.id === row.id ? { ...saved, row } : saved));
    this.today.keep(row);
    this.paint();
  }

  /** @param {Contact} contact saved without a form */
  async #tap(contact) {
    this.#waiting.push(toBody(contact, new Date()));
    if (this.#waiting.length === 1) await this.#drain();
  }

  /** Sends what waits, in order, until it is through or stopped. */
  async #drain() {
    for (let body = this.#waiting[0]; body; body = this.#waiting[0]) {
      const sent = body;
      const answer = await whileSending(insist(() => createContact(sent)), () => void this.#drain());
      if (!answer.ok) {
        const unsure = answer.reason === "network" || answer.reason === "locked" || answer.reason === "signed-out";
        byId("home-fault", HTMLElement).textContent = unsure ? words("networkTap") : why(answer);
        if (unsure) return;
      } else {
        byId("home-fault", HTMLElement).textContent = "";
        // Under lock it is said, and shown to nobody.
        if ("locked" in document.body.dataset) showSaved(words("saved"), whole(this.codes, answer.row));
        else this.saved(answer.row);
      }
      this.#waiting.shift();
    }
  }

  /** Takes back the latest contact as a mistap. */
  async undo() {
    const latest = this.#saved.at(-1);
    if (!latest || this.#undoing) return;
    this.#undoing = true;
    const answer = await whileSending(insist(() => voidContact(latest.row, "mistap")), () => void this.undo()).finally(() => {
      this.#undoing = false;
    });
    if (!answer.ok) {
      byId("home-fault", HTMLElement).textContent = why(answer);
      return;
    }
    const before = this.#saved.at(-2);
    if (before && Date.now() - before.at > UNDO_MS) this.#saved = [];
    this.noted({ ...latest.row, ...answer.row, voided_at: answer.row?.voided_at ?? new Date().toISOString() });
    showSaved(words("undone"), whole(this.codes, latest.row));
    const undo = byId("undo", HTMLButtonElement);
    (undo.hidden ? byId("home-title", HTMLElement) : undo).focus();
  }

  paint() {
    const row = this.#toRepeat();
    byId("same-again", HTMLButtonElement).hidden = !row;
    if (row) byId("same-again-text", HTMLElement).textContent = words("sameAgain", { what: whole(this.codes, row) });
    byId("undo", HTMLButtonElement).hidden = this.#saved.length === 0;
    byId("new-with-person", HTMLButtonElement).hidden = !mayIdentify(this.data, this.wishes.shift());
    byId("counters", HTMLElement).hidden = this.wishes.shift()?.activity !== "outreach";
    for (const [kind, count] of Object.entries(this.today.tally())) {
      one(document, `[data-count="${kind}"]`, HTMLElement).textContent = String(count);
    }
  }
}
