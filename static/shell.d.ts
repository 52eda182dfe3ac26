/** What the server writes above the service worker. */
declare const SHELL: {
  /** Tells this shell from every other one: made from all that is in it. */
  version: string;
  /** Everything that a tablet needs without a network: its address, and the digest of its content (as for `integrity`). */
  files: [address: string, digest: string][];
};
