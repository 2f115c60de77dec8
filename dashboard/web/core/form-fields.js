// One row of a form from the server's description of a field: name, control, hint, problem.
import { make } from "./elements.js";


/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} type
 * @property {string} label
 * @property {string} description
 * @property {(string | number)[]} choices
 * @property {string | number | boolean | null} default
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {boolean} above
 * @property {boolean} below
 * @property {string} [range] values to try in a sweep
 * @param {Field} field
 */
function range({ minimum, maximum, above, below, type, default: usual }) {
  const parts = [];
  if (minimum !== null) parts.push(`${above ? "above" : "at least"} ${minimum}`);
  if (maximum !== null) {
    parts.push(`${below ? "below" : "at most"} ${Number(maximum).toLocaleString("en-US")}`);
  }
  if (usual !== null && type !== "choice") parts.push(`default ${usual}`);
  return parts.join(", ");
}

/** @param {Field} field */
function control(field) {
  const { name, type, choices } = field;
  const common = { name, className: "field", "aria-label": field.label };
  const options = type === "boolean" ? ["true", "false"] : choices;
  if (options.length) {
    const blank = field.default === null ? [["", "default of the strategy"]] : [];
    const named = options.map((text) => [String(text), String(text).replaceAll("_", " ")]);
    return make("select", common, ...[...blank, ...named].map(([value, textContent]) =>
      make("option", { value, textContent })));
  }
  if (type === "time") return make("input", { ...common, type: "datetime-local", step: 60 });
  const made = make("input", { ...common, type: "text", autocomplete: "off" });
  if (type === "integer") made.inputMode = "numeric";
  if (type === "number") made.inputMode = "decimal";
  if (field.default === null && name !== "instrument") made.placeholder = "none";
  return made;
}

/** @param {Field} field */
export const usualText = ({ default: value }) => (value === null ? "" : String(value));

/**
 * @param {Field} field
 * @param {...(Node | null)} more
 */
export function formRow(field, ...more) {
  const made = control(field);
  made.value = usualText(field);
  const hint = [field.description, range(field)].filter(Boolean).join("; ").replaceAll("`", "");
  return make("label", { className: "form-row", "data-field": field.name },
    make("span", { className: "form-name", textContent: field.label }), made,
    make("small", { className: "hint", textContent: hint }), ...more,
    make("small", { className: "field-problem", role: "alert" }));
}
