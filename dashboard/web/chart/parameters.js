// Fields for the parameters of indicators and strategies, from the server's description.
import { make } from "../core/elements.js";

/** @typedef {import("./series.js").Parameter} Parameter */

/**
 * @typedef {string | number | boolean | null} Value
 * @param {Parameter} parameter
 */
function bounds({ minimum, maximum, above, below, default: usual }) {
  if (minimum === null || minimum === undefined) return `default ${usual}`;
  const low = above ? `above ${minimum}` : minimum;
  const high = below ? `below ${maximum}` : Number(maximum).toLocaleString("en-US");
  return `${low} to ${high}, default ${usual}`;
}

/**
 * @param {Record<string, Value>} chosen
 * @param {Parameter} parameter
 */
export function parameterField(chosen, parameter) {
  const { name, type } = parameter;
  const value = name in chosen ? chosen[name] : parameter.default;
  const choices = type === "boolean" ? ["true", "false"] : parameter.choices;
  const input = choices.length
    ? make("select", { name: `parameter.${name}`, className: "field" },
      ...choices.map((text) => make("option", { value: text, textContent: text })))
    : make("input", {
      name: `parameter.${name}`, className: "field", required: true,
      type: type === "string" ? "text" : "number", step: type === "integer" ? 1 : "any",
    });
  input.value = String(value);
  return make(
    "label", { className: "form-row", "data-field": name },
    make("span", { className: "form-name", textContent: name.replaceAll("_", " ") }), input,
    make("small", { textContent: `${parameter.description} (${bounds(parameter)})` }),
    make("small", { className: "field-problem", role: "alert" })
  );
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export const inputOf = (form, name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (form.elements.namedItem(name));

/**
 * @param {HTMLFormElement} form
 * @param {Parameter} parameter
 * @returns {Value}
 */
export function readParameter(form, { name, type }) {
  const { value } = inputOf(form, `parameter.${name}`);
  if (type === "choice" || type === "string") return value;
  if (type === "boolean") return value === "true";
  return value === "" ? null : Number(value);
}
