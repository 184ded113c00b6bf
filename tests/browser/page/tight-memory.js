// Shared memories of more than so many pages are refused, as by a browser that has no room for what they
// may grow to.

const room = Number(new URL(self.location.href).searchParams.get('room'))
const RealMemory = WebAssembly.Memory

WebAssembly.Memory = class extends RealMemory {
  constructor(limits) {
    if (limits.shared && limits.maximum > room) throw new RangeError('could not allocate memory')
    super(limits)
  }
}
