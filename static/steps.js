/**
 * The steps of a form, taken in place. Each is the answer to a POST and kept nowhere, so to go back to one the browser
 * would ask to send it all again, or have lost it. Here each step is an entry of the browser's own history instead,
 * and its Back leads to the step before with all that was typed. Without this file each step is a page of its own.
 *
 * The form names its steps in order (data-steps); the field `at` says which it shows, `id` whose history it is, and a
 * button named `go` where it leads. What is saved goes the ordinary way.
 */

const PATIENCE_MS = 15_000;

/** @typedef {{ step: number, of: string }} Entry */

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return;
  if (!form.dataset.steps || "plain" in form.dataset || button.value === "save") return;
  event.preventDefault();
  const isBack = button.value === stepsOf(form)[at(form) - 1];
  if (isBack && entry(form)?.step === at(form)) history.back();
  else void take(form, { button });
});

addEventListener("popstate", (event) => {
  const form = document.querySelector("form[data-steps]");
  if (!(form instanceof HTMLFormElement)) return;
  const wanted = /** @type {Entry | null} */ (event.state) ?? { step: 0, of: valueOf(form, "id") };
  if (wanted.of !== valueOf(form, "id") || wanted.step === at(form)) return;
  void take(form, { go: stepsOf(form)[wanted.step] ?? "" });
});

/**
 * Sends a step and shows the one that is answered; one that cannot be had so is sent the ordinary way.
 * @param {HTMLFormElement} form
 * @param {{ button: HTMLButtonElement } | { go: string }} by what was pressed, or where the history leads
 */
async function take(form, by) {
  // A second tap while the first is under way asks for nothing more.
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const sent = new FormData(form, "button" in by ? by.button : undefined);
  if ("go" in by) sent.set("go", by.go);
  try {
    const body = new URLSearchParams([...sent].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(form.action, { method: "POST", body, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector("form[data-steps]");
    if (!(next instanceof HTMLFormElement)) throw new Error("no step came back");
    show(form, next, "button" in by ? by.button : undefined);
  } catch {
    // A locked screen, no network, a server that is restarting: the page that the browser gets tells which.
    form.ariaBusy = null;
    // Not before the submission at hand is over, in which the form hears of no other.
    setTimeout(() => sendPlainly(form, by));
  }
}

/** @param {HTMLFormElement} form @param {{ button: HTMLButtonElement } | { go: string }} by */
function sendPlainly(form, by) {
  form.dataset.plain = "";
  if ("button" in by) {
    form.requestSubmit(by.button);
    return;
  }
  const go = document.createElement("input");
  Object.assign(go, { type: "hidden", name: "go", value: by.go });
  form.append(go);
  form.submit();
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} next
 * @param {HTMLButtonElement} [pressed] the button that led here; the history did when there is none
 */
function show(form, next, pressed) {
  const before = at(form);
  const shown = document.importNode(next, true);
  form.replaceWith(shown);
  const state = { step: at(shown), of: valueOf(shown, "id") };
  if (pressed && state.step > before) {
    if (!entry(shown)) history.replaceState({ step: before, of: state.of }, "");
    history.pushState(state, "");
  } else history.replaceState(state, "");
  focusIn(shown, state.step === before ? pressed : undefined);
}

/**
 * Leads to what is wrong, else to where the person was in a step that stays, else to the beginning of the new one.
 * @param {HTMLFormElement} shown
 * @param {HTMLButtonElement} [pressed]
 */
function focusIn(shown, pressed) {
  const again = [...shown.querySelectorAll("button")].find((each) => each.name === pressed?.name && each.value === pressed.value);
  const place = shown.querySelector("#error-summary") ?? again ?? shown.querySelector("h1");
  if (!(place instanceof HTMLElement)) return;
  if (place !== again) {
    place.tabIndex = -1;
    scrollTo(0, 0);
  }
  place.focus();
}

/** @param {HTMLFormElement} form @returns {string[]} */
const stepsOf = (form) => (form.dataset.steps ?? "").split(" ");

/** @param {HTMLFormElement} form */
const at = (form) => stepsOf(form).indexOf(valueOf(form, "at"));

/** @param {HTMLFormElement} form @param {string} name */
function valueOf(form, name) {
  const field = form.elements.namedItem(name);
  return field instanceof HTMLInputElement ? field.value : "";
}

/** The entry of the history at hand, when it is one of this form's. @param {HTMLFormElement} form @returns {Entry | null} */
function entry(form) {
  const state = /** @type {Entry | null} */ (history.state);
  return state && state.of === valueOf(form, "id") ? state : null;
}
