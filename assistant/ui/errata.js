// Which passage an erratum stands beside, and whether it concerns the words that are quoted there.

const QUOTED = 0.5; // share of the claim's pairs of letters that stand in the passage

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

const pairs = (text) => {
  const letters = plain(text);
  return [...letters].slice(0, -1).map((_, i) => letters.slice(i, i + 2));
};

/** An erratum of another source's entry of the same name belongs to the passage too. */
const belongs = (erratum, { entry, path }) =>
  erratum.entry === entry || plain(erratum.entry.split("/").at(-1)) === plain(path.at(-1));

function overlap(claim, quote) {
  const there = new Set(pairs(quote));
  const own = pairs(claim);
  return own.length ? own.filter((pair) => there.has(pair)).length / own.length : 0;
}

/**
 * Give every erratum one place.
 *
 * Returns a function from a citation to its errata: `quoted` concern the words shown there, `other`
 * the rest of the same entry. Without a citation: those that belong to none.
 */
export function placeErrata(errata, citations) {
  const places = new Map();
  for (const erratum of errata) {
    const scored = citations
      .filter((citation) => belongs(erratum, citation))
      .map((citation) => [overlap(erratum.claim, citation.quote), citation]);
    const [score, best] = scored.reduce((a, b) => (b[0] > a[0] ? b : a), scored[0] ?? [0, null]);
    const place = places.get(best?.n) ?? { quoted: [], other: [] };
    places.set(best?.n, place);
    place[score >= QUOTED ? "quoted" : "other"].push(erratum);
  }
  return (citation) => places.get(citation?.n) ?? { quoted: [], other: [] };
}
