/** An error that goes to the caller of a method. */
export class RpcError extends Error {
  constructor(code, message, data) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }

  toJSON() {
    const { code, message, data } = this
    return { code, message, ...(data === undefined ? {} : { data }) }
  }
}
