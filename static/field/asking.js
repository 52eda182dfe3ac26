/** Asking the server as this tablet and whoever is signed in on it. */
import { send } from "./sending.js";
import { look, meta } from "./store.js";

/**
 * @param {string} method @param {string} path @param {object} [body] @param {number} [patience] milliseconds
 * @returns {Promise<import("./sending.js").Answer<any>>}
 */
export async function here(method, path, body, patience) {
  const tablet = await look((transaction) => meta(transaction, "device"));
  return send(method, path, { ...(body && { body }), ...(tablet && { token: tablet.token }), ...(patience && { patience }) });
}
