import * as path from 'node:path';
import type { FitOptions } from '../../src/train/fit';
import { inverseSqrt } from '../../src/train/schedule';

/** The run that is killed again and again, and its uninterrupted twin: saving at every step, so that kills hit saves. */
export function killedRun(directory: string): FitOptions {
  return {
    steps: 900,
    learningRate: inverseSqrt({ peak: 0.02, scale: 0.2 }),
    optimizer: { name: 'adamw' },
    checkpoint: { directory, every: 1 },
    log: path.join(directory, 'log.jsonl'),
    resume: true,
  };
}
