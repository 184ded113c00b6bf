// What Node gets by the condition "node" in package.json: all that pages get, with a start of its
// own. The types are those of pages, since nothing differs that a caller could see.

export * from '../index.js'
export { createSimulator } from './create-simulator.js'
