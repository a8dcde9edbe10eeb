import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as relaxed from '../../src/kernels/relaxedSimd.bytes';
import * as baseline from '../../src/kernels/simd128.bytes';

const kernels = join(__dirname, '../../src/kernels');

const builds = { baseline, relaxed };

for (const [name, { bytes, sourceHash }] of Object.entries(builds))
  describe(`committed WebAssembly, ${name}`, () => {
    it('was built from the C sources that lie beside it', () => {
      const hash = createHash('sha256');
      for (const name of readdirSync(join(kernels, 'c')).sort()) {
        if (!/\.[ch]$/.test(name)) continue;
        const text = readFileSync(join(kernels, 'c', name), 'utf8').replaceAll('\r\n', '\n');
        hash.update(`${name}\n${text}\n`);
      }
      expect(sourceHash, 'run: node src/kernels/build.mjs').to.equal(hash.digest('hex'));
    });

    it('counts its sources as build.mjs does', () => {
      const url = JSON.stringify(`file://${join(kernels, 'build.mjs')}`);
      const script = `import(${url}).then(({ hashSources }) => console.log(hashSources()))`;
      const printed = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
      expect(printed.trim()).to.equal(sourceHash);
    });

    it('is a module without static data', () => {
      const module = Buffer.from(bytes, 'base64');
      expect(module.subarray(0, 4).toString('latin1')).to.equal('\0asm');
      const sections: number[] = [];
      for (let at = 8; at < module.length;) {
        sections.push(module[at] ?? -1);
        let size = 0;
        let shift = 0;
        do {
          at++;
          size += ((module[at] ?? 0) & 0x7f) << shift;
          shift += 7;
        } while ((module[at] ?? 0) & 0x80);
        at += 1 + size;
      }
      // a data section (11) would be written over memory that belongs to TensorFlow.js
      expect(sections).not.to.include(11);
    });
  });
