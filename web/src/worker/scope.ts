// The global object of a dedicated worker, typed; the page's and the worker's type libraries
// cannot be loaded together under one `self`.

/** What the worker uses of its global object. */
export type Scope = {
  onmessage: ((event: MessageEvent) => void) | null
  readonly location: { readonly href: string }
  readonly crossOriginIsolated: boolean
  postMessage(message: unknown): void
  /** Installed here for the replaced starter of wasm-bindgen-rayon, which calls it. */
  __forerunStartWorkers?: (
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    builder: PoolBuilder,
  ) => Promise<void>
  /** Written by the panic hook of the wasm before it traps. */
  __forerunPanic?: string
}

/** wasm-bindgen-rayon's handle of the pool about to be made. */
export type PoolBuilder = { numThreads(): number; receiver(): number; build(): void; free(): void }

/** The global object. */
export const scope = globalThis as unknown as Scope
