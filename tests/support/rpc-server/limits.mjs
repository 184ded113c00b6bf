// How many slots a call may ask for.

import { RpcError } from './rpc-error.mjs'

/** As go-ethereum has it. */
export const mostSlots = 1024

const slotsIn = {
  eth_getStorageValues: ([asked]) =>
    Object.values(asked ?? {}).reduce((sum, keys) => sum + keys.length, 0),
  eth_getProof: ([, keys]) => keys?.length ?? 0,
}

/** @throws {RpcError} where a call asks for more than `most` slots */
export function checkSlots({ method, params }, most) {
  if (Object.hasOwn(slotsIn, method) && slotsIn[method](params) > most)
    throw new RpcError(-38026, `too many slots (max ${most})`)
}
