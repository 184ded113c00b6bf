// Vite's own servers, for development and for looking at what was built.

const versions = {
  'Vite 8': () => import('vite'),
  'Vite 7': () => import('vite-7'),
}

const address = { host: '127.0.0.1', port: 0 }

export const viteVersions = Object.keys(versions)

/** The server of `vite`, for development. */
export async function openDevelopment(version, folder) {
  const { createServer } = await versions[version]()
  const server = await createServer({ root: folder, logLevel: 'error', server: address })
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
  return observed(await preview({ root: folder, logLevel: 'error', preview: address, plugins }))
}

function observed(server) {
  const requested = []
  server.httpServer.prependListener('request', ({ url }) => {
    requested.push(new URL(url, 'http://localhost').pathname)
  })
  const [url] = server.resolvedUrls.local
  return { url: url.replace(/\/$/, ''), requested, close: () => server.close() }
}
