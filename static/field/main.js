/**
 * The field page. One document, three views (shift, home, form); the address follows (/falt, /falt/ny), so that Back,
 * reload and links behave.
 */
import { newContact } from "./contact.js";
import { byId, every, readFieldData, words } from "./data.js";
import { ContactForm } from "./form.js";
import { showCode } from "./given.js";
import { Home } from "./home.js";
import { askToRemove } from "./removing.js";
import { whole } from "./saying.js";
import { useToken } from "./sending.js";
import { lockHere } from "./session.js";
import { ShiftView } from "./shift.js";
import { showSaved, showSent } from "./strip.js";
import { showWhatWaits } from "./tending.js";
import { Today } from "./today.js";
import { uuid7 } from "./uuid.js";

/** @typedef {"shift" | "home" | "form"} View */
/** @typedef {{view: View, correcting?: string, deeper?: boolean}} Place what history keeps; deeper: Back leads home */

/** Longer than between the two taps of a double tap, shorter than it takes to read what has come. */
const SETTLING_MS = 400;

const data = readFieldData();
let shift = data.shift;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;
/** Whom another page sent the worker here to log a contact with: "#deltagare=<id>", which leaves the address at once. */
let somebody = /^#deltagare=([0-9a-f-]{36})$/i.exec(location.hash)?.[1];
if (somebody) history.replaceState(history.state, "", location.pathname);
useToken(data.csrf);

const today = new Today(data, {
  edit: (row) => {
    form.correct(row);
    go({ view: "form", correcting: row.id });
  },
  remove: (row) => askToRemove(data.codes, row, (removed) => home.noted(removed)),
  shift: () => shift,
});

const home = new Home(data, today, {
  open: (contact, known) => {
    form.open(contact, known);
    go({ view: "form" });
  },
  shift: () => shift,
});

const form = new ContactForm(data, {
  saved: (row, wasCorrection, then) => {
    form.close();
    go({ view: "home" }, "replace");
    if (!wasCorrection) return follow(row, then);
    home.noted(row);
    showSaved(words("changed"), whole(data.codes, row));
    today.focus(row.id);
  },
  shift: () => shift,
});

/** What comes after a new contact was saved. @param {import("./data.js").ContactRow} row @param {import("./form.js").Then} then */
function follow(row, then) {
  const code = row.recognition_code;
  home.saved(row);
  if (then === "code" && code) showCode(code);
  // Behind the # it stays on the tablet: it is read there and cleared at once, and no server is told.
  if (then === "name") location.assign(`/deltagare/ny#${code ? `kod=${code}` : `kontakt=${row.id}`}`);
}

const shiftView = new ShiftView(data, {
  chosen: (chosen) => {
    shift = chosen;
    shiftView.show(shift);
    today.countAnew();
    home.paint();
    showSaved(words("shiftStarted"), chosen.site_label);
    go({ view: "home" }, "replace");
    openForSomebody();
  },
});

/** Shows a view and puts the reader at its heading. @param {Place} place */
function show({ view }) {
  if (document.body.dataset.view !== "loading") settle();
  document.body.dataset.view = view;
  for (const section of every(document, ".view", HTMLElement)) section.hidden = section.id !== `view-${view}`;
  if (view === "form") void form.whom.back();
  else form.whom.away();
  scrollTo(0, 0);
  byId("field-scroll", HTMLElement).scrollTo(0, 0);
  byId({ shift: "shift-title", home: "home-title", form: "form-title" }[view], HTMLElement).focus({ preventScroll: true });
}

/** Lets no touch through for a moment: the second tap of a double tap was meant for the view before. */
function settle() {
  document.body.dataset.settling = "";
  clearTimeout(settling);
  settling = setTimeout(() => delete document.body.dataset.settling, SETTLING_MS);
}

/** @param {Place} place @param {"push" | "replace"} [how] */
function go(place, how = "push") {
  const address = place.view === "form" && !place.correcting ? "/falt/ny" : "/falt";
  if (how === "push") history.pushState({ ...place, deeper: true }, "", address);
  else history.replaceState({ ...place, deeper: Boolean(history.state?.deeper) }, "", address);
  show(place);
}

/** Where a reload, a link or Back leads. @param {Place | null} place */
function arrive(place) {
  if (!shift) return go({ view: "shift" }, "replace");
  const row = place?.correcting ? today.row(place.correcting) : undefined;
  const wantsForm = !somebody && (place ? place.view === "form" : location.pathname === "/falt/ny");
  if (row && !form.isOpen) form.correct(row);
  if (wantsForm && !place?.correcting && !form.isOpen) form.open(newContact({ id: uuid7(), shift }));
  go(wantsForm && form.isOpen ? { view: "form", ...(row ? { correcting: row.id } : {}) } : { view: "home" }, "replace");
}

/** Opens the contact of whom another page is about, once there is a shift: a contact is always somewhere. */
function openForSomebody() {
  if (!somebody || !shift) return;
  home.openFor(somebody);
  somebody = undefined;
}

for (const button of every(document, "[data-go]", HTMLButtonElement)) {
  button.addEventListener("click", () => {
    if (button.dataset.go !== "home") go({ view: /** @type {View} */ (button.dataset.go) });
    else if (history.state?.deeper) history.back();
    else go({ view: "home" }, "replace");
  });
}
addEventListener("popstate", (event) => arrive(event.state));
addEventListener("beforeunload", (event) => {
  if (home.hasUnsent || form.isTouched) event.preventDefault();
});

/** Leaving the page would lose what is not saved: then it locks where it is. @param {Event} event */
function lockHereIfNeeded(event) {
  if (!home.hasUnsent && !form.isTouched) return;
  event.preventDefault();
  void lockHere();
}
document.addEventListener("outreach:idle", lockHereIfNeeded);
byId("lock-form", HTMLFormElement).addEventListener("submit", lockHereIfNeeded);

showSent();
shiftView.show(shift);
arrive(history.state);
openForSomebody();
void showWhatWaits();
