"""What hands do at a tablet within a walk: run in the page, where they touch the screen alone."""

from __future__ import annotations

# A page's clock may be anywhere; how far off this one is can be changed while it runs.
CLOCK = """(() => {
  const Real = Date;
  window.__skew = Number(sessionStorage.getItem("skew") ?? 0);
  window.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [Real.now() + window.__skew])); }
    static now() { return Real.now() + window.__skew; }
  };
})()"""
# Whatever is done is done with a finger, and a page that is touched is not idle.
UNTIL = """dispatchEvent(new PointerEvent("pointerdown"));
const until = async (holds) => {
  for (let left = 750; left > 0; left -= 1) {
    const found = holds();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const open = [...document.querySelectorAll("dialog[open]")].map(({ id }) => id);
  const busy = [...document.querySelectorAll("[aria-busy]")].map(({ id }) => id);
  const stands = JSON.stringify({ ...document.body.dataset, open, busy });
  throw new Error(`it did not come about: ${holds}, as it stands: ${stands}`);
};
const by = (id) => document.getElementById(id);
const told = () => by("save-fault").textContent || by("home-fault").textContent;
const saved = () => until(() => by("saved").textContent ? "saved" : told());
"""
CAPTURE = """async ({ gender, age, topic, code }) => {
  document.querySelector(`.grid__tile[data-gender="${gender}"][data-age="${age}"]`).click();
  by("saved").replaceChildren();
  document.querySelector(`#contact-form [data-topic="${topic}"]`).click();
  (code ? by("give-code") : by("save")).click();
  const outcome = await saved();
  if (by("given").open) by("given-done").click();
  if (outcome !== "saved") document.querySelector("#view-form [data-go=home]").click();
  return outcome;
}"""
# A list that is drawn anew, or a clock that has jumped to another day, may have taken the row away.
CORRECT = """async ({ id, topic }) => {
  const edit = document.querySelector(`#today-list > li[data-id="${id}"] [data-do=edit]`);
  if (!edit) return "not there";
  edit.click();
  const on = document.querySelectorAll("#contact-form [data-topic][aria-pressed=true]");
  for (const tile of on) tile.click();
  document.querySelector(`#contact-form [data-topic="${topic}"]`).click();
  by("saved").replaceChildren();
  by("save").click();
  return saved();
}"""
VOID = """async ({ id }) => {
  const remove = document.querySelector(`#today-list > li[data-id="${id}"] [data-do=remove]`);
  if (!remove) return "not there";
  remove.click();
  by("saved").replaceChildren();
  document.querySelector("#remove-dialog button[value=remove]").click();
  return until(() => by("saved").textContent ? "saved" : by("remove-fault").textContent);
}"""
# Also on a page that is just opening: from then on it is locked.
LOCK = """async () => {
  by("lock-form").requestSubmit();
  await until(() => "locked" in document.body.dataset);
}"""
UNLOCK = """async ({ person, code, confirm }) => {
  by("unlock").click();
  await until(() => by("unlock-dialog").open);
  [...by("unlock-people").children].find((tile) => tile.dataset.id === person).click();
  by("unlock-code").value = code;
  by("unlock-go").click();
  const opened = () => !("locked" in document.body.dataset) && "open";
  const outcome = await until(() => opened() || by("unlock-fault").textContent);
  if (outcome !== "open") { by("unlock-cancel").click(); return outcome; }
  for (let left = 25; left > 0; left -= 1) {
    for (const [id, value] of [["confirm-dialog", confirm], ["draft-dialog", "drop"]]) {
      if (by(id).open) by(id).querySelector(`[value=${value}]`).click();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return outcome;
}"""
STATE = """() => ({
  locked: "locked" in document.body.dataset,
  capture: document.body.dataset.capture !== "closed" || !("locked" in document.body.dataset),
  ready: !by("view-home").hidden,
  rows: [...document.querySelectorAll("#today-list > li:not(.today__row--gone)")]
    .map((li) => li.dataset.id),
})"""
LINK_LATER = """async ({ given, family, gender, age, topic }) => {
  by("new-with-person").click();
  await until(() => !by("people-later").hidden);
  by("people-later").click();
  await until(() => !by("view-form").hidden);
  for (const [name, value] of [["gender", gender], ["age_band", age]]) {
    document.querySelector(`#contact-form input[name="${name}"][value="${value}"]`).click();
  }
  document.querySelector(`#contact-form [data-topic="${topic}"]`).click();
  for (const [id, text] of [["later-given", given], ["later-family", family]]) {
    by(id).value = text;
    by(id).dispatchEvent(new Event("input", { bubbles: true }));
  }
  by("saved").replaceChildren();
  by("save").click();
  const outcome = await saved();
  if (outcome !== "saved") document.querySelector("#view-form [data-go=home]").click();
  return outcome;
}"""
# The list of the day as it can be read on the screen, all of it.
SHOWN = """() => {
  if (!by("today-all").hidden) by("today-all").click();
  const tiles = [...document.querySelectorAll("#topics [data-topic]")];
  const text = (li, name) => li.querySelector(name).textContent.trim();
  return [...document.querySelectorAll("#today-list > li")].map((li) => ({
    id: li.dataset.id,
    gone: li.classList.contains("today__row--gone"),
    time: text(li, ".today__time"),
    topics: tiles
      .filter((tile) => text(li, ".today__about").includes(text(tile, "span")))
      .map((tile) => tile.dataset.topic),
  }));
}"""
