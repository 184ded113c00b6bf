// What viem and ethers are made to ask of a provider, in Node and on a page. Each question comes to plain
// data, so that whoever is asked can be compared: a simulator, a node.

import { BrowserProvider, Contract, Interface } from 'ethers'
import { createPublicClient, custom, encodeFunctionData, parseAbi } from 'viem'

const token = parseAbi([
  'function name() view returns (string)',
  'function balanceOf(address) view returns (uint256)',
  'function transfer(address, uint256) returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
])
const exchange = parseAbi([
  'function getAmountsOut(uint256, address[]) view returns (uint256[])',
  'function swapExactETHForTokens(uint256, address[], address, uint256) payable returns (uint256[])',
])
const judge = parseAbi([
  'error TooLow(uint256 least, uint256 given)',
  'function judge(uint256) view',
])
const deadline = 2n ** 64n

/** viem's client, which asks nothing twice. */
const clientOf = (provider) =>
  createPublicClient({ transport: custom(provider, { retryCount: 0 }), cacheTime: 0 })

/** The error of a kind among those that one was caused by. */
const causeOf = async (call, isMeant) => {
  try {
    await call
  } catch (error) {
    for (let each = error; each; each = each.cause) if (isMeant(each)) return each
    throw error
  }
  throw new Error('nothing was thrown')
}

const named = (name) => (error) => error.name === name

const logsOf = (logs) => logs.map(({ address, topics, data }) => ({ address, topics, data }))
const callsOf = (results) =>
  results.map(({ status, gasUsed, data, logs, error }) => ({
    status,
    gasUsed,
    data,
    logs: logsOf(logs ?? []),
    failed: error !== undefined,
  }))

/** With `gas` among what is known, the call has that much. */
const swap = ({ router, weth, azurite, ada, gas }, value) => ({
  ...(gas === undefined ? {} : { gas }),
  abi: exchange,
  address: router,
  functionName: 'swapExactETHForTokens',
  args: [0n, [weth, azurite], ada, deadline],
  account: ada,
  value,
})

/**
 * By name; each gets viem's client and what is known of the chain.
 * @type {Record<string, (client: import('viem').PublicClient, facts: any) => Promise<unknown>>}
 */
const viem = {
  chain: async (client) => ({
    id: await client.getChainId(),
    number: await client.getBlockNumber(),
    hash: (await client.getBlock()).hash,
  }),
  account: async (client, { ada, judge: address }) => ({
    balance: await client.getBalance({ address: ada }),
    nonce: await client.getTransactionCount({ address: ada }),
    none: await client.getCode({ address: ada }),
    code: await client.getCode({ address }),
  }),
  storage: (client, { azurite }) => client.getStorageAt({ address: azurite, slot: '0x2' }),
  call: async (client, { azurite, ada }) =>
    client.call({
      to: azurite,
      data: encodeFunctionData({ abi: token, functionName: 'balanceOf', args: [ada] }),
    }),
  // Where nobody has code, and gives what it owns itself.
  'call with overrides': (client, { nobody }) =>
    client.call({
      to: nobody,
      stateOverride: [{ address: nobody, balance: 77n, code: '0x475f5260205ff3' }],
    }),
  readContract: (client, { azurite }) =>
    client.readContract({ address: azurite, abi: token, functionName: 'name' }),
  'several contracts in one call': (client, { azurite, basalt, ada }) =>
    client.multicall({
      deployless: true,
      contracts: [azurite, basalt].map((address) => ({
        address,
        abi: token,
        functionName: 'balanceOf',
        args: [ada],
      })),
    }),
  simulateContract: async (client, facts) => {
    const { result, request } = await client.simulateContract(swap(facts, 10n ** 17n))
    return { result, value: request.value }
  },
  'a revert with a reason': async (client, { azurite, ada, ben }) => {
    const call = client.simulateContract({
      address: azurite,
      abi: token,
      functionName: 'transfer',
      args: [ben, 2n ** 200n],
      account: ada,
    })
    const { reason } = await causeOf(call, named('ContractFunctionRevertedError'))
    return reason
  },
  'a custom error': async (client, { judge: address }) => {
    const call = client.readContract({ address, abi: judge, functionName: 'judge', args: [5n] })
    const { data } = await causeOf(call, named('ContractFunctionRevertedError'))
    return { name: data?.errorName, args: data?.args }
  },
  'estimated gas': async (client, facts) => ({
    payment: await client.estimateGas({ account: facts.ada, to: facts.ben, value: 1n }),
    swap: await client.estimateContractGas(swap(facts, 10n ** 17n)),
  }),
  'gas of what reverts': async (client, { judge: address }) => {
    const call = client.estimateContractGas({
      address,
      abi: judge,
      functionName: 'judge',
      args: [6n],
    })
    const { data } = await causeOf(call, named('ContractFunctionRevertedError'))
    return { name: data?.errorName, args: data?.args }
  },
  createAccessList: async (client, facts) => {
    const { abi, functionName, args, address, ...call } = swap(facts, 10n ** 17n)
    const data = encodeFunctionData({ abi, functionName, args })
    const { accessList } = await client.createAccessList({ ...call, to: address, data })
    return accessList
      .map(({ address: of, storageKeys }) => ({ of, storageKeys: [...storageKeys].sort() }))
      .sort((a, b) => (a.of < b.of ? -1 : 1))
  },
  proof: async (client, { azurite }) => {
    const { address, balance, nonce, codeHash, storageHash, accountProof, storageProof } =
      await client.getProof({ address: azurite, storageKeys: [`0x${'00'.repeat(31)}02`] })
    return { address, balance, nonce, codeHash, storageHash, accountProof, storageProof }
  },
  simulateCalls: async (client, facts) => {
    const { results } = await client.simulateCalls({
      account: facts.ada,
      calls: [
        { to: facts.ben, value: 5n },
        {
          to: facts.azurite,
          abi: token,
          functionName: 'transfer',
          args: [facts.ben, 1_000n],
        },
        { to: facts.judge, abi: judge, functionName: 'judge', args: [8n] },
      ],
    })
    return callsOf(results)
  },
  simulateBlocks: async (client, facts) => {
    const blocks = await client.simulateBlocks({
      blocks: [
        {
          calls: [
            {
              account: facts.ada,
              to: facts.azurite,
              abi: token,
              functionName: 'transfer',
              args: [facts.ben, 7n],
            },
          ],
        },
        {
          stateOverrides: [{ address: facts.nobody, balance: 10n ** 18n }],
          calls: [{ account: facts.nobody, to: facts.ben, value: 3n }],
        },
      ],
    })
    // Not by their numbers: anvil's first one has that of the block it stands on.
    return blocks.map(({ calls }) => callsOf(calls))
  },
}

const contract = (address, abi, provider) => new Contract(address, new Interface(abi), provider)

/** The same for ethers. */
const ethers = {
  account: async (provider, { ada, judge: address }) => ({
    chain: (await provider.getNetwork()).chainId,
    number: await provider.getBlockNumber(),
    balance: await provider.getBalance(ada),
    nonce: await provider.getTransactionCount(ada),
    code: await provider.getCode(address),
  }),
  storage: (provider, { azurite }) => provider.getStorage(azurite, 2),
  call: async (provider, { azurite, ada }) => {
    const of = contract(azurite, token, provider)
    return { name: await of.name(), balance: await of.balanceOf(ada) }
  },
  'a custom error': async (provider, { judge: address }) => {
    const call = contract(address, judge, provider).judge(5n)
    const { code, revert } = await causeOf(call, named('Error'))
    return { code, name: revert?.name, args: [...(revert?.args ?? [])] }
  },
  'estimated gas': (provider, { ada, ben }) =>
    provider.estimateGas({ from: ada, to: ben, value: 1n }),
}

/** The names of all questions: library and question. */
export const names = [
  ...Object.keys(viem).map((name) => `viem: ${name}`),
  ...Object.keys(ethers).map((name) => `ethers: ${name}`),
]

/** Puts a question to a provider. */
export async function ask(provider, name, facts) {
  const [library, question] = name.split(': ')
  if (library === 'viem') return viem[question](clientOf(provider), facts)
  const browser = new BrowserProvider(provider, undefined, { cacheTimeout: -1 })
  try {
    return await ethers[question](browser, facts)
  } finally {
    browser.destroy()
  }
}
