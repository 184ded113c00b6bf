// Who signs in the scenario. Their keys are worthless.

import { keccak256, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const person = (name) => privateKeyToAccount(keccak256(toHex(`forerun scenario: ${name}`)))

export const deployer = person('deployer')

/** Twenty who hold ether and both tokens, and let the router take the tokens. */
export const traders = Array.from({ length: 20 }, (_, index) => person(`trader ${index}`))

/** Holds as much, and has approved nothing. */
export const newcomer = person('newcomer')

/** Has ether, and lends its account to code. */
export const delegator = person('delegator')

/** Trades while others make up their minds. */
export const stranger = person('stranger')

export const everyone = [deployer, ...traders, newcomer, delegator, stranger]

/** Receives fees. */
export const coinbase = '0x00000000000000000000000000000000000fee00'
