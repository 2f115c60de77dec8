// The plot of a bot.
import * as format from "../../core/format.js";
import { axis, frame, line, ms, timeAxis, titled } from "../../core/plots.js";

const PERCENT = { hovertemplate: "%{y:.2%}" };

export function worth(curve, palette) {
  const x = ms(curve.time);
  const hover = format.moneyHover(curve.equity, curve.currency);
  const money = { hovertemplate: `%{y:${hover}}` };
  return {
    data: [
      ...(curve.held ? [line(ms(curve.held.time), curve.held.equity, "Buy and hold", palette.text, {
        ...money, line: { color: palette.text, width: 1.1, dash: "dot" },
      })] : []),
      line(x, curve.equity, "Equity", palette.up, { ...money, line: { color: palette.up, width: 1.6, shape: "hv" } }),
      line(x, curve.drawdown, "Drawdown", palette.down, {
        yaxis: "y2", fill: "tozeroy", fillcolor: palette.downFill, ...PERCENT,
        line: { color: palette.down, width: 1.6, shape: "hv" },
      }),
    ],
    layout: frame(palette, {
      height: 280, showlegend: false, margin: { l: 80, r: 14, t: 8, b: 28 },
      xaxis: timeAxis(palette, { anchor: "y2" }),
      yaxis: axis(palette, { domain: [0.36, 1], tickformat: format.TICKS, title: titled(titleOf("Equity", curve), palette) }),
      yaxis2: axis(palette, { domain: [0, 0.28], tickformat: ".2%", title: titled("Drawdown", palette), nticks: 3 }),
    }),
  };
}

const titleOf = (text, { currency }) => (currency ? `${text}, ${currency}` : text);
