import { expect } from 'chai';
import { initBackend } from '../../src/core/backend';
import type { BackendName } from '../../src/core/backend';
import { applyRepairs, repairs } from '../../src/kernels/repairs';
import { repairCases } from './repairCases';

/** Runs a case with every repair in place but those left out. */
function run(backend: BackendName, index: number, except: readonly string[]): void {
  const repairCase = repairCases[index];
  const undo = repairCase?.prepare?.();
  try {
    applyRepairs(backend, { except });
    repairCase?.check();
  } finally {
    applyRepairs(backend);
    undo?.();
  }
}

// known before mocha collects the tests, so that each backend gets its own list
const wanted = process.env['ATTENTION_LAB_BACKEND'];
const running: BackendName = wanted === 'tensorflow' || wanted === 'cpu' ? wanted : 'wasm';

describe('repairs of TensorFlow.js 4.22', () => {
  after(async () => {
    await initBackend({ backend: running });
  });

  it('each has a reason, a backend and a case', () => {
    const cases = new Set(repairCases.map(({ repair }) => repair));
    for (const { name, reason, backends } of repairs) {
      expect(reason, name).to.have.length.above(10);
      expect(backends, name).not.to.have.length(0);
    }
    expect(new Set(repairs.map(({ name }) => name)).size).to.equal(repairs.length);
    expect([...cases]).to.have.members(repairs.map(({ name }) => name));
  });

  // cpu besides the backend under test: it is quick, and some faults are its own
  for (const backend of new Set<BackendName>([running, 'cpu']))
    repairCases.forEach(({ repair, what }, index) => {
      if (!repairs.find(({ name }) => name === repair)?.backends.includes(backend)) return;
      it(`on ${backend}, ${repair}: ${what}`, async () => {
        await initBackend({ backend });
        run(backend, index, []);
        expect(() => run(backend, index, [repair]), 'the same check without the repair').to.throw();
      });
    });
});
