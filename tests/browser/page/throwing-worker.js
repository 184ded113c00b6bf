// The worker file, with a clock that throws once it was asked so many times: the engine asks it in the
// middle of its work, in every thread and each of them has its own, so this is a trap at a point that the
// test chooses.

import './throwing-clock.js'
import '/dist/worker.js'
