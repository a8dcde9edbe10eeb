import type { LossSeries } from '../plot/curves';
import type { StepRecord } from '../train/runLog';

/**
 * The records of a training run as a curve for `plot.lossCurve`: the loss of every step, and the held-out losses where there was
 * an evaluation. `records` may still grow: each call draws what is there.
 *
 * @example
 * const records: StepRecord[] = [];
 * const live = liveFigure(() => plot.lossCurve({ runs: [lossRun('ELiTA', records)] }));
 * await fit(model, data, { steps: 300, learningRate: 1e-3, onStep: (step) => { records.push(step); live.refresh(); } });
 */
export function lossRun(name: string, records: readonly StepRecord[]): LossSeries {
  const judged = records.flatMap(({ step, evaluation }) =>
    evaluation ? [{ step, loss: evaluation.loss }] : [],
  );
  return {
    name,
    steps: records.map(({ step }) => step),
    losses: records.map(({ loss }) => loss),
    ...(judged.length > 0 && {
      heldOut: { steps: judged.map(({ step }) => step), losses: judged.map(({ loss }) => loss) },
    }),
  };
}
