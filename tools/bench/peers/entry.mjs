// What the page takes of the peers, in one file.

export { prepare } from './ethereumjs.mjs'
export { prepareCalls } from './ethereumjs-evm.mjs'
