/**
 * The field page. One document, three views (shift, home, form); the address follows (/falt, /falt/ny), so that Back,
 * reload and links behave.
 */
import { AttentionView } from "./attention.js";
import { goAndBook } from "./booking.js";
import { rememberShift } from "./capture.js";
import { closeWithoutNetwork } from "./closing.js";
import { newContact } from "./contact.js";
import { byId, every, label, NOBODY, readFieldData, words } from "./data.js";
import { ContactForm } from "./form.js";
import { showCode } from "./given.js";
import { Home } from "./home.js";
import { askToRemove } from "./removing.js";
import { whole } from "./saying.js";
import { useToken } from "./sending.js";
import { lockHere } from "./session.js";
import { ShiftView } from "./shift.js";
import { enrolledAs } from "./store.js";
import { followVersions, showSaved, showSent } from "./strip.js";
import { Tablet } from "./tablet.js";
import { showAttention, showWhatWaits } from "./tending.js";
import { Today } from "./today.js";
import { uuid7 } from "./uuid.js";
import { readerNow } from "./watch.js";

/** @typedef {"shift" | "home" | "form" | "attention"} View */
/** @typedef {{view: View, correcting?: string, deeper?: boolean}} Place what history keeps; deeper: Back leads home */

/** Longer than between the two taps of a double tap, shorter than it takes to read what has come. */
const SETTLING_MS = 400;
/** How long the tablet's storage may be silent before the line says so. */
const PATIENCE_MS = 4000;

const data = readFieldData();
const own = data.own ?? NOBODY;
let shift = own.shift;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let settling;
/** Whom another page sent the worker here to log a contact with: "#deltagare=<id>", which leaves the address at once. */
let somebody = /^#deltagare=([0-9a-f-]{36})$/i.exec(location.hash)?.[1];
if (somebody) history.replaceState(history.state, "", location.pathname);
useToken(own.csrf);
/** The page as an enrolled tablet has it; in any other browser there is none. @type {Tablet | null} */
let tablet = null;

const today = new Today(data, {
  edit: (row) => {
    form.correct(row);
    go({ view: "form", correcting: row.id });
  },
  remove: (row) =>
    askToRemove(data.codes, row, (removed) => {
      home.noted(removed);
      tablet?.noted(removed);
    }),
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
    tablet?.noted(row);
    if (!wasCorrection) return follow(row, then);
    home.noted(row);
    showSaved(words("changed"), whole(data.codes, row));
    today.focus(row.id);
  },
  shift: () => shift,
  written: (contact, row) => void tablet?.written(contact, row),
  closed: () => void tablet?.notWritten(),
});

const attention = new AttentionView(data, {
  correct: (item) => {
    form.amend(item);
    go({ view: "form" });
  },
  decided: () => void tablet?.news(),
});

/** What comes after a new contact was saved. @param {import("./data.js").ContactRow} row @param {import("./form.js").Then} then */
function follow(row, then) {
  const code = row.recognition_code;
  if (tablet && !readerNow()) {
    // Under lock it is saved and said, and not shown again.
    showSaved(words("saved"), whole(data.codes, row));
  } else home.saved(row);
  const shown = then.startsWith("code") && code ? showCode(code) : Promise.resolve();
  if (then.endsWith("book")) void shown.then(() => goAndBook(row.id, (text) => home.tell(text)));
  // Behind the # it stays on the tablet: it is read there and cleared at once, and no server is told.
  if (then === "name") location.assign(`/deltagare/ny#${code ? `kod=${code}` : `kontakt=${row.id}`}`);
}

const shiftView = new ShiftView(data, {
  chosen: (chosen) => {
    shift = chosen;
    const reader = readerNow();
    if (tablet && reader) void rememberShift(reader.id, shift);
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
  if (view === "attention") void attention.show();
  scrollTo(0, 0);
  byId("field-scroll", HTMLElement).scrollTo(0, 0);
  byId({ shift: "shift-title", home: "home-title", form: "form-title", attention: "attention-title" }[view], HTMLElement).focus({ preventScroll: true });
}

/** Lets no touch through for a moment: the second tap of a double tap was meant for the view before. */
function settle() {
  document.body.dataset.settling = "";
  clearTimeout(settling);
  settling = setTimeout(() => delete document.body.dataset.settling, SETTLING_MS);
}

/** @param {Place} place @param {"push" | "replace"} [how] */
function go(place, how = "push") {
  const address = place.view === "attention" ? "/falt/att-ratta" : place.view === "form" && !place.correcting ? "/falt/ny" : "/falt";
  if (how === "push") history.pushState({ ...place, deeper: true }, "", address);
  else history.replaceState({ ...place, deeper: Boolean(history.state?.deeper) }, "", address);
  show(place);
}

/** Where a reload, a link or Back leads. @param {Place | null} place */
function arrive(place) {
  const wantsAttention = place ? place.view === "attention" : location.pathname === "/falt/att-ratta";
  if (wantsAttention && tablet && readerNow()) return go({ view: "attention" }, "replace");
  // Locked: the address stays, for when the screen is opened.
  if (tablet && !readerNow() && (wantsAttention || !shift)) return show({ view: "home" });
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
  // A tablet keeps what is half written.
  if (!tablet && (home.hasUnsent || form.isTouched)) event.preventDefault();
});

/** Leaving the page would lose what is not saved: then it locks where it is. @param {Event} event */
function lockHereIfNeeded(event) {
  if (tablet) {
    event.preventDefault();
    void tablet.lock();
    return;
  }
  if (!home.hasUnsent && !form.isTouched) return;
  event.preventDefault();
  void lockHere();
}
document.addEventListener("outreach:idle", lockHereIfNeeded);
byId("lock-form", HTMLFormElement).addEventListener("submit", lockHereIfNeeded);

/** Where somebody works, with the places called what they are called here. @param {import("./data.js").Work} work */
function labelled(work) {
  const named = (/** @type {import("./data.js").Shift} */ each) => ({ ...each, site_label: label(data.codes.site, each.site) });
  return { ...work, shift: work.shift && named(work.shift), planned_shifts: work.planned_shifts.map(named) };
}

/** Another page may hold the tablet's storage: it is waited for, and the line says why. @template T @param {Promise<T>} answer */
async function patiently(answer) {
  const saying = setTimeout(() => document.dispatchEvent(new Event("outreach:blocked")), PATIENCE_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(saying);
    document.dispatchEvent(new Event("outreach:unblocked"));
  }
}

followVersions();
document.addEventListener("outreach:update", (event) => {
  if (form.isTouched || home.hasUnsent) event.preventDefault();
});
if (await patiently(enrolledAs())) tablet = new Tablet({
  take: (told) => {
    const work = labelled(told);
    const viewer = byId("viewer", HTMLElement);
    viewer.textContent = work.user.name;
    viewer.hidden = !work.user.name;
    shift = work.shift;
    shiftView.take(work);
    shiftView.show(shift);
    home.paint();
    arrive(history.state);
    openForSomebody();
  },
  list: (rows, during) => {
    const counted = rows.filter(({ voided_at }) => !voided_at).length;
    today.take({ own: counted, shift: during ?? counted, contacts: rows });
    home.paint();
  },
  keep: (row) => home.noted(row),
  close: () => {
    form.putAway();
    byId("viewer", HTMLElement).hidden = true;
    // Whatever lay over the page was opened by whoever is leaving.
    for (const dialog of every(document, "dialog[open]", HTMLDialogElement)) if (dialog.id !== "unlock-dialog") dialog.close();
    byId("attention-list", HTMLUListElement).replaceChildren();
    home.forget();
    today.take(NOBODY.today);
    go({ view: "home" }, "replace");
  },
  goOn: ({ contact, row }) => {
    form.restore({ contact, row });
    go({ view: "form", ...(row && { correcting: row.id }) });
  },
  say: (row) => whole(data.codes, row),
});

showSent();
if (tablet) {
  const here = tablet;
  byId("logout-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void here.signOut();
  });
  document.addEventListener("outreach:news", (event) => {
    if (!(event instanceof CustomEvent)) return;
    void showWhatWaits();
    showAttention(event.detail.attention.length);
  });
  closeWithoutNetwork({
    shift: () => shift,
    counted: () => today.own,
    closed: () => {
      const reader = readerNow();
      if (reader) void rememberShift(reader.id, null);
      showSaved(words("shiftClosed"), shift?.site_label ?? "");
      shift = null;
      shiftView.show(shift);
      go({ view: "shift" }, "replace");
    },
  });
  await here.begin(data.own);
} else if (!data.own) {
  // The copy that is kept, in a browser that is no tablet of ours, because the network failed.
  byId("unlock", HTMLButtonElement).hidden = true;
  byId("lock-text", HTMLElement).textContent = words("noTablet");
  go({ view: "home" }, "replace");
  addEventListener("online", () => location.reload());
} else {
  shiftView.show(shift);
  arrive(history.state);
  openForSomebody();
  void showWhatWaits();
}
