// What is at `forerun/cache`: where state is remembered, without the rest of the package, for modules
// that only say so.

export {
  type CacheOptions,
  type IndexedDbOptions,
  indexedDb,
  type MemoryOptions,
  memory,
  none,
} from './state/cache/options.js'
