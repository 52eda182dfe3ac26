/** Whether this tablet is enrolled: asked by the service worker and by pages, and answered by what lies on the tablet. */

/**
 * Reads only. Where there is no database yet none is made: making it, with its stores, is the field page's to do.
 * @returns {Promise<boolean>} false also when the database cannot be read
 */
export function isEnrolled() {
  return new Promise((resolve) => {
    const opening = indexedDB.open("outreach");
    // It was not there: what has just been begun is taken back whole.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => resolve(false);
    opening.onsuccess = () => {
      const database = opening.result;
      // Whoever wants to change the stores must not have to wait for us.
      database.onversionchange = () => database.close();
      resolve(hasDevice(database).finally(() => database.close()));
    };
  });
}

/** @param {IDBDatabase} database @returns {Promise<boolean>} */
async function hasDevice(database) {
  if (!database.objectStoreNames.contains("meta")) return false;
  const asked = database.transaction("meta").objectStore("meta").getKey("device");
  return new Promise((resolve) => {
    asked.onsuccess = () => resolve(asked.result !== undefined);
    asked.onerror = () => resolve(false);
  });
}
