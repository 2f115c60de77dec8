// Requests of our own beside Dash's callbacks: JSON in, JSON out, and a sentence if it went wrong.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const UNREACHABLE = "The dashboard's server does not answer.";

  async function ask(path, options) {
    let response;
    try {
      response = await window.fetch(path, options);
    } catch (error) {
      throw new Error(UNREACHABLE, { cause: error });
    }
    // The session has ended: the login is served instead.
    if (response.redirected) window.location.reload();
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Error((answer && answer.problem) || `The server answers ${response.status}.`);
    // Cut off, by leaving the page for instance: an empty answer would be drawn as if it were one.
    if (answer === null) throw new Error("The server's answer was cut off.");
    return answer;
  }

  tt.api = {
    get: (path) => ask(path, {}),
    post: (path, body) => ask(path, {
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
