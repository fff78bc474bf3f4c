// Which passage an erratum stands beside.

const plain = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** An erratum of another source's entry of the same name belongs to the passage too. */
export const belongs = (erratum, { entry, path }) =>
  erratum.entry === entry || plain(erratum.entry.split("/").at(-1)) === plain(path.at(-1));
