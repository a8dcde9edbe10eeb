/** Everything a user may import; deep imports are not supported. */

// engine
export { initBackend } from './core/backend';
export type { BackendInfo, BackendName, BackendOptions } from './core/backend';
export {
  AttentionLabError,
  BackendError,
  ConfigError,
  DivergedError,
  FileError,
  ShapeError,
  StoppedError,
} from './core/errors';
export { Random, splitSeed } from './core/random';
export type { Seed } from './core/random';
export { tf } from './core/tf';
export type { BHT, BHTK, BHTV, BT, BTD } from './core/tf';
export { countParameters, disposeTree, leaves, mapTree } from './core/tree';
export type { Tree } from './core/tree';
export * as ops from './ops';

// attention
export { attentions, basedLayout } from './attention';
export type { AttentionName } from './attention';
export { attentionMap, maxDifference, runRecurrent, sampleInputs } from './attention/forms';
export { variantTable } from './attention/table';
export { defineAttention } from './attention/variant';
export type * from './attention/variant';
export { featureMaps } from './modules/featureMap';
export type { FeatureMap } from './modules/featureMap';
export { feedForwards } from './modules/feedForward';
export type { FeedForward } from './modules/feedForward';
export { norms } from './modules/norm';
export type { Norm } from './modules/norm';
export { rotary, sinusoidal } from './modules/position';
export { compareWithFourier, fitFourier, fitRamp } from './modules/fourierFit';
export type { BasisComparison, FourierFit, RampFit } from './modules/fourierFit';
export { evaluateBasis, pairLogits, positionsOf, positionWeights, sineBasis } from './modules/positionBasis';
export type { BasisValues, HeadMaps, SineBasis, SineBasisOptions, SineHead } from './modules/positionBasis';
export { basisFromJson, basisToJson, loadBasis, saveBasis } from './modules/positionBasisFile';
export type { SineBasisJson } from './modules/positionBasisFile';
export { basisFromParams, basisParams } from './modules/positionBasisTensors';

// models
export { generate } from './model/generate';
export type { GenerateOptions } from './model/generate';
export { disposeState, languageModel } from './model/languageModel';
export type { LanguageModel, LanguageModelConfig, ModelState } from './model/languageModel';
export { attentionLayer } from './model/layers';
export { noiseFloor, patchModel } from './model/patchModel';
export type { PatchModel, PatchModelConfig } from './model/patchModel';
export type { Trainable } from './model/trainable';

// data
export type { Batch, BatchSource } from './data/batch';
export { splitHeldOut, textBatches } from './data/batches';
export type { TextBatchOptions } from './data/batches';
export { trainBpe } from './data/bpe';
export type { BpeOptions } from './data/bpe';
export type { BpeTokenizer } from './data/bpeTokenizer';
export { corpusNames, loadCorpus } from './data/corpora';
export type { Corpus } from './data/corpora';
export { corpusTable } from './data/corpusTable';
export {
  bigramCrossEntropy,
  bitsPerByte,
  natsPerToken,
  unigramCrossEntropy,
  unigramEntropy,
  yardsticks,
} from './data/entropy';
export type { Yardstick } from './data/entropy';
export { randomBytes } from './data/randomBytes';
export { accuracy } from './data/tasks/accuracy';
export type { CopyOptions } from './data/tasks/copy';
export { copy } from './data/tasks/copy';
export type { InductionOptions } from './data/tasks/induction';
export { induction } from './data/tasks/induction';
export { recall } from './data/tasks/recall';
export type { RecallOptions } from './data/tasks/recall';
export { byteTokenizer, characterTokenizer } from './data/tokenizer';
export type { Tokenizer } from './data/tokenizer';
export { loadTokenizer, saveTokenizer, tokenizerFromJson } from './data/tokenizerFile';

// training
export { loadCheckpoint } from './train/checkpointFolder';
export { parseRunConfig } from './train/config';
export type { RunConfig } from './train/config';
export { buildRun } from './train/run';
export type { BuildOptions, Run } from './train/run';
export { evaluate } from './train/evaluate';
export type { Evaluation } from './train/evaluate';
export { fit } from './train/fit';
export type { FitOptions } from './train/fit';
export { crossEntropy } from './train/loss';
export type { OptimizerConfig } from './train/optimizer';
export { readRunLog } from './train/runLog';
export type { RunLog, StepRecord } from './train/runLog';
export { constant, cosine, inverseSqrt, warmup } from './train/schedule';
export type { Schedule } from './train/schedule';
export { stepper } from './train/stepper';
export type { Stepper, StepperOptions } from './train/stepper';

// the laboratory
export { learnedBases } from './lab/learnedBases';
export type { LearnedBases } from './lab/learnedBases';
export { lossRun } from './lab/lossRun';
export { probeAll, probeCausality, probeRandomBytes, probeSubjects } from './lab/probes';
export type { ProbeOptions, ProbeProgress, ProbeResult, ProbeSubject } from './lab/probes';
export { scaling } from './lab/scaling';
export type { Scaling, ScalingOptions } from './lab/scaling';

// pictures
export * as plot from './plot';
