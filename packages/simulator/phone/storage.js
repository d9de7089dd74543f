/** What the phone remembers in this browser. Where storage is blocked it works without. */

/** @param {string} key */
export function readStored(key) {
  try {
    const value = JSON.parse(localStorage.getItem(key) ?? '{}')
    return value !== null && typeof value === 'object' ? value : {}
  } catch {
    return {}
  }
}

/** @param {string} key @param {object} value */
export function writeStored(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Nothing depends on it but read marks and choices.
  }
}
