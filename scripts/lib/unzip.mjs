// a zip reader for wheels: no unzip program, no Python, constant memory
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { pipeline } from 'node:stream/promises';

const endRecord = Buffer.from('PK\x05\x06', 'latin1');

/** The entries of a zip file below 4 GiB: `{name, method, compressed, size, offset}`. */
function entries(descriptor) {
  const total = fs.fstatSync(descriptor).size;
  const read = (position, length) => {
    const buffer = Buffer.alloc(length);
    fs.readSync(descriptor, buffer, 0, length, position);
    return buffer;
  };
  // the end record is followed by a comment of at most 64 KiB
  const tail = read(Math.max(0, total - 66000), Math.min(total, 66000));
  const end = tail.lastIndexOf(endRecord);
  if (end < 0) throw new Error('not a zip file');
  const directory = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const found = [];
  for (let at = 0, left = tail.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = directory.readUInt16LE(at + 28);
    const localHeader = read(directory.readUInt32LE(at + 42), 30);
    found.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressed: directory.readUInt32LE(at + 20),
      offset:
        directory.readUInt32LE(at + 42) + 30 + localHeader.readUInt16LE(26) + localHeader.readUInt16LE(28),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return found;
}

/** Extracts every entry for which `target(name)` gives a path; resolves with how many that were. */
export async function unzip(file, target) {
  const descriptor = fs.openSync(file, 'r');
  let count = 0;
  try {
    for (const entry of entries(descriptor)) {
      const to = target(entry.name);
      if (!to) continue;
      fs.mkdirSync(path.dirname(to), { recursive: true });
      count++;
      if (entry.compressed === 0) {
        // a stream cannot read a range of no bytes
        fs.writeFileSync(to, '');
        continue;
      }
      const source = fs.createReadStream(file, {
        start: entry.offset,
        end: entry.offset + entry.compressed - 1,
      });
      const sink = fs.createWriteStream(to);
      await (entry.method === 8 ? pipeline(source, zlib.createInflateRaw(), sink) : pipeline(source, sink));
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return count;
}
