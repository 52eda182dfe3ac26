/** "Vem?" on the contact form: nobody in particular, somebody with a code, or a participant, with a note. */
import { asBefore, isBrief, isGroup } from "./contact.js";
import { askForCode } from "./code-dialog.js";
import { WORDS } from "./code-words.js";
import { byId, every, label, words } from "./data.js";
import { Later, mayNameLater } from "./later.js";
import { askForPerson, dayInWords } from "./people.js";
import { readPerson } from "./sending.js";
import { localDate } from "./time.js";

/** @typedef {import("./contact.js").Contact} Contact */
/** @typedef {import("./sending.js").Person} Person */
/** @typedef {import("./sending.js").Thread} Thread */
/** @typedef {{thread?: Thread | null, person?: Person}} Known what was told of whom the contact is with */

/** So many visits of a thread are shown: the latest are what one talks about. */
const VISITS_AT_MOST = 2;

export class Whom {
  /** @type {Thread | null} */
  #thread = null;
  /** @type {{id: string, case_number: string, name: string | null, isProtected: boolean} | null} name: null while the form is out of sight */
  #person = null;

  /**
   * @param {import("./data.js").FieldData} data
   * @param {{contact: () => Contact | null, change: (changed: Partial<Contact>) => void, mayIdentify: () => boolean}} wishes
   */
  constructor(data, wishes) {
    this.codes = data.codes;
    this.wishes = wishes;
    this.field = byId("whom", HTMLFieldSetElement);
    this.note = byId("note", HTMLTextAreaElement);
    for (const input of every(this.field, 'input[name="whom"]', HTMLInputElement)) {
      input.addEventListener("change", () => wishes.change({ whom: /** @type {Contact["whom"]} */ (input.value) }));
    }
    byId("code-scan", HTMLButtonElement).addEventListener("click", () => void this.#ask({ scan: true }));
    byId("code-type", HTMLButtonElement).addEventListener("click", () => void this.#ask({ scan: false }));
    byId("person-choose", HTMLButtonElement).addEventListener("click", () => void this.choose());
    this.later = new Later(() => wishes.change({}));
    this.note.addEventListener("input", () => wishes.change({ note: this.note.value }));
    document.addEventListener("outreach:closed", () => this.away());
    document.addEventListener("outreach:opened", () => void this.back());
  }

  /** Begins with a contact that was opened. @param {Contact} contact @param {Known} known */
  start(contact, { thread = null, person }) {
    this.#thread = thread;
    this.#person = person ? shown(person) : null;
    this.note.value = contact.note;
    this.later.forget();
  }

  /** Who it was, to be let be known later; null where that was not chosen. @param {Contact} contact */
  named({ whom }) {
    return whom === "later" ? this.later.named : null;
  }

  /** @param {Contact} contact @returns {import("./contact.js").Fault[]} */
  faults({ whom }) {
    return whom === "later" && !this.later.named ? [{ field: "whom", words: "faultLater" }] : [];
  }

  /** Nothing of a person stays when the form is closed. */
  end() {
    this.#thread = null;
    this.#person = null;
    this.note.value = "";
    this.later.forget();
    for (const id of ["person-name", "person-note", "code-text", "code-pictures"]) byId(id, HTMLElement).textContent = "";
    byId("code-visits", HTMLElement).replaceChildren();
  }

  /** @param {{scan: boolean}} how */
  async #ask(how) {
    const contact = this.wishes.contact();
    const found = await askForCode(how);
    if (!contact || !found || this.wishes.contact()?.id !== contact.id) return;
    if (found === "without") return this.wishes.change({ whom: "nobody", recognition_code: "" });
    this.#thread = found.thread;
    this.wishes.change(withCode(this.#now(contact), found));
  }

  /** Asks who it is. @param {string} [id] somebody who must be opened anew */
  async choose(id) {
    const contact = this.wishes.contact();
    const person = await askForPerson(id);
    if (!contact || !person || this.wishes.contact()?.id !== contact.id) return;
    if (person === "later") return this.wishes.change({ whom: "later", participant_id: "", note: "" });
    this.#person = shown(person);
    this.wishes.change(withPerson(this.#now(contact), person));
  }

  /** The contact as it stands when an answer has come. @param {Contact} before */
  #now(before) {
    return this.wishes.contact() ?? before;
  }

  /** The form is out of sight: the name is in the page no more. */
  away() {
    if (this.#person) this.#person.name = null;
    this.later.forget();
    this.#paintPerson();
  }

  /** Whoever is signed in now asks for the name again; to whom it is not told, the person is not chosen. */
  async back() {
    const [contact, person] = [this.wishes.contact(), this.#person];
    if (!contact || !person || person.name !== null) return;
    const answer = await readPerson(person.id);
    if (this.#person !== person || this.wishes.contact()?.id !== contact.id) return;
    if (answer.ok) this.#person = shown(answer.row);
    else if (answer.reason !== "network") this.#person = null;
    if (!this.#person) this.wishes.change({ whom: "nobody", participant_id: "" });
    this.#paintPerson();
  }

  /** @param {Contact} contact @param {boolean} isCorrection whose it is cannot be corrected */
  paint(contact, isCorrection) {
    this.field.hidden = isCorrection || isGroup(contact);
    byId("give-code", HTMLElement).hidden = this.field.hidden || contact.whom !== "nobody";
    byId("write-in", HTMLElement).hidden = this.field.hidden || ["participant", "later"].includes(contact.whom) || isBrief(contact) || !this.wishes.mayIdentify();
    byId("book", HTMLElement).hidden = this.field.hidden || contact.whom === "later" || isBrief(contact);
    byId("more-saves", HTMLElement).hidden = every(byId("more-saves", HTMLElement), "button", HTMLButtonElement).every(({ hidden }) => hidden);
    for (const input of every(this.field, 'input[name="whom"]', HTMLInputElement)) {
      input.checked = input.value === contact.whom;
      if (input.value === "participant") /** @type {HTMLElement} */ (input.closest("label")).hidden = !this.wishes.mayIdentify();
      if (input.value === "later") /** @type {HTMLElement} */ (input.closest("label")).hidden = contact.whom !== "later" && !this.#offersLater();
    }
    this.later.paint(contact.whom === "later");
    byId("whom-code", HTMLElement).hidden = contact.whom !== "code";
    byId("whom-person", HTMLElement).hidden = contact.whom !== "participant";
    this.#paintCode(contact.recognition_code);
    this.#paintPerson();
  }

  /** Where people are asked who they are and nobody can be asked for. */
  #offersLater() {
    return this.wishes.mayIdentify() && mayNameLater() && !navigator.onLine;
  }

  /** @param {string} text */
  #paintCode(text) {
    byId("code-chosen", HTMLElement).hidden = !text;
    byId("code-scan", HTMLElement).hidden = Boolean(text);
    byId("code-type-text", HTMLElement).textContent = words(text ? "codeOther" : "codeType");
    if (!text) return;
    byId("code-pictures", HTMLElement).textContent = WORDS.known(text).words.map(({ emoji }) => emoji).join(" ");
    byId("code-text", HTMLElement).textContent = text;
    const visits = this.#thread?.contacts ?? [];
    const more = visits.length - VISITS_AT_MOST;
    const told = !this.#thread ? "" : visits.length === 0 ? words("threadEmpty") : more > 0 ? words("threadMore", { count: more }) : "";
    byId("code-thread", HTMLElement).textContent = told;
    byId("code-visits", HTMLElement).replaceChildren(
      ...visits.slice(0, VISITS_AT_MOST).map((visit) => {
        const line = document.createElement("li");
        line.textContent = [dayInWords(visit.date), label(this.codes.site, visit.site), label(this.codes.contact_type, visit.contact_type)].join(" · ");
        return line;
      }),
    );
  }

  #paintPerson() {
    const person = this.#person;
    byId("person-chosen", HTMLElement).hidden = !person;
    byId("note-field", HTMLElement).hidden = !person;
    byId("person-name", HTMLElement).textContent = person?.name ?? person?.case_number ?? "";
    byId("person-note", HTMLElement).textContent = person ? [person.name && person.case_number, person.isProtected && words("personProtected")].filter(Boolean).join(" · ") : "";
    byId("person-choose-text", HTMLElement).textContent = words(person ? "personOther" : "personChoose");
  }
}

/** @param {Person} person */
function shown({ id, case_number, given_name, family_name, protected: isProtected }) {
  return { id, case_number, name: [given_name, family_name].filter(Boolean).join(" "), isProtected };
}

/**
 * The contact of somebody with a code, with what their last one says of them.
 * @param {Contact} contact @param {import("./code-dialog.js").Found} found
 * @returns {Contact}
 */
export function withCode(contact, { code, thread }) {
  const before = thread ? asBefore(contact, { ...thread, isBack: thread.contacts.length > 0 }) : contact;
  return { ...before, whom: "code", recognition_code: code.text };
}

/** The contact of a participant, with what is known of them. @param {Contact} contact @param {Person} person @returns {Contact} */
export function withPerson(contact, person) {
  const { id, birth_date, language, interpreter } = person;
  const known = { age_band: birth_date && ageBand(birth_date, localDate(new Date())), talk_language: language, interpreter };
  return { ...asBefore(contact, known), whom: "participant", participant_id: id };
}

const BANDS = /** @type {const} */ ([[66, "66+"], [55, "55-65"], [45, "45-54"], [30, "30-44"], [18, "18-29"], [16, "16-17"]]);

/** @param {string} birth_date @param {string} today both YYYY-MM-DD @returns {string | null} null below sixteen */
function ageBand(birth_date, today) {
  const years = Number(today.slice(0, 4)) - Number(birth_date.slice(0, 4)) - Number(today.slice(5) < birth_date.slice(5));
  return BANDS.find(([from]) => years >= from)?.[1] ?? null;
}
