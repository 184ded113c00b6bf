// Where the worker file and the two wasm files are. Each `new URL` stands here once, literally,
// because bundlers look for just this form and copy the file beside their output.

/** The worker file beside this module. */
export const defaultWorkerUrl = (): URL => new URL('./worker.js', import.meta.url)

/** The wasm file of the threaded build beside this module. */
export const defaultThreadsWasmUrl = (): URL => new URL('./forerun-threads.wasm', import.meta.url)

/** The wasm file of the single-threaded build beside this module. */
export const defaultSingleWasmUrl = (): URL => new URL('./forerun-single.wasm', import.meta.url)
