import type { BackendName } from './repairs';

/**
 * The one place where our fused kernels meet a backend.
 *
 * @returns the instruction set they use, or `none` where the backend has none of them.
 */
export function registerKernels(backend: BackendName): string {
  return backend === 'wasm' ? 'SIMD128' : 'none';
}
