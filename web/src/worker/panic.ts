// What a worker says of a trap. A panic aborts, so all that arrives in JavaScript is a
// RuntimeError "unreachable"; the words of the panic were left on the global object by the hook.

import { scope } from './scope.js'

/** The panic's own words if there are any, else what the exception says. */
export const describeTrap = (error: unknown): string =>
  scope.__forerunPanic ??
  (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
