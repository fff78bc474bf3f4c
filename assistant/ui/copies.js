// The conversations that this browser tab has in hand: a reload keeps them, also while the server
// is away, and no other tab has them. Each belongs to a learner. The server keeps them for longer:
// outbox.js says which it does not have yet.

import { keep } from "./core.js";

const COPY = "zhitu.talk.";
const PLACES = "zhitu.talks";
const DROPPED = "zhitu.dropped"; // id of the conversation deleted last, and when
const GONE = "zhitu.deleted."; // + learner → when all that was kept of them was deleted

const copies = new Map(); // id → {id, profile, turns}; the storage may be full, or switched off
// By learner, the ids of what is shown and of what was shown before; and what the server lacks.
const places = { present: {}, previous: {}, unsent: [], ...read(PLACES) };

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

const newId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

/** A turn that a reload cut off is stopped, not running for ever. */
export const settled = (turn) =>
  ["done", "failed"].includes(turn.view.phase) ? turn : { ...turn, stopped: true };

const copyOf = (id) => copies.get(id) ?? null;

function load() {
  for (const id of held()) {
    const talk = read(COPY + id);
    if (!talk) continue;
    // In another window, while this tab was closed.
    if ((talk.saved ?? 0) < deletedAt(talk.profile)) continue;
    copies.set(id, { ...talk, turns: talk.turns.map(settled) });
  }
  tidy();
}

function deletedAt(who) {
  try {
    return Number(localStorage.getItem(GONE + who)) || 0;
  } catch {
    return 0;
  }
}

/** The conversation of a learner that this tab shows. */
export function present(who) {
  const found = copyOf(places.present[who]);
  if (found) return found;
  const talk = inherited(who) ?? empty(who);
  copies.set(talk.id, talk);
  places.present[who] = talk.id;
  if (talk.turns.length) {
    places.unsent.push(talk.id);
    save(talk);
  }
  return talk;
}

/** The conversation that Zhitu kept in this tab before it kept several. */
function inherited(who) {
  const turns = read("zhitu.conversation");
  try {
    sessionStorage.removeItem("zhitu.conversation");
    sessionStorage.removeItem("zhitu.undo");
  } catch {
    return null;
  }
  if (!Array.isArray(turns) || !turns.length) return null;
  return { ...empty(who), turns: turns.map(settled) };
}

/** Keep a conversation over a reload. Where the storage is full, its oldest turns go first. */
export function save(talk) {
  copies.set(talk.id, talk);
  for (let skip = 0; skip <= talk.turns.length; skip += 5) {
    const kept = { ...talk, saved: Date.now(), turns: talk.turns.slice(skip) };
    if (write(COPY + talk.id, kept)) break;
  }
  tidy();
}

/** Show another conversation; the one before stays in hand for `previous`, and for the server. */
export function show(talk) {
  const { present: shown, previous } = places;
  const before = copyOf(shown[talk.profile]);
  if (before?.turns.length && before.id !== talk.id) previous[talk.profile] = before.id;
  else if (previous[talk.profile] === talk.id) delete previous[talk.profile];
  shown[talk.profile] = talk.id;
  save(talk);
  return talk;
}

export const empty = (who) => ({ id: newId(), profile: who, turns: [] });

/** What was shown before; null where there was nothing. */
export const previous = (who) => copyOf(places.previous[who]);

export function owe(id) {
  if (!places.unsent.includes(id)) places.unsent.push(id);
  tidy();
}

export function sent(id) {
  places.unsent = places.unsent.filter((one) => one !== id);
  tidy();
}

/** What the server does not have yet, or not as it stands now. */
export const unsent = () => places.unsent.map(copyOf).filter((talk) => talk?.turns.length);

/** It was not known yet who learns: what was asked is theirs. */
export function adopt(who) {
  for (const place of [places.present, places.previous]) {
    if (place[""]) place[who] = place[""];
    delete place[""];
  }
  for (const talk of copies.values()) {
    if (talk.profile !== "") continue;
    talk.profile = who;
    if (talk.turns.length) write(COPY + talk.id, { ...talk, saved: Date.now() });
  }
  tidy();
}

/** Let go of a conversation that was deleted. */
export function drop(id) {
  for (const place of [places.present, places.previous]) {
    for (const who of Object.keys(place)) if (place[who] === id) delete place[who];
  }
  sent(id);
}

/** The other windows of this browser let go of it too, or their next question would bring it back. */
export const tellDropped = (id) => keep(DROPPED, `${id} ${Date.now()}`);

/** Let go of all that is a learner's: here, and in the other windows of this browser. */
export function dropAll(who) {
  keep(GONE + who, String(Date.now()));
  dropHere(who);
}

function dropHere(who) {
  for (const { id, profile } of [...copies.values()]) if (profile === who) drop(id);
}

/**
 * Call `run` with the learner when another window has deleted all that is theirs; with null and the
 * conversation's id when it has deleted one.
 */
export function onDropped(run) {
  addEventListener("storage", ({ key, newValue }) => {
    if (key === DROPPED && newValue) {
      const [id] = newValue.split(" ");
      drop(id);
      run(null, id);
      return;
    }
    if (!key?.startsWith(GONE)) return;
    const who = key.slice(GONE.length);
    dropHere(who);
    run(who);
  });
}

/** Ids of all that is in hand. */
function held() {
  const { present: shown, previous: before, unsent: owed } = places;
  return new Set([...Object.values(shown), ...Object.values(before), ...owed]);
}

/** Write down which is where, and let go of what is nowhere. */
function tidy() {
  write(PLACES, places);
  const known = held();
  for (const id of copies.keys()) if (!known.has(id)) copies.delete(id);
  try {
    for (const key of Object.keys(sessionStorage)) {
      const id = key.startsWith(COPY) ? key.slice(COPY.length) : null;
      if (id && !(known.has(id) && copies.has(id))) sessionStorage.removeItem(key);
    }
  } catch {
    // storage is switched off
  }
}

load();
