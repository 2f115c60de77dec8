
/**
 * What this browser keeps, as text. Where storage is not allowed, nothing is kept.
 * @param {"localStorage" | "sessionStorage"} name
 */
function tolerant(name) {
  /**
   * @template T
   * @param {(storage: Storage) => T} use
   */
  const attempt = (use) => {
    try {
      return use(window[name]);
    } catch {
      return null;
    }
  };
  return {
    /** @param {string} key */
    read: (key) => attempt((storage) => storage.getItem(key)),
    /**
     * @param {string} key
     * @param {string} text
     */
    write(key, text) { attempt((storage) => storage.setItem(key, text)); },
    /** @param {string} key */
    remove(key) { attempt((storage) => storage.removeItem(key)); },
    /**
     * Returns null for what is no JSON, too.
     * @param {string} key
     */
    readJson: (key) => attempt((storage) => JSON.parse(storage.getItem(key) ?? "null")),
  };
}

export const ofBrowser = tolerant("localStorage");
export const ofTab = tolerant("sessionStorage");
