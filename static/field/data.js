/**
 * What the server lays in the document for the field page, and the words it may show.
 *
 * @typedef {{code: string, label: string}} Choice
 *
 * @typedef {object} Shift a staffed session at a site; instants are ISO 8601 with offset
 * @property {string} id
 * @property {string} site
 * @property {string} site_label
 * @property {string} activity "open" or "outreach"
 * @property {string} starts_at
 * @property {string | null} ends_at null while nobody knows
 * @property {string | null} [started_at] when it really began
 *
 * @typedef {Choice & {activities: (Choice & {identifies: boolean})[]}} Site identifies: whether people are asked who they are
 *
 * @typedef {object} ContactRow a contact as the server keeps it
 * @property {string} id
 * @property {number} version
 * @property {string} occurred_at
 * @property {string} site
 * @property {string} activity
 * @property {string} contact_type
 * @property {number} headcount
 * @property {string} age_band
 * @property {string} gender
 * @property {string[]} topics
 * @property {string} result
 * @property {string[]} signposted_to
 * @property {string} first_time
 * @property {string} talk_language
 * @property {string} interpreter
 * @property {number | null} minutes
 * @property {string | null} voided_at
 * @property {string | null} [recognition_code]
 * @property {"anonymous" | "identified" | "protected"} [identity]
 * @property {boolean} [to_link] who it was is written, to be let be known later; not shown here
 * @property {boolean} [waits] the tablet has it, and the server may not yet
 * @property {("number" | "phone" | "email")[]} [warnings] what its note seems to hold that should be elsewhere
 *
 * @typedef {object} Work where somebody works, and in which shift
 * @property {{id: string, name: string}} user
 * @property {string[]} sites the codes of the places where one works
 * @property {Shift | null} shift the one that is running
 * @property {Shift[]} planned_shifts
 *
 * @typedef {object} FieldData the same for everybody in a language, but for what is one's own
 * @property {string} locale
 * @property {Site[]} sites every place there is
 * @property {Record<"contact_type" | "topic" | "contact_result" | "age_band" | "gender" | "target" | "interpreter" |
 *   "talk_language" | "first_time" | "void_reason" | "site", Choice[]>} codes
 * @property {Own | null} own null in the document that a tablet keeps: that one knows nobody
 *
 * @typedef {Work & {csrf: string, today: {own: number, shift: number, contacts: ContactRow[]}}} Own today: one's own
 *   contacts of today; the counts leave out what was taken back
 */

/** What there is of one's own where nobody is known. @type {Own} */
export const NOBODY = {
  csrf: "",
  user: { id: "", name: "" },
  sites: [],
  shift: null,
  planned_shifts: [],
  today: { own: 0, shift: 0, contacts: [] },
};

/** @returns {FieldData} */
export function readFieldData() {
  return JSON.parse(byId("field-data", HTMLScriptElement).text);
}

/**
 * The element with this id, of this kind; a document without it is a fault of ours and stops the page.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the document lacks #${id}`);
  return found;
}

/**
 * Like byId, for the first match of a selector below root.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function one(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`the document lacks ${selector}`);
  return found;
}

/**
 * Every match of a selector below root that is of this kind.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T[]}
 */
export function every(root, selector, kind) {
  return [...root.querySelectorAll(selector)].filter(/** @returns {found is T} */ (found) => found instanceof kind);
}

/**
 * A sentence of the document, with its {curly} parts filled in.
 * @param {string} name the data attribute of #field-words, in camel case
 * @param {Record<string, string | number>} [parts]
 */
export function words(name, parts = {}) {
  const text = byId("field-words", HTMLElement).dataset[name];
  if (text === undefined) throw new Error(`the document has no words for ${name}`);
  return text.replace(/\{(\w+)\}/g, (whole, part) => String(parts[part] ?? whole));
}

/**
 * The label of a code; an unknown code (one that was retired) is shown as it stands.
 * @param {Choice[]} choices
 * @param {string} code
 */
export function label(choices, code) {
  return choices.find((choice) => choice.code === code)?.label ?? code;
}

/** Whether people are asked who they are where the shift is. @param {FieldData} data @param {Shift | null} shift */
export function mayIdentify({ sites }, shift) {
  const site = sites.find(({ code }) => code === shift?.site);
  return site?.activities.find(({ code }) => code === shift?.activity)?.identifies ?? false;
}
