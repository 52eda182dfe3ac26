/**
 * Times as a worker thinks of them ("a quarter ago", "Monday at two") and as the server wants them.
 *
 * @typedef {{kind: "ago", minutes: number} | {kind: "clock", date: string, time: string} | {kind: "instant", at: string}} When
 *   minutes before now; a local date (YYYY-MM-DD) and time (HH:MM), empty while not chosen; or an exact instant that
 *   is not to change
 */

/** How far back a caseworker may put a contact, in days. */
export const DAYS_BACK = 14;

/** The clock on the wall is Solna's, whatever zone the device was set up in. */
export const ZONE = "Europe/Stockholm";

const WALL = new Intl.DateTimeFormat("sv-SE", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** @param {Date} at @returns {string} what the wall shows, as YYYY-MM-DDTHH:MM:SS */
function onTheWall(at) {
  const shown = Object.fromEntries(WALL.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${shown.year}-${shown.month}-${shown.day}T${shown.hour}:${shown.minute}:${shown.second}`;
}

/** @param {Date} at @returns {number} how many minutes the wall is ahead of UTC then */
function minutesAhead(at) {
  return Math.round((Date.parse(`${onTheWall(at)}Z`) - at.getTime()) / 60_000);
}

/**
 * The instant at which the wall shows a date and time: of two, in the autumn night, the first; for a time that the
 * spring night skips, what it would have been by the clock of the evening before.
 * @param {string} date @param {string} time
 */
function fromTheWall(date, time) {
  const asUtc = new Date(`${date}T${time}Z`);
  if (Number.isNaN(asUtc.getTime())) return asUtc;
  const ahead = (/** @type {Date} */ on) => new Date(asUtc.getTime() - minutesAhead(on) * 60_000);
  const byTheEvening = ahead(new Date(asUtc.getTime() - 24 * 3_600_000));
  const byTheMorning = ahead(byTheEvening);
  return [byTheEvening, byTheMorning].find((at) => onTheWall(at).startsWith(`${date}T${time}`)) ?? byTheEvening;
}

/** @param {Date} at @returns {string} the date in Solna, YYYY-MM-DD */
export function localDate(at) {
  return onTheWall(at).slice(0, 10);
}

/** @param {Date} at @returns {string} the time in Solna, HH:MM */
export function clock(at) {
  return onTheWall(at).slice(11, 16);
}

/** @param {Date} at @returns {string} ISO 8601 with Solna's offset then */
export function withOffset(at) {
  const minutes = minutesAhead(at);
  const size = Math.abs(minutes);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${onTheWall(at)}${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * @param {When} when
 * @param {Date} now
 * @returns {Date | null} null while it is not a time that was chosen
 */
export function instantOf(when, now) {
  if (when.kind === "ago") return new Date(now.getTime() - when.minutes * 60_000);
  const at = when.kind === "instant" ? new Date(when.at) : fromTheWall(when.date, when.time);
  return Number.isNaN(at.getTime()) ? null : at;
}

/**
 * Whether a contact may be said to have happened then: not ahead, and not further back than a caseworker may go.
 * @param {Date} at
 * @param {Date} now
 */
export function isAllowed(at, now) {
  const earliest = new Date(now);
  earliest.setDate(earliest.getDate() - DAYS_BACK);
  return at.getTime() <= now.getTime() + 60_000 && at.getTime() >= earliest.getTime();
}
