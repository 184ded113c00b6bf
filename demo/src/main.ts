// The page: loads the chain and the bundle, starts the engine, runs the bundle, shows what came out.
//
// For whoever watches from outside, `<html data-state>` is running, done or failed, and
// `window.__forerun` holds the facts.

import { createSimulator, ForerunError, type Simulator, snapshot } from 'forerun'
import { type Bundle, loadBundle, loadState } from './bundle.js'
import { comparable, measure } from './measure.js'
import { element, showProblem, showRun, showStatus } from './view.js'

type Facts = {
  mode?: Simulator['mode']
  threads?: number
  fallbackReason?: Simulator['fallbackReason']
  /** The results as JSON, quantities as decimal strings, without report and time. */
  sequential?: unknown
  parallel?: unknown
  report?: unknown
  milliseconds?: { sequential: number; parallel: number | undefined }
  error?: { name: string; code: string | undefined; message: string }
}

declare global {
  interface Window {
    __forerun?: Facts
  }
}

const state = (value: 'running' | 'done' | 'failed', facts: Facts): void => {
  window.__forerun = facts
  document.documentElement.dataset.state = value
}

async function run(simulator: Simulator, bundle: Bundle): Promise<void> {
  const { mode, threads, fallbackReason } = simulator
  state('running', { mode, threads, fallbackReason })
  showStatus('Running the bundle …')
  const measured = await measure(
    simulator,
    bundle.steps.map(({ transaction }) => transaction),
  )
  const sequential = comparable(measured.sequential.result)
  const parallel = measured.parallel && comparable(measured.parallel.result)
  const agree = parallel === undefined || parallel === sequential
  showRun(simulator, bundle, measured, agree)
  if (!agree) throw new Error('The parallel run came to another result than the sequential one.')
  showStatus('')
  state('done', {
    mode,
    threads,
    fallbackReason,
    sequential: JSON.parse(sequential),
    parallel: parallel && JSON.parse(parallel),
    report: measured.parallel?.result.report ?? measured.sequential.result.report,
    milliseconds: {
      sequential: measured.sequential.median,
      parallel: measured.parallel?.median,
    },
  })
}

function fail(error: unknown): void {
  showProblem(error)
  state('failed', {
    error: {
      name: error instanceof Error ? error.name : typeof error,
      code: error instanceof ForerunError ? error.code : undefined,
      message: error instanceof Error ? error.message : String(error),
    },
  })
}

async function open(): Promise<void> {
  const [bundle, bytes] = await Promise.all([loadBundle(), loadState()])
  const simulator = await createSimulator({ source: snapshot(bytes), threads: 'auto' })
  addEventListener('pagehide', () => void simulator.dispose())
  await run(simulator, bundle)
  const again = element('again') as HTMLButtonElement
  again.addEventListener('click', () => {
    again.disabled = true
    run(simulator, bundle)
      .catch(fail)
      .finally(() => {
        again.disabled = false
      })
  })
}

open().catch(fail)
