/**
 * One contact while it is being written: its state, its rules, and the body the server gets. Nothing here touches the
 * page, so the same rules serve whether the contact is sent at once or kept to be sent later.
 *
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./data.js").Shift} Shift
 * @typedef {import("./time.js").When} When
 *
 * @typedef {object} Contact
 * @property {string} id
 * @property {string} site
 * @property {string} activity
 * @property {string} contact_type
 * @property {When} when
 * @property {number} headcount
 * @property {string} age_band empty while not chosen
 * @property {string} gender empty while not chosen
 * @property {string[]} topics
 * @property {string} result
 * @property {string[]} signposted_to
 * @property {string} first_time
 * @property {string} talk_language
 * @property {string} interpreter
 * @property {number | null} minutes NaN when what was written is not a number
 * @property {"nobody" | "code" | "participant" | "later"} whom whose it is (later: who it was is written beside it, see later.js); what was chosen for the others waits, and is not sent
 * @property {string} recognition_code empty while not chosen, as are these:
 * @property {string} participant_id
 * @property {string} note only about a participant
 *
 * @typedef {"when" | "minutes" | "signposted_to" | "whom" | "recognition_code" | "participant_id" | "note"} Settled
 * @typedef {Omit<Contact, Settled> & {occurred_at: string, minutes?: number | null, signposted_to?: string[],
 *   recognition_code?: string, participant_id?: string, note?: string}} ContactBody
 * @typedef {{field: string, words: string}} Fault the field it is about, and the name of the sentence that says so
 */
import { instantOf, isAllowed, withOffset } from "./time.js";

export const TOPICS_AT_MOST = 3;
export const TARGETS_AT_MOST = 3;
export const HEADCOUNT_AT_MOST = 500;
const MINUTES_AT_MOST = 600;

/** What a contact is when nobody says otherwise: outreach on the square, a visit at a desk, a call at the remote site. */
function usualType(/** @type {Shift} */ shift) {
  if (shift.activity === "outreach") return "outreach";
  return shift.site === "remote" ? "phone" : "drop_in";
}

/**
 * A new contact in this shift, now, with one person of this age and gender.
 * @param {{id: string, shift: Shift, age_band?: string, gender?: string}} from
 * @returns {Contact}
 */
export function newContact({ id, shift, age_band = "", gender = "" }) {
  return {
    id,
    site: shift.site,
    activity: shift.activity,
    contact_type: usualType(shift),
    when: { kind: "ago", minutes: 0 },
    headcount: 1,
    age_band,
    gender,
    topics: [],
    result: "information_given",
    signposted_to: [],
    first_time: "not_asked",
    talk_language: "sv",
    interpreter: "none",
    minutes: null,
    ...NOBODY,
  };
}

/** Whoever is met is nobody in particular until something else is said. */
const NOBODY = /** @type {const} */ ({ whom: "nobody", recognition_code: "", participant_id: "", note: "" });

/**
 * The contact of somebody who was here before: what was said of them last time, where nothing is chosen yet.
 * @param {Contact} contact
 * @param {{age_band?: string | null, gender?: string | null, talk_language?: string | null, interpreter?: string | null, isBack?: boolean}} before
 *   isBack: they have been here before, so it is not the first time
 * @returns {Contact}
 */
export function asBefore(contact, { age_band, gender, talk_language, interpreter, isBack }) {
  const known = (/** @type {string | null | undefined} */ said) => (said && said !== "unknown" ? said : "");
  return {
    ...contact,
    age_band: contact.age_band || known(age_band),
    gender: contact.gender || known(gender),
    talk_language: contact.talk_language === "sv" && talk_language ? talk_language : contact.talk_language,
    interpreter: contact.interpreter === "none" && interpreter ? interpreter : contact.interpreter,
    first_time: contact.first_time === "not_asked" && isBack ? "no" : contact.first_time,
  };
}

/** @param {{id: string, shift: Shift}} from @returns {Contact} the unnamed at a table, in one row */
export function newGroup(from) {
  return { ...newContact({ ...from, age_band: "unknown", gender: "unknown" }), contact_type: "group", headcount: 2 };
}

/**
 * A leaflet taken or refused: counted with one touch, age and gender not noted, no topic.
 * @param {{id: string, shift: Shift, refused: boolean}} from
 * @returns {Contact}
 */
export function newBrief({ refused, ...from }) {
  return {
    ...newContact({ ...from, age_band: "unknown", gender: "unknown" }),
    contact_type: "brief",
    result: refused ? "declined_support" : "information_given",
  };
}

/**
 * "+1 likadan": another person with the same age, gender, topics, result and language; time and first time are new.
 * @param {ContactRow} row
 * @param {{id: string, shift: Shift}} from
 * @returns {Contact}
 */
export function sameAgain(row, from) {
  const { age_band, gender, topics, result, signposted_to, talk_language } = row;
  return { ...newContact(from), age_band, gender, topics, result, signposted_to, talk_language };
}

/** Whether "+1 likadan" may copy it: one person, met for a talk. @param {ContactRow} row */
export function canBeRepeated(row) {
  return !row.voided_at && row.headcount === 1 && !["group", "brief"].includes(row.contact_type);
}

/** @param {ContactRow} row @returns {Contact} a kept contact, opened again to be corrected */
export function fromRow(row) {
  const { site, activity, contact_type, headcount, age_band, gender, topics, result, signposted_to } = row;
  const { id, first_time, talk_language, interpreter, minutes } = row;
  const said = { site, activity, contact_type, headcount, age_band, gender, topics, result, signposted_to };
  return { id, ...said, first_time, talk_language, interpreter, minutes, ...NOBODY, when: { kind: "instant", at: row.occurred_at } };
}

/** @param {Pick<Contact, "contact_type">} contact */
export const isGroup = (contact) => contact.contact_type === "group";
/** @param {Pick<Contact, "contact_type">} contact */
export const isBrief = (contact) => contact.contact_type === "brief";

/**
 * The list with the code put in or taken out; unchanged when it is full.
 * @param {string[]} codes
 * @param {string} code
 * @param {number} atMost
 */
export function toggled(codes, code, atMost) {
  if (codes.includes(code)) return codes.filter((other) => other !== code);
  return codes.length < atMost ? [...codes, code] : codes;
}

/**
 * The contact with the rules of its type obeyed: a group has no age, gender or first time, one person no headcount,
 * a brief one no topic, and only a signposted one has targets. A group is nobody's.
 * @param {Contact} contact
 * @returns {Contact}
 */
export function settled(contact) {
  const result = { ...contact };
  if (isGroup(result)) Object.assign(result, { age_band: "unknown", gender: "unknown", first_time: "not_asked", whom: "nobody" });
  else result.headcount = 1;
  if (isBrief(result)) result.topics = [];
  if (result.result !== "signposted") result.signposted_to = [];
  return result;
}

/**
 * All that keeps a contact from being saved, in the order of the form. The server judges again.
 * @param {Contact} contact
 * @param {Date} now
 * @returns {Fault[]}
 */
export function faults(contact, now) {
  /** @type {Fault[]} */
  const found = [];
  const say = (/** @type {string} */ field, /** @type {string} */ sentence) => found.push({ field, words: sentence });
  const { headcount, minutes, topics } = contact;
  const at = instantOf(contact.when, now);
  if (contact.whom === "code" && !contact.recognition_code) say("whom", "faultCode");
  if (contact.whom === "participant" && !contact.participant_id) say("whom", "faultParticipant");
  if (!contact.gender) say("gender", "faultGender");
  if (!contact.age_band) say("age_band", "faultAge");
  if (contact.when.kind !== "instant" && !(at && isAllowed(at, now))) say("occurred_at", "faultTime");
  if (!Number.isInteger(headcount) || headcount < 1 || headcount > HEADCOUNT_AT_MOST) say("headcount", "faultHeadcount");
  else if (isGroup(contact) && headcount < 2) say("headcount", "faultHeadcountGroup");
  if (topics.length === 0 && !isBrief(contact)) say("topics", "faultTopicsFew");
  if (contact.result === "signposted" && contact.signposted_to.length === 0) say("signposted_to", "faultTargetsFew");
  if (minutes !== null && !(Number.isInteger(minutes) && minutes >= 0 && minutes <= MINUTES_AT_MOST)) say("minutes", "faultMinutes");
  return found;
}

/**
 * What the server gets. The contact has no faults.
 * @param {Contact} contact
 * @param {Date} now
 * @returns {ContactBody}
 */
export function toBody(contact, now) {
  const { when, minutes, signposted_to, whom, recognition_code, participant_id, note, ...same } = contact;
  const at = instantOf(when, now);
  if (!at) throw new Error("a contact without a time cannot be sent");
  const occurred_at = when.kind === "instant" ? when.at : withOffset(at);
  return {
    ...same,
    occurred_at,
    ...(signposted_to.length && { signposted_to }),
    ...(minutes !== null && { minutes }),
    ...(whom === "code" && { recognition_code }),
    ...(whom === "participant" && { participant_id, ...(note.trim() && { note: note.trim() }) }),
  };
}

/**
 * What a correction sends: the fields that are no longer as the server keeps them. Where it happened is not among them.
 * @param {ContactRow} row
 * @param {ContactBody} body
 * @returns {Partial<ContactBody>}
 */
export function changes(row, body) {
  const wanted = { ...body, signposted_to: body.signposted_to ?? [], minutes: body.minutes ?? null };
  const fixed = ["id", "site", "activity"];
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([field, value]) => !fixed.includes(field) && JSON.stringify(value) !== JSON.stringify(row[/** @type {keyof ContactRow} */ (field)]),
    ),
  );
}
