// The kinds of base state there are.

import type { CustomSource } from './custom.js'
import type { HttpSource } from './http.js'
import type { SnapshotSource } from './snapshot.js'

/** Where base state is read. Made by `http`, `custom` or `snapshot`. */
export type Source = HttpSource | CustomSource | SnapshotSource
