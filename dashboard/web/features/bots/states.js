// The states of bots, and sums of their money.
export const STATES = {
  created: ["○", "New"], warming_up: ["◔", "Warming up"], running: ["▶", "Running"],
  paused: ["❚❚", "Paused"], stopping: ["◑", "Stopping"], stopped: ["■", "Stopped"],
  degraded: ["!", "Degraded"], failed: ["✕", "Failed"], archived: ["▽", "Archived"],
};

// States that require a user's action come first.
export const RANK = {
  failed: 0, degraded: 1, stopping: 2, warming_up: 3, running: 3, paused: 4, created: 5, stopped: 6, archived: 9,
};

// Return the sums of fields by quote currency, that of most rows first: never added up.
export function byCurrency(rows, fields) {
  const found = new Map();
  for (const row of rows) {
    const sums = found.get(row.currency) || { currency: row.currency, bots: 0, ...Object.fromEntries(fields.map((field) => [field, 0])) };
    sums.bots += 1;
    for (const field of fields) sums[field] += row[field];
    found.set(row.currency, sums);
  }
  return [...found.values()].sort((one, other) => other.bots - one.bots || one.currency.localeCompare(other.currency));
}

export function stateText(name) {
  const [mark, word] = STATES[name] || ["", name];
  return `${mark} ${word}`;
}
