/**
 * A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random. The id is made when a form opens, so that the
 * same form sent twice is the same contact.
 * @param {number} [now] milliseconds since 1970
 */
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(now) << 16n) | (7n << 12n) | BigInt(((bytes[6] ?? 0) << 8 | (bytes[7] ?? 0)) & 0x0fff));
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * The next id: for the same form once more, when the contact that has its id was taken back. Always the same, so that
 * this one too is known again.
 * @param {string} id
 */
export function idAfter(id) {
  const next = (BigInt(`0x${id.slice(24)}`) + 1n) & 0xffffffffffffn;
  return id.slice(0, 24) + next.toString(16).padStart(12, "0");
}
