import type { Case } from '../case';
import { opCases } from './ops';
import { trainingCases } from './training';

/** Everything that is timed. `side` matters only where stock TensorFlow.js must do the work in another way. */
export function allCases(side: 'ours' | 'stock', quick: boolean): Case[] {
  return [...opCases(quick), ...trainingCases(side, quick)];
}
