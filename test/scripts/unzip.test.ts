import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { load } from './load';

type Unzip = (file: string, target: (name: string) => string | undefined) => Promise<number>;

/** A zip file with these entries, the even ones deflated, the odd ones stored; extra fields and a comment included. */
function zip(entries: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [i, [name, content]] of entries.entries()) {
    const method = i % 2 === 0 ? 8 : 0;
    const body = method === 8 ? deflateRawSync(content) : content;
    const extra = Buffer.alloc(i * 3, 7);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(checksum(content), 10);
    fields.writeUInt32LE(body.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    fields.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), extra, body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        Buffer.from([20, 0]),
        fields,
        tail,
        Buffer.from(name),
        extra,
      ]),
    );
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(5, 16);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end, Buffer.from('hello')]);
}

/** node:zlib has it since 20.15 and 22.2 only; a reader that ignores it needs none. */
function checksum(content: Buffer): number {
  return typeof crc32 === 'function' ? crc32(content) : 0;
}

describe('unzip', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'attention-lab-unzip-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('writes exactly the chosen entries, deflated and stored, empty and large', async () => {
    const { unzip } = await load<{ unzip: Unzip }>('lib/unzip.mjs');
    const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    const entries = [
      ['a/large.bin', large],
      ['a/stored.txt', Buffer.from('as it is')],
      ['left/out.txt', Buffer.from('not wanted')],
      ['a/empty.txt', Buffer.alloc(0)],
      ['a/ünï.txt', Buffer.from('names are UTF-8')],
    ] as const;
    const file = path.join(folder, 'some.zip');
    await writeFile(file, zip(entries));
    const count = await unzip(file, (name) => (name.startsWith('a/') ? path.join(folder, name) : undefined));
    expect(count).to.equal(4);
    for (const [name, content] of entries) {
      const read = readFile(path.join(folder, name));
      if (name.startsWith('a/')) expect((await read).equals(content), name).to.equal(true);
      else expect(await read.catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT');
    }
  });

  it('refuses what is no zip file', async () => {
    const { unzip } = await load<{ unzip: Unzip }>('lib/unzip.mjs');
    const file = path.join(folder, 'no.zip');
    await writeFile(file, 'not a zip file at all');
    const failure = await unzip(file, () => undefined).catch(String);
    expect(failure).to.include('not a zip file');
  });
});
