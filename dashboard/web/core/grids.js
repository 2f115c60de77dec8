// Tables of AG Grid: filled once they are mounted, and their formats.
import * as clientside from "./clientside.js";
import * as format from "./format.js";
import { setProps } from "./props.js";

export function fillGrid(id, rowData) {
  window.dash_ag_grid.getApiAsync(id).then((grid) => {
    grid.deselectAll();
    setProps(id, { rowData });
  });
}

clientside.addGridFunctions({
  ttNumber: (value, decimals) => format.number(value, decimals),
  ttMoney: (value, currency) => format.money(value, currency || ""),
  ttProfit: (value, currency) => format.profit(value, currency || ""),
  ttPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
    : `${format.number(value * 100, 2)} %`),
  ttSignedPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
    : `${format.signed(value * 100, 2)} %`),
  ttPrice: (value) => format.price(value),
  ttTime: (value) => format.barTime(value, 60),
  ttTags: (value) => (value || []).join(", "),
});
