// What `forerun/viem` offers, for applications that use viem: its peer.

export {
  type ContractTransaction,
  type ForerunActions,
  forerunActions,
  type SimulateCallBundleParameters,
  type SimulateCallBundleReturnType,
} from './actions.js'
export { forerunTransport } from './transport.js'
