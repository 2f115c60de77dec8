// Requests besides Dash's callbacks: JSON in, JSON out, and an error message if they fail.
// The version of the API that this code is written for.
export const ROOT = "/api/v1";
const UNREACHABLE = "The dashboard's server does not answer.";

/** @typedef {{field: string, text: string}} FieldProblem */

/** The error of a request. `isTransient`: it may succeed later; `problems`: of a form's fields. */
export class RequestError extends Error {
  /**
   * @param {string} text
   * @param {boolean} isTransient
   * @param {{cause?: unknown, problems?: FieldProblem[]}} [details]
   */
  constructor(text, isTransient, { cause, problems = [] } = {}) {
    super(text, { cause });
    this.isTransient = isTransient;
    this.problems = problems;
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
    throw new RequestError(UNREACHABLE, true, { cause: error });
  }
  // The session has expired: the login page is served instead.
  if (response.redirected) window.location.reload();
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const text = answer && [answer.problem, answer.remedy].filter(Boolean).join(" ");
    throw new RequestError(
      text || `The server answers ${response.status}.`, response.status >= 500, { problems: answer?.problems }
    );
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
