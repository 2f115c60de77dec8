// Sizes, limits and ages in the tables of bots.
import * as format from "../../core/format.js";

export const size = (value) => (value ? `${value > 0 ? "+" : ""}${format.size(value)}` : "flat");

export const ofLimit = (share, limit) => (
  `${format.number(share * 100, 1)} %${limit ? ` of ${format.number(limit * 100, 1).replace(/\.0$/, "")} %` : ""}`);

export const ago = (seconds) => (seconds ? format.age(Date.now() / 1000 - seconds) : "");
