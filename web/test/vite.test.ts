import { type PluginOption, resolveConfig } from 'vite'
import { expect, expectTypeOf, it } from 'vitest'
import { forerun } from '../src/vite.js'

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

const resolved = (plugin: PluginOption, headers = {}) =>
  resolveConfig(
    { configFile: false, plugins: [plugin], server: { headers }, preview: { headers } },
    'serve',
  )

it('is a plugin for Vite', () => {
  expectTypeOf(forerun()).toExtend<PluginOption>()
})

it('sends the headers that threads need, in development and in preview', async () => {
  const { server, preview, optimizeDeps } = await resolved(forerun())
  expect(server.headers).toEqual(isolation)
  expect(preview.headers).toEqual(isolation)
  expect(optimizeDeps.exclude).toContain('forerun')
})

it('leaves headers alone that the configuration has, however they are written', async () => {
  const own = { 'cross-origin-embedder-policy': 'credentialless', 'X-Other': '1' }
  const { server, preview } = await resolved(forerun(), own)
  const expected = { ...own, 'Cross-Origin-Opener-Policy': 'same-origin' }
  expect(server.headers).toEqual(expected)
  expect(preview.headers).toEqual(expected)
})

it('sends none where pages are not to be isolated', async () => {
  const { server, preview, optimizeDeps } = await resolved(forerun({ isolate: false }))
  expect(server.headers).toEqual({})
  expect(preview.headers).toEqual({})
  expect(optimizeDeps.exclude).toContain('forerun')
})
