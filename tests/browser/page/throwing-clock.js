let left = Number(new URL(self.location.href).searchParams.get('after'))
const now = Performance.prototype.now

Performance.prototype.now = function () {
  if (--left === 0) throw new Error('the clock broke')
  return now.call(this)
}
