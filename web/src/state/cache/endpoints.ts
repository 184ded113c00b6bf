// What was found out about endpoints.

/** What is remembered of an endpoint: plain data that JSON can hold. */
export type EndpointFacts = Record<string, unknown>

/** Larger facts are no facts. */
const maximumLength = 16 * 1024

/**
 * The key of an endpoint's record. URLs often hold an access key, which has no business on a disk:
 * only the origin is readable, the whole stands there as a hash.
 */
export function keyOfEndpoint(url: string): string {
  let origin = ''
  try {
    origin = new URL(url).origin
  } catch {
    // The hash alone will do.
  }
  return `e:${origin}:${hash(url, 0x811c9dc5)}${hash(url, 0x1000193)}`
}

/** A copy of the facts that no one changes later, if they can be remembered. */
export function copyOfFacts(facts: EndpointFacts): EndpointFacts | undefined {
  const text = JSON.stringify(facts)
  return text === undefined || text.length > maximumLength ? undefined : factsOf(JSON.parse(text))
}

/** The facts in a record; whatever else may stand there counts as nothing. */
export const factsOf = (body: unknown): EndpointFacts | undefined =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as EndpointFacts)
    : undefined

/** About how many bytes the facts take. */
export const sizeOfFacts = (facts: EndpointFacts): number => JSON.stringify(facts).length

/** FNV-1a over the text's UTF-16 units. */
function hash(text: string, start: number): string {
  let state = start
  for (let index = 0; index < text.length; index++)
    state = Math.imul(state ^ text.charCodeAt(index), 0x1000193)
  return (state >>> 0).toString(16).padStart(8, '0')
}
