// Puts a run on the page. Only text is ever inserted, never markup.

import type { Simulator, TransactionResult } from 'forerun'
import type { Bundle } from './bundle.js'
import type { Measurement } from './measure.js'
import {
  comparisonInWords,
  conflictInWords,
  failureInWords,
  reasonInWords,
  statusInWords,
  time,
} from './words.js'

export const element = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no element "${id}"`)
  return found
}

const say = (id: string, text: string): void => {
  element(id).textContent = text
}

const make = (tag: string, className: string, text: string): HTMLElement => {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.textContent = text
  return made
}

/** Says what is going on. */
export function showStatus(text: string): void {
  element('status').className = ''
  say('status', text)
}

/** Says what went wrong, with the facts that the error carries. */
export function showProblem(error: unknown): void {
  const status = element('status')
  status.className = 'problem'
  status.textContent = error instanceof Error ? error.message : String(error)
}

/** Fills in the whole page. */
export function showRun(
  simulator: Simulator,
  bundle: Bundle,
  run: Measurement,
  agree: boolean,
): void {
  showSummary(simulator, run, agree)
  showTimes(simulator, run)
  showTransactions(bundle, run)
  element('summary').hidden = false
  element('results').hidden = false
}

function showSummary(simulator: Simulator, run: Measurement, agree: boolean): void {
  const { result } = run.parallel ?? run.sequential
  const failed = result.transactions.filter(({ status }) => status !== 'success').length
  const again = result.report.reexecutions.length
  if (simulator.mode === 'threads') {
    say('mode', `parallel, ${simulator.threads} threads`)
    say('mode-note', 'Web Workers over one shared WebAssembly memory')
  } else {
    say('mode', 'one thread')
    const reason = simulator.fallbackReason
    say('mode-note', reason ? `because ${reasonInWords(reason)}` : '')
  }
  say('outcome', `${result.transactions.length - failed} done, ${failed} failed`)
  say('outcome-note', `${result.gasUsed.toLocaleString('en')} gas in all`)
  say('executions', String(result.report.executions))
  say(
    'executions-note',
    run.parallel
      ? `${again} of ${result.transactions.length} transactions ran again in the last run; it differs from run to run`
      : 'each transaction once',
  )
  say('agreement', run.parallel ? (agree ? 'yes' : 'NO') : 'one way only')
  say(
    'agreement-note',
    run.parallel
      ? 'statuses, gas, outputs and logs of both ways, compared by this page'
      : 'there is nothing to compare with on one thread',
  )
}

function showTimes(simulator: Simulator, run: Measurement): void {
  const { sequential, parallel } = run
  const longest = Math.max(sequential.median, parallel?.median ?? 0)
  const bar = (id: string, median: number): void => {
    element(id).style.inlineSize = longest > 0 ? `${(100 * median) / longest}%` : '0'
  }
  say('sequential-time', time(sequential.median))
  bar('sequential-bar', sequential.median)
  say('parallel-label', parallel ? `In parallel, ${simulator.threads} threads` : 'In parallel')
  say('parallel-time', parallel ? time(parallel.median) : 'not run')
  bar('parallel-bar', parallel?.median ?? 0)
  const method = `Median of ${run.rounds} runs${parallel ? ' of each, taken in turns' : ''}, after one that is not counted; the engine’s own time.`
  const spread = [sequential, parallel]
    .filter((way) => way !== undefined)
    .map((way) => `${time(way.least)} to ${time(way.most)}`)
    .join(' and ')
  const verdict = parallel ? `${comparisonInWords(sequential.median, parallel.median)} ` : ''
  say('time-note', `${verdict}${method} From ${spread}.`)
}

function showTransactions(bundle: Bundle, run: Measurement): void {
  const { result } = run.parallel ?? run.sequential
  const conflicts = new Map(result.report.reexecutions.map((entry) => [entry.transaction, entry]))
  const rows = result.transactions.map((transaction) => {
    const step = bundle.steps[transaction.index]
    const conflict = conflicts.get(transaction.index)
    const notes = [
      failureInWords(transaction),
      conflict && conflictInWords(conflict, bundle.names),
    ].filter((note) => note !== undefined)
    return row(transaction, step?.sender ?? transaction.from, step?.title ?? '', notes)
  })
  element('rows').replaceChildren(...rows)
}

function row(
  transaction: TransactionResult,
  sender: string,
  title: string,
  notes: readonly string[],
): HTMLElement {
  const made = document.createElement('tr')
  made.dataset.status = transaction.status
  const index = make('th', 'number', String(transaction.index))
  index.setAttribute('scope', 'row')
  const what = document.createElement('td')
  const name = make('span', 'sender', sender)
  name.title = transaction.from
  what.append(name, ` ${title}`, ...notes.map((note) => make('span', 'note', note)))
  const status = document.createElement('td')
  status.append(make('span', `status ${transaction.status}`, statusInWords(transaction.status)))
  const gas = make('td', 'number', transaction.gasUsed.toLocaleString('en'))
  made.append(index, what, status, gas)
  return made
}
