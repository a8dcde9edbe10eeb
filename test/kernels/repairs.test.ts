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

describe('repairs of TensorFlow.js 4.22', () => {
  let running: BackendName;
  before(async () => {
    running = (await initBackend()).name;
  });
  after(async () => {
    await initBackend({ backend: running });
  });

  it('each has a reason, a backend and a case', () => {
    const cases = new Set(repairCases.map(({ repair }) => repair));
    for (const { name, reason, backends } of repairs) {
      expect(reason, name).to.have.length.above(10);
      expect(backends, name).not.to.have.length(0);
      expect([...cases], 'repairs with a case').to.include(name);
    }
    expect(new Set(repairs.map(({ name }) => name)).size).to.equal(repairs.length);
    expect([...cases]).to.have.members(repairs.map(({ name }) => name));
  });

  // cpu besides the backend under test: it is quick, and some faults are its own
  for (const which of ['running', 'cpu'] as const)
    repairCases.forEach(({ repair, what }, index) => {
      const backends = repairs.find(({ name }) => name === repair)?.backends ?? [];
      if (which === 'cpu' && !backends.includes('cpu')) return;
      it(`${repair}: ${what}${which === 'cpu' ? ' (cpu)' : ''}`, async function () {
        const backend = which === 'cpu' ? 'cpu' : running;
        // not a test of this backend: its fault is somewhere else
        if (!backends.includes(backend)) return;
        await initBackend({ backend });
        run(backend, index, []);
        expect(() => run(backend, index, [repair]), 'the same check without the repair').to.throw();
      });
    });
});
