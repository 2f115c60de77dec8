// Requests besides Dash's callbacks: JSON in, JSON out, and an error message if they fail.
// The version of the API that this code is written for.
export const ROOT = "/api/v1";
const UNREACHABLE = "The dashboard's server does not answer.";

/** The error of a request. `isTransient`: the same request may succeed later. */
export class RequestError extends Error {
  /**
   * @param {string} text
   * @param {boolean} isTransient
   * @param {unknown} [cause]
   */
  constructor(text, isTransient, cause) {
    super(text, { cause });
    this.isTransient = isTransient;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function request(path, options) {
  let response;
  try {
    response = await window.fetch(`${ROOT}${path}`, options);
  } catch (error) {
    throw new RequestError(UNREACHABLE, true, error);
  }
  // The session has expired: the login page is served instead.
  if (response.redirected) window.location.reload();
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const text = answer && [answer.problem, answer.remedy].filter(Boolean).join(" ");
    throw new RequestError(text || `The server answers ${response.status}.`, response.status >= 500);
  }
  // Truncated, for instance by leaving the page: an empty response would be drawn as data.
  if (answer === null) throw new RequestError("The server's response was incomplete.", true);
  return answer;
}

/**
 * @param {string} path
 * @returns {Promise<any>} the response's JSON; the caller names its model
 */
export const get = (path) => request(path, {});

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export const post = (path, body) => request(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});
