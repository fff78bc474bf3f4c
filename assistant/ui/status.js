// How things stand on the server, asked for often only while something is under way.

const BUSY = 1000; // ms: something is loading, or an answer is being written
const INDEXING = 400;
const IDLE = 20000; // the sources may change at any time
const LOST = 2; // failed requests in a row that mean the server is gone

let server = null;
let timer = 0;
let failures = 0;

/** Fires `change` when the status differs from before. `lost`: the server does not answer. */
export const status = Object.assign(new EventTarget(), { now: null, lost: false, busy: false });

export function start(functions) {
  server = functions;
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  refresh();
}

export const refresh = () => ask(() => server.status({}));

/** Begin to index; the status tells how far it is. */
export const reindex = () => ask(() => server.reindex({}));

async function ask(request) {
  clearTimeout(timer);
  try {
    const answer = await request();
    if (!answer?.phase) throw new Error("no status");
    failures = 0;
    put(answer, false);
  } catch {
    failures += 1;
    if (failures >= LOST) put(status.now, true);
  }
  timer = setTimeout(refresh, document.hidden && !status.busy ? IDLE : pause());
}

function pause() {
  const now = status.now;
  if (failures || !now) return BUSY;
  if (now.indexing.running) return INDEXING;
  return status.busy || now.phase === "starting" || now.model === "loading" ? BUSY : IDLE;
}

function put(now, lost) {
  const same = lost === status.lost && JSON.stringify(now) === JSON.stringify(status.now);
  status.now = now;
  status.lost = lost;
  if (!same) status.dispatchEvent(new Event("change"));
}
