import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { tf } from '../core/tf';

/** Where a run took place and with what: enough to repeat it. The first line of its log. */
export interface Manifest {
  readonly kind: 'manifest';
  readonly format: 1;
  readonly started: string;
  readonly versions: { readonly attentionLab: string; readonly tfjs: string; readonly node: string };
  readonly backend: string;
  readonly machine: {
    readonly system: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryGiB: number;
  };
  /** Numbers trained. */
  readonly parameters: number;
  readonly vocabulary: number;
  readonly bytesPerToken: number;
  readonly steps: number;
  /** Optimizer, schedule, clipping, accumulation. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seeds: Readonly<Record<string, number>>;
  /** The run's configuration, if the caller gave one, and its SHA-256. */
  readonly config?: unknown;
  readonly configHash: string;
}

let version: string | undefined;

/** This package's version, from its package.json, which lies above both the sources and the build. */
export function packageVersion(): string {
  if (version !== undefined) return version;
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (!fs.existsSync(file)) continue;
    const { name, version: found } = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>;
    if (name === 'attention-lab' && found) return (version = found);
  }
  return (version = 'unknown');
}

/** What this process knows about itself. */
export function describeMachine(): Pick<Manifest, 'versions' | 'backend' | 'machine'> {
  const processors = os.cpus();
  return {
    versions: { attentionLab: packageVersion(), tfjs: tf.version.tfjs, node: process.versions.node },
    backend: tf.getBackend(),
    machine: {
      system: `${process.platform} ${process.arch}`,
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    },
  };
}
