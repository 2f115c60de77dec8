// Tables of AG Grid: filled once they are mounted, and their formats.
import * as clientside from "./clientside.js";
import * as format from "./format.js";
import { setProps } from "./props.js";

/**
 * @param {string} id
 * @param {object[]} rowData
 */
export function fillGrid(id, rowData) {
  window.dash_ag_grid.getApiAsync(id).then((grid) => {
    grid.deselectAll();
    setProps(id, { rowData });
  });
}

/** @typedef {number | null | undefined} Value */
clientside.addGridFunctions({
  /** @type {(value: Value, decimals: number) => string} */
  ttNumber: (value, decimals) => format.number(value, decimals),
  /** @type {(value: Value, currency: string) => string} */
  ttMoney: (value, currency) => format.money(value, currency || ""),
  /** @type {(value: Value, currency: string) => string} */
  ttProfit: (value, currency) => format.profit(value, currency || ""),
  /** @type {(value: Value) => string} */
  ttPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
    : `${format.number(value * 100, 2)} %`),
  /** @type {(value: Value) => string} */
  ttSignedPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
    : `${format.signed(value * 100, 2)} %`),
  /** @type {(value: Value) => string} */
  ttPrice: (value) => format.price(value),
  /** @type {(value: number) => string} */
  ttTime: (value) => format.barTime(value, 60),
  /** @type {(value: number) => string} */
  ttSecond: (value) => format.barTime(value, 1),
  /** @type {(value: string[] | null) => string} */
  ttTags: (value) => (value || []).join(", "),
});

/**
 * A link to the page of a value; the column's `path` is that of its pages.
 * @param {{value: string, colDef: {cellRendererParams: {path: string}}}} cell
 */
function Link({ value, colDef }) {
  const pathname = `${colDef.cellRendererParams.path}${encodeURIComponent(value)}`;
  /** @param {MouseEvent} event */
  const visit = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    window.dash_clientside.set_props("url", { pathname, search: "" });
  };
  return window.React.createElement("a", { href: pathname, onClick: visit }, value);
}

clientside.addGridComponents({ TtLink: Link });
