/**
 * The one place that asks the server at once, and waits for what it says. What can wait goes into the outbox of the
 * tablet instead (capture.js).
 *
 * @typedef {import("./contact.js").ContactBody} ContactBody
 * @typedef {import("./data.js").ContactRow} ContactRow
 * @typedef {import("./data.js").Shift} Shift
 *
 * @typedef {object} Problem problem+json (RFC 9457)
 * @property {string} [type]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {{pointer: string, detail: string}[]} [errors]
 * @property {Record<string, unknown>} [current] how it stands now, when it was changed elsewhere
 * @property {string} [words] the name of the sentence of the page that says what stands in the way
 *
 * @typedef {"network" | "locked" | "signed-out" | "invalid" | "stale" | "storage" | "refused"} Reason
 *   network: nobody can say whether it arrived, sending the same again is safe · locked, signed-out: the session ·
 *   invalid: the server names faults in what was sent · stale: changed elsewhere since · storage: the tablet could
 *   not keep it · refused: anything else
 */

import { idAfter } from "./uuid.js";

/**
 * @template T
 * @typedef {{ok: true, row: T} | {ok: false, reason: Reason, problem: Problem}} Answer
 */

const PATIENCE_MS = 15_000;

/** What identifies a session to the server; replaced when somebody signs in again. */
let csrf = "";

/** @param {string} token */
export function useToken(token) {
  csrf = token;
}

export const tokenNow = () => csrf;

/**
 * @param {string} method
 * @param {string} path
 * @param {{body?: unknown, version?: number, token?: string, patience?: number}} [what] token: the tablet's, where it must be
 *   known; patience: milliseconds
 * @returns {Promise<Answer<any>>}
 */
export async function send(method, path, { body, version, token, patience = PATIENCE_MS } = {}) {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        "Accept-Language": document.documentElement.lang,
        "X-CSRF-Token": csrf,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(version === undefined ? {} : { "If-Match": `"${version}"` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error", // a login page or a captive portal is not an answer of ours
      signal: AbortSignal.timeout(patience),
    });
    const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "");
    if (response.ok && response.status === 204) return { ok: true, row: null };
    if (!isJson) return { ok: false, reason: "network", problem: {} };
    const read = await response.json();
    return response.ok ? { ok: true, row: read } : { ok: false, reason: reasonOf(response.status, read), problem: read };
  } catch (error) {
    // Whatever stops a fetch (no net, a broken answer, our own patience) means the same: we do not know, so ask again.
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException) return { ok: false, reason: "network", problem: {} };
    throw error;
  }
}

/** @param {number} status @param {Problem} problem @returns {Reason} */
function reasonOf(status, problem) {
  const slug = problem.type?.split("/").pop();
  if (status === 401) return slug === "locked" ? "locked" : "signed-out";
  if (status === 403 && slug === "csrf") return "signed-out";
  if (status === 412) return "stale";
  if (status === 422) return "invalid";
  return status >= 500 || status === 429 ? "network" : "refused";
}

/**
 * Creates the contact, or, when an earlier try arrived whose answer was lost and the form was changed since, corrects
 * the one that is there. Whose a contact is cannot be corrected: then the one that is there is taken back.
 * @param {ContactBody} body
 * @returns {Promise<Answer<ContactRow>>}
 */
export async function createContact(body) {
  const answer = await send("POST", "/api/v1/contacts", { body });
  if (answer.ok && answer.row.voided_at) return createContact({ ...body, id: idAfter(body.id) });
  if (answer.ok || !answer.problem.type?.endsWith("/id-reuse")) return answer;
  const there = await send("GET", `/api/v1/contacts/${body.id}`);
  if (!there.ok) return there;
  const { id: _id, site: _site, activity: _activity, recognition_code = null, participant_id = null, note, ...rest } = body;
  const isWhose = there.row.recognition_code === recognition_code && there.row.participant_id === participant_id;
  if (isWhose && !note) return changeContact(body.id, there.row.version, rest);
  const gone = await voidContact(body.id, "mistap");
  return gone.ok ? createContact({ ...body, id: idAfter(body.id) }) : gone;
}

/**
 * @typedef {object} Thread what a code tells of its contacts, the latest first, and the last of them of the visitor
 * @property {string | null} age_band
 * @property {string | null} gender
 * @property {string | null} talk_language
 * @property {{id: string, date: string, site: string, contact_type: string}[]} contacts
 *
 * @typedef {object} Person
 * @property {string} id
 * @property {string} case_number
 * @property {string} given_name
 * @property {string | null} family_name
 * @property {string | null} birth_date
 * @property {string | null} language
 * @property {string | null} interpreter
 * @property {boolean} protected
 *
 * @typedef {{id: string, case_number: string, name: string | null, last_contact_on: string | null}} OwnPerson
 * @typedef {{id: string, case_number: string, name: string | null, birth_year: number | null, reason_required: boolean}} FoundPerson
 */

/** @param {string} code @returns {Promise<Answer<Thread>>} */
export function lookUpCode(code) {
  return send("POST", "/api/v1/recognition-codes/lookup", { body: { code } });
}

/** The same id again is the same code. @param {string} id @returns {Promise<Answer<{code: string}>>} */
export function makeCode(id) {
  return send("POST", "/api/v1/recognition-codes", { body: { id } });
}

/** One's own people, the one who was met last first. @returns {Promise<Answer<{items: OwnPerson[]}>>} */
export function latestPeople() {
  return send("GET", "/api/v1/participants/latest");
}

/** @param {Partial<Record<"name" | "number" | "case_number", string>>} wanted @returns {Promise<Answer<{items: FoundPerson[], more: boolean}>>} */
export function findPeople(wanted) {
  return send("POST", "/api/v1/participants/search", { body: wanted });
}

/** @param {string} id @returns {Promise<Answer<Person>>} */
export function readPerson(id) {
  return send("GET", `/api/v1/participants/${id}`);
}

/** The person is here: what is known of them may be read until the shift ends. @param {string} id @returns {Promise<Answer<unknown>>} */
export function openPresent(id) {
  return send("POST", `/api/v1/participants/${id}/openings`, { body: { reason: "present" } });
}

/** For whom contacts wait to be linked, of one's own people. @returns {Promise<Answer<{items: {count: number}[]}>>} */
export function waitingToLink() {
  return send("GET", "/api/v1/participants/suggestions");
}

/** One's own contacts whose person one wrote down without a network. @returns {Promise<Answer<{items: {id: string}[]}>>} */
export function waitingForLater() {
  return send("GET", "/api/v1/participants/later");
}

/**
 * @param {string} id
 * @param {number} version the one the correction was made from
 * @param {Partial<ContactBody>} changed
 * @returns {Promise<Answer<ContactRow>>}
 */
export function changeContact(id, version, changed) {
  return send("PATCH", `/api/v1/contacts/${id}`, { body: changed, version });
}

/** @param {string} id @param {string} reason @returns {Promise<Answer<ContactRow>>} */
export function voidContact(id, reason) {
  return send("POST", `/api/v1/contacts/${id}/void`, { body: { reason } });
}

/** @param {Pick<Shift, "id" | "site" | "activity"> & Partial<Shift>} shift @returns {Promise<Answer<Shift>>} */
export function startShift(shift) {
  return send("POST", "/api/v1/shifts", { body: shift });
}

/** Begins a shift that was planned. @param {string} id @returns {Promise<Answer<Shift>>} */
export function beginShift(id) {
  return send("POST", `/api/v1/shifts/${id}/start`);
}

/** Locks the session; until it is unlocked it answers nothing. @returns {Promise<Answer<null>>} */
export function lock() {
  return send("POST", "/api/v1/session/lock");
}

/** @param {{password: string}} secret @returns {Promise<Answer<{csrf_token?: string} | null>>} */
export function unlock(secret) {
  return send("POST", "/api/v1/session/unlock", { body: secret });
}

/** @param {{username: string, password: string, otp?: string}} secret @returns {Promise<Answer<{csrf_token: string}>>} */
export function signIn(secret) {
  return send("POST", "/api/v1/session", { body: secret });
}
