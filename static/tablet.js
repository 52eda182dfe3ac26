/**
 * Enrolling: the code is typed, or read from the address that a camera opened (after its #, which no server sees),
 * and sent once this browser has shown that it can keep what it is given.
 */
import { send } from "./field/sending.js";
import { selfTest } from "./field/self-test.js";
import { enrolledAs, keepTablet } from "./field/store.js";

/** @template {HTMLElement} T @param {string} id @param {{new (): T}} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

const words = part("enrolment", HTMLElement).dataset;
const form = part("enrolment-form", HTMLFormElement);
const field = part("code", HTMLInputElement);
const fault = part("enrolment-fault", HTMLElement);
const fieldFault = part("code-error", HTMLElement);

/** @param {HTMLElement} place @param {string} text */
function tell(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

/** @param {string} sentence @param {Record<string, string>} names */
const filled = (sentence, names) => sentence.replace(/\{(\w+)\}/g, (all, name) => names[name] ?? all);

/** The code of the address goes into the field, and out of the address: it is nobody else's to see. */
function takeCodeOfAddress() {
  const code = new URLSearchParams(location.hash.slice(1)).get("kod");
  if (!code) return;
  field.value = code;
  history.replaceState(history.state, "", location.pathname + location.search);
}

/** @param {string} code */
async function enrol(code) {
  const verdict = await selfTest();
  if (!verdict.ok) {
    const why = { storage: words.unfitStorage, crypto: words.unfitCrypto, private: words.unfitPrivate }[verdict.why];
    return tell(fault, why ?? "");
  }
  const already = await enrolledAs();
  const answer = await send("POST", "/api/v1/devices/enrolments", {
    body: already ? { code, device_id: already.device_id } : { code },
  });
  if (!answer.ok) return refuse(answer);
  try {
    await keepTablet(answer.row);
  } catch {
    return tell(fault, words.notKept ?? "");
  }
  finish(answer.row);
}

/** @param {{reason: string, problem: {title?: string, detail?: string, errors?: {detail: string}[]}}} answer */
function refuse({ reason, problem }) {
  const beside = problem.errors?.[0]?.detail;
  if (reason === "network" && !problem.title) tell(fault, words.network ?? "");
  else if (!beside) tell(fault, `${problem.title}. ${problem.detail}`);
  else {
    tell(fieldFault, beside);
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }
}

/** @param {{name: string, site: string}} tablet */
function finish({ name, site }) {
  /** @type {Record<string, string>} */
  const places = JSON.parse(part("enrolment-places", HTMLScriptElement).textContent ?? "{}");
  tell(part("enrolment-done-text", HTMLElement), filled(words.done ?? "", { name, place: places[site] ?? site }));
  part("enrolment-before", HTMLElement).hidden = true;
  part("enrolment-done", HTMLElement).hidden = false;
  part("enrolment-done-title", HTMLElement).focus();
}

/** One sends once, however often the button is touched. */
let isSending = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isSending) return;
  isSending = true;
  tell(fault, "");
  tell(fieldFault, "");
  field.removeAttribute("aria-invalid");
  try {
    await enrol(field.value);
  } finally {
    isSending = false;
  }
});

field.setAttribute("aria-describedby", "code-hint code-error");
addEventListener("hashchange", takeCodeOfAddress);
takeCodeOfAddress();
const known = await enrolledAs().catch(() => null);
if (known) tell(part("enrolment-already", HTMLElement), filled(words.already ?? "", { name: known.name }));
delete form.dataset.waiting;
