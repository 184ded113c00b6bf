// How much memory a page has, as Linux counts it: of memory that processes share, each has its part.

import { readdirSync, readFileSync } from 'node:fs'

const read = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    // It has ended in between.
    return ''
  }
}

/** The parent of a process; its name, which stands before, may hold anything. */
const parentOf = (pid) => Number(/^.*\) \S (\d+) /s.exec(read(pid, 'stat'))?.[1])

/** A process and all processes below it. */
function treeOf(root) {
  const children = new Map()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(pid)
    children.set(parent, [...(children.get(parent) ?? []), Number(pid)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

const isOfPages = (pid) => {
  const words = read(pid, 'cmdline').split('\0')
  // Chromium writes all words as one.
  return words.some((word) => /(^|\s)--type=renderer(\s|$)/.test(word)) || words.includes('tab')
}

/**
 * The bytes of the process that the one page of a browser runs in, with its workers. Browsers keep more
 * processes for pages to come, which come and go as they please; the largest is that of the page.
 */
export async function memoryOfPage(driver) {
  const capabilities = await driver.getCapabilities()
  const browser = capabilities.get('goog:processID') ?? capabilities.get('moz:processID')
  const sizes = treeOf(browser)
    .filter(isOfPages)
    .map((pid) => /^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1])
    .filter((size) => size !== undefined)
  if (sizes.length === 0) throw new Error('the process of the page cannot be found')
  return Math.max(...sizes) * 1_024
}
