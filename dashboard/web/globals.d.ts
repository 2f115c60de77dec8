// Names on `window` that other scripts of the page define, or by which they call these modules.

interface DashNamespace {
  [name: string]: unknown;
  no_update: unknown;
  set_props(id: string, props: Record<string, unknown>): void;
  callback_context: { triggered_id: string | undefined; outputs_list: { id: string } };
}

interface PlotlyElement extends HTMLElement {
  data?: unknown[];
  layout: { xaxis: { range: (number | string)[] } };
  _fullLayout: { margin: { t: number; b: number }; height: number };
  on(event: string, handler: (event: any) => void): void;
  removeAllListeners(event: string): void;
}

interface Window {
  dash_clientside: DashNamespace;
  dashAgGridFunctions?: Record<string, Function>;
  dashAgGridComponentFunctions?: Record<string, Function>;
  dashTvlwcFunctions?: Record<string, Function>;
  dash_ag_grid: { getApiAsync(id: string): Promise<any> };
  DashRenderer: new () => unknown;
  React: { createElement(type: string, props: object, ...children: unknown[]): unknown };
  Plotly: { react(host: HTMLElement, data: object[], layout: object, config: object): Promise<void> };
}
