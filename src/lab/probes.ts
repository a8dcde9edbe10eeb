import { attentions } from '../attention';
import type { AnyAttention } from '../attention/variant';
import { expectInteger, StoppedError } from '../core/errors';
import { splitSeed } from '../core/random';
import type { Seed } from '../core/random';
import { stopSignal } from '../core/signal';
import { languageModel } from '../model/languageModel';
import type { PatchModelConfig } from '../model/patchModel';
import { patchModel } from '../model/patchModel';
import type { Trainable } from '../model/trainable';
import { mlp } from '../modules/feedForward';
import { layerNorm } from '../modules/norm';
import { probeCausality } from './probeCausality';
import { probeRandomBytes } from './probeRandomBytes';

export { probeCausality, probeRandomBytes };

/** A model to probe. */
export interface ProbeSubject {
  /** What it is built on: a name in the registry, the honest one of twins, or the patch model. */
  readonly variant: string;
  /** Which form of it: 'asPublished' where it keeps a fault of its source. */
  readonly form: string;
  make(seed: Seed): Trainable;
}

/** What both probes say about one subject. */
export interface ProbeResult {
  readonly variant: string;
  readonly form: string;
  /** No random edit changed a logit before it. */
  readonly causal: boolean;
  /** Held-out loss after training on uniform random bytes. */
  readonly randomBytesNats: number;
  /** ln 256. */
  readonly floorNats: number;
  /** 'leaks' if an edit reached the past or noise was predicted better than possible. */
  readonly verdict: 'clean' | 'leaks';
}

export interface ProbeOptions {
  /** Training steps per subject on random bytes. Default 300. */
  readonly steps?: number;
  /** Default 1. */
  readonly seed?: Seed;
  /** Default: {@link probeSubjects}. */
  readonly subjects?: readonly ProbeSubject[];
  /** Called as the work proceeds: which subject of how many, and its step. */
  readonly onProgress?: (progress: ProbeProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ProbeProgress {
  readonly variant: string;
  readonly form: string;
  /** From 1. */
  readonly subject: number;
  readonly subjects: number;
  readonly step: number;
  readonly steps: number;
  /** Training loss of that step. */
  readonly nats: number;
}

/** Small on purpose: a leak shows at any size, and all subjects together should take minutes on one core. */
const small = { vocabulary: 256, width: 32, heads: 4, layers: 2, context: 64 } as const;

/** A two-layer byte language model on a variant; learned positions, so that a variant without any can point, too. */
function byteModel(attention: AnyAttention, seed: Seed): Trainable {
  return languageModel(
    { ...small, attention, positions: 'learned', feedForward: mlp, norm: layerNorm, head: 'untied' },
    seed,
  );
}

/**
 * Every variant of the registry as a small byte model, then the QLLK patch models as published and shifted.
 *
 * A twin that keeps a fault of its source goes by the name of its honest form: `linear` is there as 'standard' and as
 * 'asPublished'.
 *
 * @example
 * const [first] = probeSubjects();
 */
export function probeSubjects(): ProbeSubject[] {
  const variants = Object.entries<AnyAttention>(attentions).map(([name, attention]): ProbeSubject => ({
    variant: attention.meta.asPublishedOf ?? name,
    form: attention.meta.asPublishedOf === undefined ? 'standard' : 'asPublished',
    make: (seed) => byteModel(attention, seed),
  }));
  const versions = ['1.0', '1.1'] satisfies PatchModelConfig['version'][];
  const forms = ['asPublished', 'shifted'] satisfies PatchModelConfig['form'][];
  const patches = versions.flatMap((version) =>
    forms.map((form): ProbeSubject => ({
      variant: `qllk v${version} patch model`,
      form,
      make: (seed) => patchModel({ version, form, width: small.width, layers: small.layers }, seed),
    })),
  );
  return [...variants, ...patches];
}

/**
 * Both probes on every subject: does an edit reach the past, and does training on noise pass below ln 256?
 *
 * Thresholds are statistical (see `probeRandomBytes`) and the same for all; nothing here knows which subject is
 * supposed to fail. The same seed gives the same results on the same backend. Throws `StoppedError` when stopped.
 *
 * @example
 * const results = await probeAll({ steps: 300, onProgress: ({ variant, step }) => console.log(variant, step) });
 * results.filter(({ verdict }) => verdict === 'leaks').map(({ variant }) => variant);
 */
export async function probeAll(options: ProbeOptions = {}): Promise<ProbeResult[]> {
  const { steps = 300, seed = 1, subjects = probeSubjects(), onProgress } = options;
  expectInteger(steps, 'probeAll', 'steps', 0);
  const signal = stopSignal(options.signal);
  const results: ProbeResult[] = [];
  for (const [index, { variant, form, make }] of subjects.entries()) {
    if (signal?.aborted) throw new StoppedError('probeAll: stopped before the last subject');
    const subject = make(splitSeed(seed, `${variant} ${form}`));
    try {
      const { causal } = probeCausality(subject, { seed });
      const noise = await probeRandomBytes(subject, {
        steps,
        seed,
        ...(signal && { signal }),
        onStep: (step, nats) =>
          onProgress?.({ variant, form, subject: index + 1, subjects: subjects.length, step, steps, nats }),
      });
      results.push({
        variant,
        form,
        causal,
        randomBytesNats: noise.nats,
        floorNats: noise.floor,
        verdict: causal && !noise.leaks ? 'clean' : 'leaks',
      });
    } finally {
      subject.dispose();
    }
  }
  return results;
}
