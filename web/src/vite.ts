// What is at `forerun/vite`: a plugin with the settings that Vite needs for threads. It imports nothing
// of Vite, not even types, so it waits for no version of it; a test holds it against Vite's own.

type Headers = Record<string, number | string | readonly string[] | undefined>

/** The part of a Vite configuration that the plugin looks at. */
export type ViteConfiguration = {
  server?: { headers?: Headers | undefined } | undefined
  preview?: { headers?: Headers | undefined } | undefined
}

/** The plugin, as Vite takes it. */
export type ForerunVitePlugin = {
  name: 'forerun'
  config(configuration: ViteConfiguration): {
    optimizeDeps: { exclude: string[] }
    server?: { headers: Record<string, string> }
    preview?: { headers: Record<string, string> }
  }
}

/** Parameters of {@link forerun}. */
export type ForerunVitePluginParameters = {
  /**
   * Whether the servers are to send the headers that isolate pages, without which there is one thread
   * only. They keep pages from talking to windows of other origins that they open, as some wallets are.
   *
   * @defaultValue true
   */
  isolate?: boolean | undefined
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/**
 * Settings for Vite's development and preview servers: the headers that threads need, where the
 * configuration has none of that name; and that the package is left as it is in development, since
 * it loads its worker file and wasm from beside itself. The server that a built page is put on has
 * to send the headers by itself.
 *
 * @param parameters - Whether to isolate pages.
 * @returns The plugin.
 *
 * @example
 * ```ts
 * import { forerun } from 'forerun/vite'
 * import { defineConfig } from 'vite'
 *
 * export default defineConfig({ plugins: [forerun()] })
 * ```
 */
export function forerun({ isolate = true }: ForerunVitePluginParameters = {}): ForerunVitePlugin {
  return {
    name: 'forerun',
    config({ server, preview }) {
      const optimizeDeps = { exclude: ['forerun'] }
      if (!isolate) return { optimizeDeps }
      return {
        optimizeDeps,
        server: { headers: lacking(server?.headers) },
        preview: { headers: lacking(preview?.headers) },
      }
    },
  }
}

// Vite lets what a plugin says win over what the configuration says.
const lacking = (headers: Headers = {}): Record<string, string> => {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(isolation).filter(([name]) => !names.has(name.toLowerCase())),
  )
}
