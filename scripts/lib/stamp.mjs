// "is this still made from that?": a hash of the sources, written only after the result was complete
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';

/** Every file below the given files and folders of the project, sorted; `skip(relativePath)` leaves some out. */
function filesBelow(places, skip) {
  const found = [];
  const visit = (relative) => {
    if (skip(relative)) return;
    const stat = fs.statSync(inRoot(relative), { throwIfNoEntry: false });
    if (stat?.isDirectory())
      for (const name of fs.readdirSync(inRoot(relative))) visit(`${relative}/${name}`);
    else if (stat) found.push(relative);
  };
  for (const place of places) visit(place);
  return found.sort();
}

/** One hash over names and contents of all files below `places`, and over `extra`. */
export function fingerprint(places, { skip = () => false, extra = '' } = {}) {
  const hash = createHash('sha256').update(extra);
  for (const file of filesBelow(places, skip))
    hash.update(`\0${file}\0`).update(fs.readFileSync(inRoot(file)));
  return hash.digest('hex');
}

export const isStamped = (file, value) => fs.existsSync(file) && fs.readFileSync(file, 'utf8') === value;

/** Writes the stamp in one move, so that a stamp is either whole or absent. */
export function stamp(file, value) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, value);
  fs.renameSync(`${file}.new`, file);
}
