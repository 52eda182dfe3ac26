/**
 * What every page gains from scripts: the theme changes at once, the screen can be hidden and locks itself, text can
 * be copied, a page printed, menus close, the tablet keeps what it needs without a network. Every page works without
 * this file.
 */
import { keepOnTablet } from "./worker.js";

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
const all = (root, selector) => [...root.querySelectorAll(selector)].filter((found) => found instanceof HTMLElement);

/** The theme is kept in a cookie, so that the server paints the next page right from its first pixel. */
function letThemeChangeAtOnce() {
  const form = document.querySelector("form[data-theme-form]");
  if (!(form instanceof HTMLFormElement)) return;
  const paint = (/** @type {string} */ theme) => {
    document.documentElement.dataset.colorScheme = theme;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  };
  const kept = document.cookie.match(/(?:^|; )theme=(auto|light|dark|sun)(?:;|$)/)?.[1];
  if (kept) paint(kept); // a page from the browser's cache may have been painted with an older choice
  form.addEventListener("submit", (event) => {
    if (!(event.submitter instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${event.submitter.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    paint(event.submitter.value);
  });
}

/** "Göm" covers everything without locking: for when somebody looks over the shoulder. */
function letScreenBeHidden() {
  const cover = document.querySelector("dialog[data-cover]");
  if (!(cover instanceof HTMLDialogElement)) return;
  for (const button of all(document, "[data-hide-screen]")) {
    button.hidden = false;
    button.addEventListener("click", () => cover.showModal());
  }
  for (const button of all(cover, "[data-show-screen]")) button.addEventListener("click", () => cover.close());
}

/**
 * Locks after a time without a touch, by the clock on the wall: timers sleep with the tablet, so the question is
 * asked again when the page wakes. A page that holds something unsaved may refuse by cancelling "outreach:idle".
 */
function lockWhenIdle() {
  const seconds = Number(document.body.dataset.lockAfter);
  const form = document.getElementById("lock-form");
  if (!seconds || !(form instanceof HTMLFormElement)) return;
  let touched = Date.now();
  let told = touched;
  const touch = () => {
    touched = Date.now();
    // A screen that is locked keeps nobody's session alive.
    if (touched - told < 60_000 || "locked" in document.body.dataset) return;
    told = touched;
    // The server locks as well when it hears nothing; without a network it will hear of the next touch.
    fetch("/api/v1/me", { cache: "no-store" }).catch(() => undefined);
  };
  const ask = () => {
    // A clock that is set back would let the screen lie open until it has caught up.
    touched = Math.min(touched, Date.now());
    if (Date.now() - touched < seconds * 1000) return;
    const idle = new CustomEvent("outreach:idle", { cancelable: true });
    if (document.dispatchEvent(idle)) form.requestSubmit();
  };
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, touch, { passive: true, capture: true });
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, 5000);
}

/** A button with data-copy copies the text of the element with that id, and says so in its own words. */
function letTextBeCopied() {
  for (const button of all(document, "[data-copy]")) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy ?? "")?.textContent?.trim() ?? "");
      button.textContent = button.dataset.copied ?? "";
    });
  }
}

/** A button with data-print prints the page. */
function letPagesBePrinted() {
  for (const button of all(document, "[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

/** Menus close on Escape (focus goes back to their button) and on a touch elsewhere. */
function closeMenus() {
  for (const menu of document.querySelectorAll("details[data-menu]")) {
    if (!(menu instanceof HTMLDetailsElement)) continue;
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    document.addEventListener("click", (event) => {
      if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
    });
  }
}

letThemeChangeAtOnce();
letScreenBeHidden();
lockWhenIdle();
letTextBeCopied();
letPagesBePrinted();
closeMenus();
void keepOnTablet();
