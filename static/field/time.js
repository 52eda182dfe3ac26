/**
 * Times as a worker thinks of them ("a quarter ago", "Monday at two") and as the server wants them.
 *
 * @typedef {{kind: "ago", minutes: number} | {kind: "clock", date: string, time: string} | {kind: "instant", at: string}} When
 *   minutes before now; a local date (YYYY-MM-DD) and time (HH:MM), empty while not chosen; or an exact instant that
 *   is not to change
 */

/** How far back a caseworker may put a contact, in days. */
export const DAYS_BACK = 14;

const two = (/** @type {number} */ number) => String(number).padStart(2, "0");

/** @param {Date} at @returns {string} local YYYY-MM-DD */
export function localDate(at) {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** @param {Date} at @returns {string} local HH:MM */
export function clock(at) {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** @param {Date} at @returns {string} ISO 8601 with the offset of this place at that time */
export function withOffset(at) {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${localDate(at)}T${clock(at)}:${two(at.getSeconds())}${offset}`;
}

/**
 * @param {When} when
 * @param {Date} now
 * @returns {Date | null} null while it is not a time that was chosen
 */
export function instantOf(when, now) {
  if (when.kind === "ago") return new Date(now.getTime() - when.minutes * 60_000);
  const at = new Date(when.kind === "instant" ? when.at : `${when.date}T${when.time}`);
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
