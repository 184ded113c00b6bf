// The worker file, with little room for shared memory.

import './tight-memory.js'
import '/dist/worker.js'
