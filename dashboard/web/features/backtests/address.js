// The address of the Backtests page, which selects what is shown.
import { setProps } from "../../core/props.js";

export function go(query) {
  const search = new URLSearchParams(query).toString();
  setProps("backtests-url", { search: search ? `?${search}` : "" });
}
