// The columns of a table, their order and widths: chosen in a menu, stored in this
// browser, separately for narrow screens.
import { make } from "./elements.js";
import { ofBrowser } from "./storage.js";

const NARROW = 768;
const GAP = 4;

/**
 * @param {string} id
 * @param {string[]} narrow the columns that a narrow screen leaves out unless they are chosen
 */
export function followColumns(id, narrow) {
  const isNarrow = () => window.innerWidth < NARROW;
  const keptAs = () => `truetape.columns.${id}${isNarrow() ? ".narrow" : ""}`;

  /** @returns {GridColumnState[] | null} */
  function kept() {
    const state = ofBrowser.readJson(keptAs());
    return Array.isArray(state) && state.length ? state : null;
  }

  /** @param {GridApi} grid */
  function keep(grid) {
    const state = grid.getColumnState().map(({ colId, hide, width, flex }) => ({ colId, hide, width, flex }));
    ofBrowser.write(keptAs(), JSON.stringify(state));
  }

  /** @param {GridApi} grid */
  function arrange(grid) {
    const state = kept();
    if (state) grid.applyColumnState({ state, applyOrder: true });
    else if (isNarrow()) grid.setColumnsVisible(narrow, false);
  }

  /** @param {GridApi} grid */
  function follow(grid) {
    arrange(grid);
    // Changes by scripts or by the window's width are not stored.
    const chosen = (/** @type {{finished: boolean, source: string}} */ { finished, source }) => { if (finished && source.startsWith("ui")) keep(grid); };
    grid.addEventListener("columnMoved", chosen);
    grid.addEventListener("columnResized", chosen);
  }

  /** @param {GridApi} grid */
  function reset(grid) {
    ofBrowser.remove(keptAs());
    grid.resetColumnState();
    arrange(grid);
  }

  /**
   * @param {GridApi} grid
   * @param {GridColumn} column
   */
  function item(grid, column) {
    const { headerName, headerTooltip, lockVisible } = column.getColDef();
    const box = make("input", { type: "checkbox", checked: column.isVisible(), disabled: Boolean(lockVisible), name: column.getColId() });
    box.addEventListener("change", () => {
      grid.setColumnsVisible([column.getColId()], box.checked);
      keep(grid);
    });
    return make("label", { className: "menu-line", title: headerTooltip || "" }, box, make("span", { textContent: headerName }));
  }

  /**
   * @param {GridApi} grid
   * @param {HTMLElement} button
   */
  function open(grid, button) {
    const columns = grid.getAllGridColumns().filter((column) => column.getColDef().headerName);
    const again = make("button", { type: "button", className: "text-button", textContent: "Reset" });
    const menu = make("div", { className: "menu", popover: "auto", role: "group", "aria-label": "Columns" },
      ...columns.map((column) => item(grid, column)), again);
    again.addEventListener("click", () => {
      reset(grid);
      menu.remove();
    });
    menu.addEventListener("toggle", (event) => { if (/** @type {ToggleEvent} */ (event).newState === "closed") menu.remove(); });
    document.body.append(menu);
    menu.showPopover();
    const { bottom, left } = button.getBoundingClientRect();
    menu.style.top = `${bottom + GAP}px`;
    menu.style.left = `${Math.max(GAP, Math.min(left, window.innerWidth - menu.offsetWidth - GAP))}px`;
    menu.style.maxHeight = `${window.innerHeight - bottom - 3 * GAP}px`;
    [...menu.getElementsByTagName("input")].find(({ disabled }) => !disabled)?.focus();
  }

  return { follow, open };
}
