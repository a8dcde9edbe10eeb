import type { Case } from '../case';
import { opCases } from './ops';

/** Everything that is timed. `side` matters only where stock TensorFlow.js must do the work another way. */
export function allCases(side: 'ours' | 'stock', quick: boolean): Case[] {
  void side;
  return opCases(quick);
}
