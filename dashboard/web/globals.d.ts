// Names on `window` that other scripts of the page define, or by which they call these modules.

interface DashNamespace {
  [name: string]: unknown;
  no_update: unknown;
  set_props(id: string, props: Record<string, unknown>): void;
  callback_context: { triggered_id: string | undefined; outputs_list: { id: string } };
}

interface PlotlyPoints {
  points: { x: number | string; customdata: string }[];
}

interface PlotlyElement extends HTMLElement {
  data?: unknown[];
  layout: { xaxis: { range: (number | string)[] } };
  _fullLayout: { margin: { t: number; b: number }; height: number };
  on(event: "plotly_click" | "plotly_hover" | "plotly_unhover", handler: (event: PlotlyPoints) => void): void;
  on(event: "plotly_relayout", handler: (change: Record<string, unknown>) => void): void;
  removeAllListeners(event: string): void;
}

// The rows that a file leaves out and the texts that it has, of AG Grid's own export.
interface GridExport {
  fileName: string;
  columnKeys: GridColumn[];
  shouldRowBeSkipped(row: { node: { data: object } }): boolean;
  processHeaderCallback(header: { column: GridColumn }): string;
  processCellCallback(cell: { column: GridColumn; value: unknown }): unknown;
}

interface GridColumn {
  getColId(): string;
  getColDef(): { headerName?: string; headerTooltip?: string; lockVisible?: boolean; field?: string };
  isVisible(): boolean;
}

interface GridColumnState {
  colId: string;
  hide?: boolean | null;
  width?: number;
  flex?: number | null;
}

// AG Grid's own interface, as far as it is used here.
interface GridApi {
  deselectAll(): void;
  getRowNode(id: string): object | undefined;
  refreshCells(which: { columns: string[]; force: boolean }): void;
  exportDataAsCsv(how: GridExport): void;
  getAllDisplayedColumns(): GridColumn[];
  getAllGridColumns(): GridColumn[];
  getColumnState(): GridColumnState[];
  applyColumnState(how: { state: GridColumnState[]; applyOrder: boolean }): void;
  setColumnsVisible(columns: string[], visible: boolean): void;
  resetColumnState(): void;
  addEventListener(event: string, handler: (event: { finished: boolean; source: string }) => void): void;
}

interface Window {
  dash_clientside: DashNamespace;
  dashAgGridFunctions?: Record<string, Function>;
  dashAgGridComponentFunctions?: Record<string, Function>;
  dashTvlwcFunctions?: Record<string, Function>;
  dash_ag_grid: { getApiAsync(id: string): Promise<GridApi> };
  DashRenderer: new () => unknown;
  React: { createElement(type: string, props: object, ...children: unknown[]): unknown };
  Plotly: { react(host: HTMLElement, data: object[], layout: object, config: object): Promise<void> };
}
