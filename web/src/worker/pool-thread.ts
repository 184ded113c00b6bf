// A thread of the pool: instantiates the module it was given on the shared memory, says so, and
// then enters rayon's loop, which never returns. From there on it can post but not receive.

import * as threadsGlue from '../../../pkg/threads/forerun.js'
import { hold } from '../life-line.js'
import type { FromThread, JoinMessage } from '../protocol.js'
import { describeTrap } from './panic.js'
import { scope } from './scope.js'

const post = (message: FromThread): void => scope.postMessage(message)

/** Joins the pool; ends only by a trap or with the worker. */
export async function joinPool({ module, memory, receiver, line }: JoinMessage): Promise<void> {
  // Before it enters wasm, from where no promise is ever settled.
  await hold(line)
  try {
    threadsGlue.initSync({ module, memory })
  } catch (error) {
    post({
      type: 'join-failed',
      error: {
        code: 'START_FAILED',
        message: 'a thread could not join',
        step: 'threads',
        url: scope.location.href,
        details: describeTrap(error),
      },
    })
    return
  }
  post({ type: 'joined' })
  try {
    threadsGlue.wbg_rayon_start_worker(receiver)
  } catch (error) {
    post({ type: 'panicked', message: describeTrap(error) })
  }
}
