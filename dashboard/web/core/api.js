// Requests besides Dash's callbacks: JSON in, JSON out, and an error message if they fail.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const UNREACHABLE = "The dashboard's server does not answer.";

  async function request(path, options) {
    let response;
    try {
      response = await window.fetch(`/api/v1${path}`, options);
    } catch (error) {
      throw new Error(UNREACHABLE, { cause: error });
    }
    // The session has expired: the login page is served instead.
    if (response.redirected) window.location.reload();
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Error((answer && [answer.problem, answer.remedy].filter(Boolean).join(" ")) || `The server answers ${response.status}.`);
    // Truncated, for instance by leaving the page: an empty response would be drawn as data.
    if (answer === null) throw new Error("The server's response was incomplete.");
    return answer;
  }

  tt.api = {
    get: (path) => request(path, {}),
    post: (path, body) => request(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    }),
  };

  // Elements with properties and children; text is never markup.
  tt.make = function (tag, properties, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name.includes("-")) node.setAttribute(name, value);
      else node[name] = value;
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
})();
