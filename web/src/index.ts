// The public surface of the package, a list.

export type { Call, CallLog } from './actions/call-tree.js'
export type {
  ReplayableBlock,
  ReplayBlockErrorType,
  ReplayBlockParameters,
  ReplayBlockReturnType,
} from './actions/replay-block.js'
export type {
  Activity,
  CallOptions,
  Reexecution,
  ReplayKey,
  Report,
  StateReport,
  WindowChange,
} from './actions/report.js'
export type {
  SetBlockErrorType,
  SetBlockParameters,
  SetBlockReturnType,
} from './actions/set-block.js'
export type {
  AccessListEntry,
  Authorization,
  BlockEnvironment,
  BlockOverrides,
  Inclusion,
  Log,
  SimulateBundleErrorType,
  SimulateBundleParameters,
  SimulateBundleReturnType,
  StateOverride,
  Transaction,
  TransactionFailure,
  TransactionResult,
  UnsignedTransaction,
} from './actions/simulate-bundle.js'
export type { Change, StateChange } from './actions/state-changes.js'
export type { Drift, WatchParameters, WatchReturnType } from './actions/watch.js'
export {
  type CreateSimulatorErrorType,
  type CreateSimulatorParameters,
  type CreateSimulatorReturnType,
  createSimulator,
} from './create-simulator.js'
export {
  ForerunError,
  type ForerunErrorCode,
  type ForerunErrorOptions,
} from './errors/forerun-error.js'
export {
  DisposedError,
  EngineError,
  StartError,
  ThreadsUnavailableError,
  TimeoutError,
  WorkerLostError,
} from './errors/life-cycle.js'
export { ProviderRpcError } from './errors/provider-rpc.js'
export {
  InvalidRequestError,
  InvalidSnapshotError,
  InvalidTransactionError,
  MissingStateError,
} from './errors/request.js'
export { BlockChangedError, BlockNotFoundError, StateSourceError } from './errors/state-source.js'
export type { FileOptions, ForBuilds, WasmOptions } from './files.js'
export type { Address, Hex } from './hex.js'
export type {
  AskedCounts,
  CallProgress,
  CallStage,
  Progress,
  StartProgress,
} from './progress.js'
export type {
  Action,
  Build,
  MemoryFigures,
  PassThrough,
  StartStep,
  ThreadsObstacle,
} from './protocol.js'
export type { ForerunProvider, ProviderEvents, RequestArguments } from './provider/provider.js'
export type { FallbackReason, Simulator } from './simulator.js'
export {
  type CustomOptions,
  type CustomSource,
  custom,
  type Eip1193Provider,
} from './sources/custom.js'
export { type HttpOptions, type HttpSource, http } from './sources/http.js'
export type { RemoteOptions } from './sources/remote-options.js'
export { type SnapshotSource, snapshot } from './sources/snapshot.js'
export type { Source } from './sources/source.js'
export {
  type CacheOptions,
  type IndexedDbOptions,
  indexedDb,
  type MemoryOptions,
  memory,
  none,
} from './state/cache/options.js'
export type { BlobParams, ForkName } from './state/chains.js'
export type { RpcHeader } from './state/header.js'
export type { BlockReference, ChainOptions, PinnedBlock } from './state/resolve-block.js'
export type { SimulatorState } from './supervisor.js'
export type { MadeWorker, WorkerFactory, WorkerFactoryOptions } from './workers.js'
