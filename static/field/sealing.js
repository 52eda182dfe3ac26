/**
 * Sealing what is written here. What goes to the server is sealed to the server's public key, what one reads again
 * oneself to one's own, whose other half lies under the plattkod: so both can be written while nothing can be read.
 * HPKE (RFC 9180): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 */
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Of a point of the curve, uncompressed: what comes before the sealed text itself. */
const POINT_BYTES = 65;
/** How much is written hides behind full blocks: a thief learns that something was, not what kind of thing. */
const BLOCK = 1024;

/** What deriving a key from a short code costs: about a seventh of a second on a tablet. */
export const ITERATIONS = 600_000;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;

const writer = new TextEncoder();
const reader = new TextDecoder();

/** @param {unknown} content anything JSON can say @returns {Bytes} */
function padded(content) {
  const written = writer.encode(JSON.stringify(content));
  const whole = new Uint8Array(Math.ceil(written.length / BLOCK) * BLOCK).fill(0x20); // spaces, which JSON lets stand
  whole.set(written);
  return whole;
}

/**
 * @param {Bytes} publicKey a point, uncompressed
 * @param {string} info what it is about: it opens as nothing else
 * @param {unknown} content anything JSON can say
 * @returns {Promise<Bytes>}
 */
export async function seal(publicKey, info, content) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: writer.encode(info) });
  const sealed = new Uint8Array(await sender.seal(padded(content)));
  const whole = new Uint8Array(POINT_BYTES + sealed.length);
  whole.set(new Uint8Array(sender.enc));
  whole.set(sealed, POINT_BYTES);
  return whole;
}

/**
 * @param {CryptoKey} privateKey
 * @param {string} info
 * @param {Bytes} sealed
 * @returns {Promise<any>} what was sealed; fails for anything that was not, or not as this
 */
export async function open(privateKey, info, sealed) {
  const recipient = await suite.createRecipientContext({
    recipientKey: privateKey,
    enc: sealed.slice(0, POINT_BYTES),
    info: writer.encode(info),
  });
  return JSON.parse(reader.decode(await recipient.open(sealed.slice(POINT_BYTES))));
}

/**
 * A pair of one's own: the half that everything is sealed to, and the other under the code.
 * @param {string} code
 * @returns {Promise<{public: Bytes, wrapped: Bytes, salt: Bytes, iterations: number, key: CryptoKey}>}
 */
export async function newPair(code) {
  const pair = await suite.kem.generateKeyPair();
  const secret = new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey));
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const under = await keyOf(code, salt, ITERATIONS);
  const closed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, under, secret));
  const wrapped = new Uint8Array(NONCE_BYTES + closed.length);
  wrapped.set(nonce);
  wrapped.set(closed, NONCE_BYTES);
  secret.fill(0);
  return { public: new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)), wrapped, salt, iterations: ITERATIONS, key: pair.privateKey };
}

/**
 * @param {string} code
 * @param {{public: Bytes, wrapped: Bytes, salt: Bytes, iterations: number}} kept
 * @returns {Promise<CryptoKey | null>} null when it is not the code
 */
export async function unwrap(code, { public: point, wrapped, salt, iterations }) {
  const under = await keyOf(code, salt, iterations);
  try {
    const iv = wrapped.slice(0, NONCE_BYTES);
    const secret = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, under, wrapped.slice(NONCE_BYTES)));
    const key = await privateKey(secret, point);
    secret.fill(0);
    return key;
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

/**
 * The secret half with the public one beside it. Opening needs both; Firefox cannot tell the public half from the secret
 * one, and half of the guesses that the library then makes are wrong.
 * @param {Bytes} secret @param {Bytes} point uncompressed: a byte that says so, then x and y
 * @returns {Promise<CryptoKey>}
 */
function privateKey(secret, point) {
  const half = (POINT_BYTES + 1) / 2;
  const [x, y] = [toBase64url(point.slice(1, half)), toBase64url(point.slice(half))];
  return suite.kem.importKey("jwk", { kty: "EC", crv: "P-256", x, y, d: toBase64url(secret) }, false);
}

/** @param {string} code @param {Bytes} salt @param {number} iterations */
async function keyOf(code, salt, iterations) {
  const typed = await crypto.subtle.importKey("raw", writer.encode(code), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    typed,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** @param {Bytes} bytes @returns {Promise<string>} SHA-256 in hexadecimal digits */
export async function sha256(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Bytes} bytes */
export function toBase64url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} text @returns {Bytes} */
export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}
