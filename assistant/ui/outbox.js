// Sends conversations to the server, which keeps them for longer than this tab: quietly, and again
// where it did not answer. Nobody waits for it.

import * as copies from "./copies.js";
import { asker } from "./people.js";
import { refresh, status } from "./status.js";

const MOST_TURNS = 200; // what the server keeps of one
const MOST_TEXT = 1_500_000; // characters of JSON
const SOON = 2000; // ms
const LATE = 60_000;
const FOR_GOOD = ["UsageError", "Unexpected"]; // refusals that another try does not mend

/** The last turns, as many as are kept; the oldest go first. */
function lastOf(turns) {
  let room = MOST_TEXT;
  let from = turns.length;
  while (from > Math.max(0, turns.length - MOST_TURNS)) {
    room -= JSON.stringify(turns[from - 1]).length;
    if (room < 0 && from < turns.length) break;
    from -= 1;
  }
  return turns.slice(from);
}

export class Outbox {
  /** @param keep sends a conversation to the server */
  constructor(keep) {
    this.keep = keep;
    this.changes = new Map(); // id → how often it was owed
    this.under = null; // the sending that is under way
    this.again = false;
    this.timer = 0;
    this.pause = SOON;
    status.addEventListener("change", () => status.lost || this.flush());
  }

  /** The server is to hear of this, whatever becomes of it: a turn begins, or has ended. */
  owe(talk) {
    this.changes.set(talk.id, (this.changes.get(talk.id) ?? 0) + 1);
    copies.owe(talk.id);
  }

  /** Send a conversation as it stands now. */
  put(talk) {
    this.owe(talk);
    this.again = true; // the sending under way may be past it
    return this.flush();
  }

  /** Send whatever the server lacks; done when that is tried. */
  flush() {
    this.under ??= this.sendAll();
    return this.under;
  }

  async sendAll() {
    await null; // `under` is to be known before it is forgotten
    clearTimeout(this.timer);
    let taken = true;
    do {
      this.again = false;
      for (const talk of copies.unsent()) {
        taken = await this.send(talk);
        if (!taken) break;
      }
    } while (taken && this.again);
    this.under = null; // in one step with the look at `again`: nothing falls in between
    if (taken) return;
    this.timer = setTimeout(() => this.flush(), this.pause);
    this.pause = Math.min(2 * this.pause, LATE);
  }

  /** Whether the server has taken it, or never will. */
  async send(talk) {
    const { id, profile, turns, updated } = talk;
    const before = this.changes.get(id);
    let answer = null;
    try {
      answer = await this.keep({ ...asker(), id, profile, updated, turns: lastOf(turns) });
    } catch {
      // as below: a server that is away gives an error here, or nothing
    }
    const refused = FOR_GOOD.includes(answer?.failure?.kind);
    if (answer?.kept === undefined && !refused) {
      refresh(); // so that the page notices that the server is away
      return false;
    }
    this.pause = SOON;
    delete talk.updated; // of one that came back: from now on it is as old as its last turn
    if (this.changes.get(id) === before) copies.sent(id);
    return true;
  }
}
