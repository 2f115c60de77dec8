// What this browser keeps, as text. Where storage is not allowed, nothing is kept.
function tolerant(name) {
  const attempt = (use) => {
    try {
      return use(window[name]);
    } catch {
      return null;
    }
  };
  return {
    read: (key) => attempt((storage) => storage.getItem(key)),
    write(key, text) { attempt((storage) => storage.setItem(key, text)); },
    remove(key) { attempt((storage) => storage.removeItem(key)); },
    // Returns null for what is no JSON, too.
    readJson: (key) => attempt((storage) => JSON.parse(storage.getItem(key))),
  };
}

export const ofBrowser = tolerant("localStorage");
export const ofTab = tolerant("sessionStorage");
