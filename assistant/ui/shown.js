// Which conversation the Ask tab shows: the one in hand, a new one, an earlier one, or that of
// another learner. What is left stays in the list of earlier ones, and nothing of it is lost.

import * as copies from "./copies.js";
import { page } from "./core.js";
import { Outbox } from "./outbox.js";
import { profile, withAsker } from "./people.js";
import { Talks } from "./talks.js";

export class Shown {
  /**
   * @param server {keep, talks, talk, forget}
   * @param actions {stop(): an answer that is being written ends, and is kept,
   *   end(): the same without moving the focus, quit(): it ends, and is not kept,
   *   draw(): what is shown has changed, focus(): it goes on there}
   */
  constructor(server, actions) {
    this.actions = actions;
    this.talk = copies.present(profile());
    this.outbox = new Outbox((talk) => server.keep(talk));
    this.list = new Talks(withAsker(server), this.outbox, {
      present: () => this.talk,
      show: (talk) => this.open(talk),
      deleted: (id) => this.deleted(id),
      restore: (talk, seen) => this.restore(talk, seen),
      end: () => this.actions.end(),
    });
    page.addEventListener("profile", ({ detail }) => this.someoneElse(detail));
    page.addEventListener("deleted", () => this.abandon());
    copies.onDropped((who, id) => (id ? id === this.talk.id : who === profile()) && this.abandon());
    this.outbox.flush();
  }

  get turns() {
    return this.talk.turns;
  }

  /** Over a reload. */
  save() {
    copies.save(this.talk);
  }

  /** A question was asked. It is kept at once: the tab may be closed before the answer ends. */
  asked() {
    this.save();
    this.outbox.put(this.talk);
  }

  /** A turn has ended: it is kept for longer than this tab. */
  settled() {
    this.save();
    this.outbox.put(this.talk);
  }

  take(talk) {
    this.talk = copies.show(talk);
    this.actions.draw();
  }

  begin() {
    this.actions.stop();
    this.take(copies.empty(profile()));
  }

  hasPrevious() {
    return Boolean(copies.previous(profile()));
  }

  /** Back to what was shown before the new conversation. */
  undo() {
    const before = copies.previous(profile());
    if (before && !this.turns.length) this.take(before);
  }

  open({ id, turns }) {
    this.actions.stop();
    const newer = copies.unsent().find((talk) => talk.id === id);
    this.take(newer ?? { id, profile: profile(), turns: turns.map(copies.settled) });
    this.actions.focus();
  }

  /** Returns whether it was the one shown. */
  deleted(id) {
    copies.drop(id);
    copies.tellDropped(id);
    const seen = id === this.talk.id;
    if (seen) this.abandon();
    return seen;
  }

  /** The deletion is taken back; a server that is away gets it later. */
  restore({ id, profile: who, turns, updated }, seen) {
    const talk = { id, profile: who, turns: turns.map(copies.settled), updated };
    this.outbox.owe(talk);
    copies.save(talk);
    if (seen && who === profile() && !this.turns.length) this.take(talk);
    return this.outbox.put(talk);
  }

  /** What is shown was deleted. */
  abandon() {
    this.actions.quit();
    this.list.close(false);
    this.take(copies.empty(profile()));
  }

  someoneElse(before) {
    if (before === "") copies.adopt(profile()); // it was not known yet who learns
    const talk = copies.present(profile());
    if (talk === this.talk) return;
    this.actions.stop();
    this.list.close(false);
    this.take(talk);
  }
}
