// The worker file. It plays both roles, coordinator and thread of the pool, and the first message
// says which; so a page needs to find one file only. It imports nothing at run time: the build
// puts both wasm glues into it and leaves the wasm files out, whose URLs arrive by message.

import { type JoinMessage, PROTOCOL_VERSION, type StartMessage } from '../protocol.js'
import { coordinate } from './coordinator.js'
import { joinPool } from './pool-thread.js'
import { scope } from './scope.js'

scope.onmessage = (event): void => {
  const message = event.data as StartMessage | JoinMessage
  scope.onmessage = null
  if (message.protocol !== PROTOCOL_VERSION) {
    const error = {
      code: 'START_FAILED',
      message: 'protocol versions differ',
      step: message.type === 'join' ? 'threads' : 'worker',
      url: scope.location.href,
      details: `the worker file speaks protocol ${PROTOCOL_VERSION}, the page ${message.protocol}: one of them is a stale copy`,
    }
    scope.postMessage({ type: message.type === 'join' ? 'join-failed' : 'start-failed', error })
    return
  }
  if (message.type === 'join') void joinPool(message)
  else void coordinate(message)
}
