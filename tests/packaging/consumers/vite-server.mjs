// Vite's own servers, for development and for looking at what was built.

import { once } from 'node:events'
import { createServer as createNetServer } from 'node:net'

const versions = {
  'Vite 8': () => import('vite'),
  'Vite 7': () => import('vite-7'),
}

/**
 * An address that no server has had before. Vite's usual one would be the same each time, and a browser
 * that has a file from it already keeps the headers that came with it.
 */
async function newAddress() {
  const host = '127.0.0.1'
  const probe = createNetServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return { host, port }
}

export const viteVersions = Object.keys(versions)

/** The server of `vite`, for development. */
export async function openDevelopment(version, folder) {
  const { createServer } = await versions[version]()
  const server = await createServer({ root: folder, logLevel: 'error', server: await newAddress() })
  await server.listen()
  return observed(server)
}

/** The server of `vite preview`, after `vite build`. */
export async function openPreview(version, folder) {
  const { build } = await versions[version]()
  await build({ root: folder, logLevel: 'error' })
  return openBuilt(version, folder)
}

/** The server of `vite preview`, for what was built already. */
export async function openBuilt(version, folder, { plugins = [] } = {}) {
  const { preview } = await versions[version]()
  return observed(
    await preview({ root: folder, logLevel: 'error', preview: await newAddress(), plugins }),
  )
}

function observed(server) {
  const requested = []
  server.httpServer.prependListener('request', ({ url }) => {
    requested.push(new URL(url, 'http://localhost').pathname)
  })
  const [url] = server.resolvedUrls.local
  return { url: url.replace(/\/$/, ''), requested, close: () => server.close() }
}
