// Finds blocks in files, folders and packs, and turns one into what the package takes: a snapshot with
// just the codes that its accounts have, and a request.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'

const codesName = 'codes.json'
/** A list of a pack's blocks, which says nothing that the blocks do not. */
const indexName = 'index.json'
const unpackLimit = 120_000

/**
 * Calls `use` with the block files at `path`, in the order of their numbers, and with their codes. What
 * had to be unpacked is removed afterwards.
 * @template T
 * @param {string} path
 * @param {(pack: { files: string[], codes: Record<string, string> }) => Promise<T>} use
 */
export async function withPack(path, use) {
  if (statSync(path).isDirectory()) return use(readFolders([path]))
  if (!/\.(tar\.gz|tgz)$/.test(path)) return use({ files: [path], codes: codesIn(dirname(path)) })
  const scratch = await mkdtemp(join(tmpdir(), 'forerun-blocks-'))
  try {
    await promisify(execFile)('tar', ['-xzf', path, '-C', scratch], { timeout: unpackLimit })
    const folders = readdirSync(scratch, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    return await use(readFolders([scratch, ...folders.map(({ name }) => join(scratch, name))]))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function readFolders(folders) {
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => extname(name) === '.json' && name !== codesName && name !== indexName)
      .map((name) => join(folder, name)),
  )
  if (files.length === 0) throw new Error(`${folders[0]} has no block`)
  // By length first: the names are numbers of different lengths.
  const key = (file) => basename(file)
  files.sort((a, b) => key(a).length - key(b).length || (key(a) < key(b) ? -1 : 1))
  return { files, codes: Object.assign({}, ...folders.map(codesIn)) }
}

function codesIn(folder) {
  const file = join(folder, codesName)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** One block: its name, its fork, the state before it, and the request to replay it. */
export function readBlock(file, codes) {
  const block = JSON.parse(readFileSync(file, 'utf8'))
  const { chainId, fork, blobParams, header, transactions, withdrawals, uncles, blockHashes, pre } =
    block
  const needed = {}
  for (const { codeHash } of Object.values(pre))
    if (codeHash !== undefined && codes[codeHash] !== undefined) needed[codeHash] = codes[codeHash]
  return {
    fork,
    state: { chainId, fork, blobParams, accounts: pre, codes: needed, blockHashes },
    request: { block: { header, transactions, withdrawals, uncles } },
  }
}
