// The entry: loads every part of the pages, then starts Dash, whose callbacks and tables call them.
import * as liveSocket from "./core/live.js";
import { ofTab } from "./core/storage.js";
import "./core/figures.js";
import "./core/grids.js";
import "./chart/layouts.js";
import "./chart/signal-dialog.js";
import "./features/shell/shell.js";
import "./features/shell/fleet.js";
import "./features/shell/user.js";
import "./features/shell/alert-toasts.js";
import "./features/market/page.js";
import "./features/shell/pages.js";
import "./features/backtests/page.js";
import "./features/bots/page.js";
import "./features/bots/bot-page.js";
import "./features/system/overview.js";
import "./features/system/logs.js";
import "./features/system/alerts.js";
import "./features/system/quality.js";
import "./features/system/access.js";

ofTab.remove("truetape.reloaded");
liveSocket.start();
new window.DashRenderer();
